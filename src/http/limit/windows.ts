import type { Count, LimitStore } from './limiter.js';

/** Clients remembered at most, in any one place. */
const CLIENTS_LIMIT = 200_000;

/** The window of one client. */
export interface Window {
  /** Hits, those granted in advance included where they are granted, and excluded where they are spent. */
  count: number;
  /** Hits granted to other processes in advance, or to this one by the process that counts for all. */
  granted: number;
  readonly endsAtMs: number;
}

/**
 * The windows of many clients, bounded in time and number without a timer and without a scan: a window goes into a young
 * generation, which becomes the old one after the length of a window or when it is half of the limit; the old one is
 * dropped as a whole.
 *
 * A single Map in order of insertion would do it too, but V8 leaves a hole for each deleted entry, so that finding the
 * oldest one costs more the more were deleted.
 */
export class Windows implements LimitStore {
  readonly #windowMs: number;
  readonly #now: () => number;
  #young = new Map<string, Window>();
  #old = new Map<string, Window>();
  #turnsAtMs = 0;

  /**
   * @param windowMs - the length of a window, which begins with a client's first hit
   * @param now - monotonic time
   */
  constructor(windowMs: number, now: () => number = () => performance.now()) {
    this.#windowMs = windowMs;
    this.#now = now;
  }

  /** The number of clients remembered, those whose windows are over included. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  /** The client's window, unless it is over. */
  current(key: string): Window | undefined {
    return this.#current(key, this.#now());
  }

  /** Counts hits of a client. */
  hit(key: string, hits = 1): Count {
    const nowMs = this.#now();
    const window = this.#current(key, nowMs) ?? this.#open(key, nowMs, this.#windowMs);
    window.count += hits;
    return { count: window.count, resetMs: window.endsAtMs - nowMs };
  }

  close(): void {}

  /** Counts a hit that was granted in advance, if one is left. */
  spend(key: string): Count | null {
    const nowMs = this.#now();
    const window = this.#current(key, nowMs);
    if (window === undefined || window.granted === 0) return null;
    window.granted -= 1;
    window.count += 1;
    return { count: window.count, resetMs: window.endsAtMs - nowMs };
  }

  /** Takes back what was granted of a client's hits and not spent. */
  takeBack(key: string): number {
    const window = this.current(key);
    const granted = window?.granted ?? 0;
    if (window) window.granted = 0;
    return granted;
  }

  /** Notes what was counted elsewhere. */
  set(key: string, { count, resetMs, granted = 0 }: Count): void {
    const left = this.takeBack(key);
    const window = this.#open(key, this.#now(), resetMs);
    window.count = count;
    window.granted = left + granted;
  }

  #current(key: string, nowMs: number): Window | undefined {
    const window = this.#young.get(key) ?? this.#old.get(key);
    return window !== undefined && window.endsAtMs > nowMs ? window : undefined;
  }

  #open(key: string, nowMs: number, lengthMs: number): Window {
    if (nowMs >= this.#turnsAtMs || this.#young.size >= CLIENTS_LIMIT / 2) {
      // After a pause longer than a window nothing in the young generation is of use either.
      this.#old = nowMs >= this.#turnsAtMs + this.#windowMs ? new Map() : this.#young;
      this.#young = new Map();
      this.#turnsAtMs = nowMs + this.#windowMs;
    }
    const window = { count: 0, granted: 0, endsAtMs: nowMs + lengthMs };
    this.#young.set(key, window);
    return window;
  }
}
