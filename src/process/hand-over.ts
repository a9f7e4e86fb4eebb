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

/**
 * Gives connections to the worker that has the fewest. Those it does not get to can still go to another.
 *
 * @param workers - the workers there are, ready or not
 */
export function createHandOver(workers: () => readonly WorkerProcess[]): HandOver {
  let queue: Accepted[] = [];
  let waiters: (() => void)[] = [];
  let turn = 0;

  function next(): void {
    let given = 0;
    for (const accepted of queue) {
      const worker = chooseWorker();
      if (!worker) break;
      worker.handOver(accepted);
      given += 1;
    }
    if (given > 0) queue = queue.slice(given);
    if (queue.length > 0) return;
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
      queue.push(accepted);
      next();
    },
    next,
    settled: () =>
      new Promise((resolve) => {
        waiters.push(resolve);
        next();
      }),
    discard() {
      for (const { socket } of queue) socket.destroy();
      queue = [];
      next();
    },
    get waiting() {
      return queue.length;
    },
  };
}
