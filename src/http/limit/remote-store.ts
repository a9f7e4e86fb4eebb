import type { MemoryStore } from './memory-store.js';
import { type CountBatch, createSharedStore, type HitBatch, type StoreStateListener } from './shared-store.js';
import type { LimitStore } from './store.js';

/** The primary does nothing but count and watch: an answer later than this means it is stuck or gone. */
const TIMEOUT_MS = 200;
const RETRY_AFTER_MS = 1000;

export interface RemoteStoreOptions {
  readonly max: number;
  readonly windowMs: number;
  /** Carries a batch to the primary process and brings its answer. */
  readonly ask: (batch: HitBatch) => Promise<CountBatch>;
  readonly onState?: StoreStateListener;
}

/**
 * The store of a worker process: the primary counts for all workers of the host.
 *
 * @param options - see `RemoteStoreOptions`
 */
export function createRemoteStore({ max, windowMs, ask, onState }: RemoteStoreOptions): LimitStore {
  return createSharedStore({ max, windowMs, ask, onState, timeoutMs: TIMEOUT_MS, retryAfterMs: RETRY_AFTER_MS });
}

/**
 * The primary's side: answers the batches of its workers.
 *
 * @param store - where it counts
 */
export function answerHits(store: MemoryStore): (batch: HitBatch) => CountBatch {
  return function answer({ keys, hits }) {
    const counted = keys.map((key, index) => store.hit(key, hits[index]));
    return { counts: counted.map(({ count }) => count), resetsMs: counted.map(({ resetMs }) => resetMs) };
  };
}
