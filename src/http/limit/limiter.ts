import { limitKey } from './client-address.js';

/** The window of one client, as a store counts it. */
export interface Count {
  /** Hits in the current window, this one included. */
  readonly count: number;
  /** What is left of the window. */
  readonly resetMs: number;
  /** Further hits that are counted already and that whoever asked may give out by itself. */
  readonly granted?: number;
}

/** Where hits are counted. A store that knows the count gives it at once, without a promise. */
export interface LimitStore {
  hit(key: string): Count | Promise<Count>;
  /** Gives back the hits of a client that were granted to this process and that it has not given out. */
  takeBack(key: string): number;
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

/** A limit, and how clients are told apart. */
export interface LimitRule {
  /** Requests allowed in a window. */
  readonly max: number;
  /** The length of a window, which begins with a client's first request. */
  readonly windowMs: number;
  /** Clients whose IPv6 addresses have as many first bits in common count as one. */
  readonly ipv6PrefixBits: number;
}

/** A fixed window for each client. */
export class RateLimiter {
  readonly rule: LimitRule;
  readonly #store: LimitStore;

  /**
   * @param rule - the limit
   * @param store - where hits are counted
   */
  constructor(rule: LimitRule, store: LimitStore) {
    this.rule = rule;
    this.#store = store;
  }

  /** Counts a request of the client with this address, at once where the store can. Never rejects. */
  hit(address: string): Count | Promise<Count> {
    return this.#store.hit(limitKey(address, this.rule.ipv6PrefixBits));
  }

  /** See `LimitStore`. */
  takeBack(key: string): number {
    return this.#store.takeBack(key);
  }

  close(): void {
    this.#store.close();
  }
}
