import { type Repo, RepoError } from './repo.js';
import { createStandingQueue } from './standing-queue.js';

/**
 * A repository that refuses calls where so many wait already that another would be answered too late to be of use.
 * Each use case has a queue of its own: slow writes must not keep anybody from reading.
 *
 * @param repo - the repository that does the work, elsewhere: in a database server
 */
export function boundedRepo(repo: Repo): Repo {
  function bounded<Args extends unknown[], T>(work: (...args: Args) => Promise<T>): (...args: Args) => Promise<T> {
    const queue = createStandingQueue();
    return (...args) => {
      const enteredMs = performance.now();
      if (!queue.enter(enteredMs)) {
        return Promise.reject(
          new RepoError('overloaded', 'the database does not keep up, and too many calls wait for it'),
        );
      }
      const result = work(...args);
      const leave = () => queue.leave(enteredMs, performance.now());
      result.then(leave, leave);
      return result;
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
