import { limitKey } from './client-address.js';

/** The window of one client, as a store counts it. */
export interface Count {
  /** Hits in the current window, this one included. */
  readonly count: number;
  /** What is left of the window. */
  readonly resetMs: number;
}

/** Where hits are counted. A store that knows the count gives it at once, without a promise. */
export interface LimitStore {
  hit(key: string): Count | Promise<Count>;
  /** The number of clients it remembers in this process. */
  readonly size: number;
  /** Closes connections and timers. */
  close(): void;
}

/** Hits for the place that counts for all: `hits[i]` of the client `keys[i]`. Plain data, fit for a message. */
export interface HitBatch {
  readonly keys: readonly string[];
  readonly hits: readonly number[];
}

/** The response to a `HitBatch`, in the same order: each client's count, these hits included. */
export type CountBatch = readonly Count[];

/** What the limiter says to one request. */
export interface Decision {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  /** Until the client's window ends. */
  readonly resetMs: number;
}

export interface RateLimiter {
  /** Counts a request of the client with this address, and decides at once where the store can. Never rejects. */
  hit(address: string): Decision | Promise<Decision>;
  /** The number of clients remembered in this process. */
  readonly size: number;
  close(): void;
}

export interface RateLimiterOptions {
  /** Requests allowed in a window. */
  readonly max: number;
  /** Where they are counted; it knows the length of a window. */
  readonly store: LimitStore;
  /** Clients whose IPv6 addresses have as many first bits in common count as one. */
  readonly ipv6PrefixBits: number;
}

/**
 * A fixed window for each client, which begins with its first request.
 *
 * @param options - see `RateLimiterOptions`
 */
export function createRateLimiter({ max, store, ipv6PrefixBits }: RateLimiterOptions): RateLimiter {
  function decide({ count, resetMs }: Count): Decision {
    return { allowed: count <= max, limit: max, remaining: Math.max(max - count, 0), resetMs };
  }
  return {
    hit(address) {
      const counted = store.hit(limitKey(address, ipv6PrefixBits));
      return counted instanceof Promise ? counted.then(decide) : decide(counted);
    },
    get size() {
      return store.size;
    },
    close: () => store.close(),
  };
}
