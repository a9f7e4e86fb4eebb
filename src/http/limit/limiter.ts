import type { Count, LimitStore } from './store.js';

/** What the limiter says to one request. */
export interface Decision {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Until the client's window ends. */
  readonly resetMs: number;
}

export interface RateLimiter {
  /** Counts a request of the client, and decides at once where the store can. Never rejects. */
  hit(key: string): Decision | Promise<Decision>;
  /** How many clients are remembered in this process. */
  readonly size: number;
  close(): void;
}

/**
 * A fixed window for each client, which begins with its first request.
 *
 * @param options - `max`: requests allowed in a window; `store`: where they are counted, which knows the window's length
 */
export function createRateLimiter({ max, store }: { readonly max: number; readonly store: LimitStore }): RateLimiter {
  function decide({ count, resetMs }: Count): Decision {
    return { allowed: count <= max, limit: max, remaining: count < max ? max - count : 0, resetMs };
  }
  return {
    hit(key) {
      const counted = store.hit(key);
      return counted instanceof Promise ? counted.then(decide) : decide(counted);
    },
    get size() {
      return store.size;
    },
    close: () => store.close(),
  };
}
