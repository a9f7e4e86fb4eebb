import { GenerationMap } from './generations.js';
import { CLIENTS_LIMIT, type Count, type LimitStore } from './store.js';

export interface MemoryStoreOptions {
  readonly windowMs: number;
  /** Clients remembered at most; beyond it the oldest half is forgotten, and its windows begin anew. */
  readonly limitClients?: number;
  /** Monotonic time. */
  readonly now?: () => number;
}

/** A store in this process's memory, which always answers at once. */
export interface MemoryStore extends LimitStore {
  /**
   * Counts hits of one client.
   *
   * @param key - the client
   * @param hits - how many at once
   */
  hit(key: string, hits?: number): Count;
}

interface Window {
  count: number;
  endsAtMs: number;
}

/**
 * Counts in memory. A client's window is fixed and begins with its first hit.
 *
 * @param options - see `MemoryStoreOptions`
 */
export function createMemoryStore({
  windowMs,
  limitClients = CLIENTS_LIMIT,
  now = () => performance.now(),
}: MemoryStoreOptions): MemoryStore {
  const windows = new GenerationMap<Window>(windowMs, limitClients);
  return {
    hit(key, hits = 1) {
      const nowMs = now();
      const window = windows.get(key);
      if (window !== undefined && window.endsAtMs > nowMs) {
        window.count += hits;
        return { count: window.count, resetMs: window.endsAtMs - nowMs };
      }
      windows.set(key, { count: hits, endsAtMs: nowMs + windowMs }, nowMs);
      return { count: hits, resetMs: windowMs };
    },
    get size() {
      return windows.size;
    },
    close() {},
  };
}
