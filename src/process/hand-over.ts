import type { Logger } from '../observe/logger.js';
import { quietly } from '../observe/quietly.js';
import type { Accepted, WorkerProcess } from './worker-process.js';

/**
 * Connections wait, for example, while all workers are replaced. Each costs the primary about 3 KB and a file
 * descriptor; in a longer queue clients would give up before their turn.
 */
const WAITING_LIMIT = 4096;

/** Hands connections, in order, to the worker with the fewest. Those not received are handed to another. */
export class HandOver {
  readonly #reportRejected: () => void;
  #queue: Accepted[] = [];
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
        waiting: this.#queue.length,
      }),
    );
  }

  get waiting(): number {
    return this.#queue.length;
  }

  add(accepted: Accepted): void {
    if (this.#queue.length >= this.waitingLimit) {
      accepted.socket.destroy();
      this.#reportRejected();
      return;
    }
    this.#queue.push(accepted);
    this.next();
  }

  /** Hands over waiting connections, as far as workers can receive them. */
  next(): void {
    let handedOver = 0;
    for (const accepted of this.#queue) {
      const worker = this.#chooseWorker();
      if (!worker) break;
      worker.handOver(accepted);
      handedOver += 1;
    }
    if (handedOver > 0) this.#queue = this.#queue.slice(handedOver);
    if (this.#queue.length === 0) this.#onEmpty();
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
