import pTimeout from 'p-timeout';
import type { Count, CountBatch, HitBatch, LimitStore } from './limiter.js';
import { Windows } from './windows.js';

export interface SharedStoreOptions {
  readonly max: number;
  readonly windowMs: number;
  /** Asks the place that counts for all. It may fail in any way, and it may never respond. */
  readonly ask: (batch: HitBatch) => Promise<CountBatch>;
  /** A response later than this is not waited for. */
  readonly timeoutMs: number;
  /** After a failure, hits are counted here, and it is asked again once in this time. */
  readonly retryAfterMs: number;
  /** Told each time the place that counts for all failed, and why; and when it is reachable again. */
  readonly onState?: ((state: 'shared' | 'local', cause: unknown) => void) | undefined;
  readonly onClose?: () => void;
}

/** The hits of one client in one batch: each is resolved with its own count. */
type Waiters = ((count: Count) => void)[];

/**
 * A store that counts elsewhere: in the primary process, or in Redis. All hits of one turn of the event loop share one
 * question, and a client that reached its limit needs none until its window ends. While the place is unreachable or
 * slow, requests continue and are counted in this process alone.
 *
 * @param options - see `SharedStoreOptions`
 */
export function createSharedStore(options: SharedStoreOptions): LimitStore {
  const { max, windowMs, ask, timeoutMs, retryAfterMs, onState = () => {}, onClose = () => {} } = options;
  // What the other place counted of clients that reached the limit, and what is counted here while it is unreachable.
  const windows = new Windows(windowMs);
  const message = `no response within ${timeoutMs} ms`;
  let batch = new Map<string, Waiters>();
  let isLocal = false;
  let retryAtMs = 0;

  function enqueue(key: string): Promise<Count> {
    return new Promise((resolve) => {
      if (batch.size === 0) setImmediate(send);
      const waiters = batch.get(key);
      if (waiters) waiters.push(resolve);
      else batch.set(key, [resolve]);
    });
  }

  async function send(): Promise<void> {
    const sent = batch;
    batch = new Map();
    try {
      const hits = Array.from(sent.values(), (waiters) => waiters.length);
      const counts = await pTimeout(ask({ keys: [...sent.keys()], hits }), { milliseconds: timeoutMs, message });
      if (isLocal) onState('shared', null);
      isLocal = false;
      for (const [index, [key, waiters]] of [...sent].entries()) {
        const { count, resetMs } = counts[index] ?? { count: 0, resetMs: 0 };
        if (count >= max) windows.set(key, { count, resetMs });
        const before = count - waiters.length;
        for (const [nth, resolve] of waiters.entries()) resolve({ count: before + nth + 1, resetMs });
      }
    } catch (cause) {
      isLocal = true;
      retryAtMs = performance.now() + retryAfterMs;
      onState('local', cause);
      for (const [key, waiters] of sent) for (const resolve of waiters) resolve(windows.hit(key));
    }
  }

  return {
    hit(key) {
      if (windows.countOf(key) >= max) return windows.hit(key);
      if (isLocal) {
        const nowMs = performance.now();
        if (nowMs < retryAtMs) return windows.hit(key);
        // One request finds out whether the place is reachable; the others do not wait for it.
        retryAtMs = nowMs + retryAfterMs;
      }
      return enqueue(key);
    },
    get size() {
      return windows.size;
    },
    close: onClose,
  };
}

/**
 * The primary's side of the store that its workers share.
 *
 * @param windows - where it counts
 * @returns counts a batch of a worker's hits
 */
export function countBatches(windows: Windows): (batch: HitBatch) => CountBatch {
  return ({ keys, hits }) => keys.map((key, index) => windows.hit(key, hits[index]));
}
