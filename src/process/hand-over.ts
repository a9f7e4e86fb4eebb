import type { Logger } from '../observe/logger.js';
import { quietly } from '../observe/quietly.js';
import type { Accepted, WorkerProcess } from './worker-process.js';

/**
 * Connections wait, for example, while all workers are replaced. Each costs the primary about 3 KB and a file
 * descriptor; in a longer queue clients would give up before their turn.
 */
const WAITING_LIMIT = 4096;

/**
 * Hands connections to the worker with the fewest. Those not received are handed to another. Client addresses take
 * turns: one that opens a thousand connections does not hold up the others.
 */
export class HandOver {
  readonly #reportRejected: () => void;
  /** By client address, in the order of their turns. */
  readonly #queues = new Map<string, Accepted[]>();
  #waiting = 0;
  #turn = 0;
  #onEmpty = () => {};

  constructor(
    private readonly workers: () => readonly WorkerProcess[],
    log: Pick<Logger, 'warn'>,
    private waitingLimit = WAITING_LIMIT,
  ) {
    this.#reportRejected = quietly((suppressed) =>
      log.warn('connections are rejected: too many wait for a worker', {
        rejected: suppressed + 1,
        waiting: this.#waiting,
      }),
    );
  }

  get waiting(): number {
    return this.#waiting;
  }

  add(accepted: Accepted): void {
    const address = accepted.socket.remoteAddress ?? '';
    const queue = this.#queues.get(address);
    if (queue) queue.push(accepted);
    else this.#queues.set(address, [accepted]);
    this.#waiting += 1;
    if (this.#waiting > this.waitingLimit) this.#rejectOne();
    this.next();
  }

  /** Closes the newest connection of the address with the most. */
  #rejectOne(): void {
    const [longest] = [...this.#queues.values()].sort((one, other) => other.length - one.length);
    longest?.pop()?.socket.destroy();
    this.#waiting -= 1;
    this.#reportRejected();
  }

  /** Hands over waiting connections, as far as workers can receive them. */
  next(): void {
    for (const [address, queue] of this.#queues) {
      const worker = this.#chooseWorker();
      if (!worker) break;
      const accepted = queue.shift();
      this.#queues.delete(address);
      // The loop comes back to it, after the others.
      if (queue.length > 0) this.#queues.set(address, queue);
      if (!accepted) continue;
      this.#waiting -= 1;
      worker.handOver(accepted);
    }
    if (this.#waiting === 0) this.#onEmpty();
  }

  /** Rejects no more connections: the listeners are closing, and all accepted ones are served. */
  stopRejecting(): void {
    this.waitingLimit = Number.POSITIVE_INFINITY;
  }

  settled(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty = resolve;
      this.next();
    });
  }

  /** Chooses in turn among workers with equally few connections. */
  #chooseWorker(): WorkerProcess | null {
    const all = this.workers();
    this.#turn += 1;
    let best: WorkerProcess | null = null;
    for (let at = 0; at < all.length; at += 1) {
      const worker = all[(at + this.#turn) % all.length];
      if (!worker?.canReceive) continue;
      if (!best || worker.connectionCount < best.connectionCount) best = worker;
    }
    return best;
  }
}
