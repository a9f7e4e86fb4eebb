import type { Accepted, WorkerProcess } from './worker-process.js';

export interface HandOver {
  /** Hands a connection to a worker, now or when one is ready. */
  add(accepted: Accepted): void;
  /** Hands over what waits, as far as workers can take it. */
  next(): void;
  /** Resolves when no connection waits. */
  settled(): Promise<void>;
  /** Drops what waits: no worker will come. */
  discard(): void;
  readonly waiting: number;
}

/** A connection that waited for so long stands in a queue that will not be over soon, ms. */
const LATE_MS = 100;

/**
 * Gives connections to the worker that has the fewest. Those it does not get to can still go to another.
 *
 * Node hands over one socket for each turn of a worker's event loop, so that connections queue here while turns are
 * long. Once they do, the newest goes first (adaptive LIFO; Maurer, "Fail at Scale", ACM Queue 13(8), 2015): whoever came
 * early has waited too long already, and a health check must not wait behind a flood.
 *
 * @param workers - the workers there are, ready or not
 */
export function createHandOver(workers: () => readonly WorkerProcess[]): HandOver {
  let queue: { readonly accepted: Accepted; readonly sinceMs: number }[] = [];
  let waiters: (() => void)[] = [];
  let turn = 0;

  function next(): void {
    while (queue.length > 0) {
      const worker = chooseWorker();
      if (!worker) return;
      const [oldest] = queue;
      const isLate = oldest !== undefined && performance.now() - oldest.sinceMs > LATE_MS;
      const taken = isLate ? queue.pop() : queue.shift();
      if (taken) worker.handOver(taken.accepted);
    }
    for (const resolve of waiters) resolve();
    waiters = [];
  }

  /** Of those with equally few connections another one each time. */
  function chooseWorker(): WorkerProcess | null {
    const all = workers();
    turn += 1;
    let best: WorkerProcess | null = null;
    for (let at = 0; at < all.length; at += 1) {
      const worker = all[(at + turn) % all.length];
      if (!worker?.canReceive) continue;
      if (!best || worker.connectionCount < best.connectionCount) best = worker;
    }
    return best;
  }

  return {
    add(accepted) {
      queue.push({ accepted, sinceMs: performance.now() });
      next();
    },
    next,
    settled: () =>
      new Promise((resolve) => {
        waiters.push(resolve);
        next();
      }),
    discard() {
      for (const { accepted } of queue) accepted.socket.destroy();
      queue = [];
      next();
    },
    get waiting() {
      return queue.length;
    },
  };
}
