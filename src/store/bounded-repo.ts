import { type Repo, type RepoCall, RepoError } from './repo.js';
import { createStandingQueue, type StandingQueueOptions } from './standing-queue.js';

/** A call that was let in and is not answered yet. */
interface Waiting {
  readonly call: RepoCall;
  readonly reject: (error: RepoError) => void;
}

/**
 * A repository that refuses calls where so many wait already that another would be answered too late to be of use.
 * Each use case has a queue of its own: slow writes must not keep anybody from reading.
 *
 * @param repo - the repository that does the work, elsewhere: in a database server
 * @param options - of the queues
 */
export function boundedRepo(repo: Repo, options: StandingQueueOptions = {}): Repo {
  function bounded<Args extends readonly unknown[], T>(
    work: (...args: [...Args, RepoCall]) => Promise<T>,
  ): (...args: [...Args, RepoCall]) => Promise<T> {
    /** In order of arrival. */
    const waiting = new Set<Waiting>();
    const queue = createStandingQueue({ ...options, onExcess: giveUpOldest });

    /** Those that wait longest are the likeliest to be late. What was sent is not taken back. */
    function giveUpOldest(count: number): void {
      let left = count;
      for (const entry of waiting) {
        if (left === 0) break;
        if (entry.call.sent) continue;
        left -= 1;
        waiting.delete(entry);
        queue.giveUp();
        entry.call.abandoned = true;
        entry.reject(overloaded());
      }
    }

    return (...args) => {
      const enteredMs = performance.now();
      if (!queue.enter(enteredMs)) return Promise.reject(overloaded());
      return new Promise((resolve, reject) => {
        const entry = { call: args[args.length - 1] as RepoCall, reject };
        waiting.add(entry);
        const leave = () => {
          if (waiting.delete(entry)) queue.leave(enteredMs, performance.now());
        };
        work(...args).then(
          (result) => {
            leave();
            resolve(result);
          },
          (error: unknown) => {
            leave();
            reject(error);
          },
        );
      });
    };
  }

  return {
    createPayment: bounded((payment, call) => repo.createPayment(payment, call)),
    findPayment: bounded((id, call) => repo.findPayment(id, call)),
    updatePayment: bounded((change, call) => repo.updatePayment(change, call)),
    deletePayment: bounded((id, version, call) => repo.deletePayment(id, version, call)),
    listPayments: bounded((page, call) => repo.listPayments(page, call)),
    countPayments: (call) => repo.countPayments(call),
    deleteAllPayments: (call) => repo.deleteAllPayments(call),
    ping: (call) => repo.ping(call),
    close: () => repo.close(),
  };
}

function overloaded(): RepoError {
  return new RepoError('overloaded', 'the database does not keep up, and too many calls wait for it');
}
