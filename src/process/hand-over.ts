import type { EventLog } from './event-log.js';
import type { Accepted, WorkerProcess } from './worker-process.js';

export interface HandOver {
  /** Hands a connection to a worker, now or when one is ready. */
  add(accepted: Accepted): void;
  /** Hands over what waits, as far as workers can receive it. */
  next(): void;
  /** Rejects none from now on: the listeners close, and what was accepted by then is served. */
  keepAll(): void;
  /** Resolves when no connection waits. */
  settled(): Promise<void>;
  /** Closes what waits: no worker will come. */
  discard(): void;
  readonly waiting: number;
}

/**
 * Connections that may wait, for example while all workers are replaced. Each costs the primary about 3 KB and a file
 * descriptor; more clients than this would give up before their turn.
 */
const WAITING_LIMIT = 4096;
/** Under a flood every connection is rejected: one line per period says enough, ms. */
const REPORT_AGAIN_MS = 1000;

/**
 * Gives connections, in the order in which they were accepted, to the worker that has the fewest. Those it does not
 * get to can still go to another.
 *
 * @param workers - the workers there are, ready or not
 * @param log - told, now and then, that connections are closed because too many wait
 * @param waitingLimit - connections that may wait
 */
export function createHandOver(
  workers: () => readonly WorkerProcess[],
  log: EventLog,
  waitingLimit = WAITING_LIMIT,
): HandOver {
  let queue: Accepted[] = [];
  let isBounded = true;
  let waiters: (() => void)[] = [];
  let turn = 0;
  let rejected = 0;
  let reportedAtMs = -REPORT_AGAIN_MS;

  function next(): void {
    let handedOver = 0;
    for (const accepted of queue) {
      const worker = chooseWorker();
      if (!worker) break;
      worker.handOver(accepted);
      handedOver += 1;
    }
    if (handedOver > 0) queue = queue.slice(handedOver);
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

  function reject({ socket }: Accepted): void {
    socket.destroy();
    rejected += 1;
    if (performance.now() - reportedAtMs < REPORT_AGAIN_MS) return;
    reportedAtMs = performance.now();
    log.warn('connections are rejected: too many wait for a worker', { rejected, waiting: queue.length });
    rejected = 0;
  }

  return {
    add(accepted) {
      if (isBounded && queue.length >= waitingLimit) {
        reject(accepted);
        return;
      }
      queue.push(accepted);
      next();
    },
    next,
    keepAll() {
      isBounded = false;
    },
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
