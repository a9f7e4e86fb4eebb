import pTimeout from 'p-timeout';

/** The window of one client, as a store counts it. */
export interface Count {
  /** Hits in the current window, this one included. */
  readonly count: number;
  /** Further hits, already counted, that the caller may give out by itself. */
  readonly granted?: number;
  readonly resetMs: number;
}

/** Where hits are counted. A store that knows the count gives it at once, without a promise. */
export interface LimitStore {
  /** Counts a hit of a client. Never rejects. */
  hit(key: string): Count | Promise<Count>;
  /** Gives back the hits of a client that were granted to this process and that it has not given out. */
  takeBack(key: string): number;
  /** The number of clients it remembers in this process. */
  readonly size: number;
  close(): void;
}

/** Hits for the place that counts for all: `hits[i]` of the client `keys[i]`. Plain data, fit for a message. */
export interface HitBatch {
  readonly keys: readonly string[];
  readonly hits: readonly number[];
}

/** The response to a `HitBatch`, in the same order: each client's count, these hits included. */
export type CountBatch = readonly Count[];

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

  /** @param windowMs - the length of a window, which begins with a client's first hit */
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
        const counted = counts[index] ?? { count: 0, resetMs: 0 };
        const { count, resetMs } = counted;
        if (count >= max || counted.granted) windows.set(key, counted);
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
      const granted = windows.spend(key);
      if (granted) return granted;
      if ((windows.current(key)?.count ?? 0) >= max) return windows.hit(key);
      if (isLocal) {
        const nowMs = performance.now();
        if (nowMs < retryAtMs) return windows.hit(key);
        // One request finds out whether the place is reachable; the others do not wait for it.
        retryAtMs = nowMs + retryAfterMs;
      }
      return enqueue(key);
    },
    takeBack: (key) => windows.takeBack(key),
    get size() {
      return windows.size;
    },
    close: onClose,
  };
}

/** A worker is granted this share of what is left of a limit in advance, divided by the number of workers. */
const GRANTED_SHARE = 1 / 64;
const GRANTED_LIMIT = 1000;
/** A worker that does not give back what it was granted within this time has spent it. */
const TAKE_BACK_TIMEOUT_MS = 100;

export interface CountForWorkersOptions {
  /** Requests allowed in a window. */
  readonly max: number;
  readonly workers: number;
  /** Asks each worker to give back the hits of a client that it was granted and did not give out. */
  readonly takeBack: (key: string) => readonly Promise<number>[];
}

/**
 * The primary's side of the store that its workers share. A worker is granted some of a client's hits in advance, so that it
 * need not ask for each. Before a request is rejected, the others give back what they have left: the limit stays exact.
 */
export function countForWorkers(windows: Windows, { max, workers, takeBack }: CountForWorkersOptions) {
  const pending = new Map<Window, Promise<void>>();

  async function takeBackAll(key: string, window: Window): Promise<void> {
    window.granted = 0;
    const given = await Promise.all(
      takeBack(key).map((hits) => pTimeout(hits, { milliseconds: TAKE_BACK_TIMEOUT_MS }).catch(() => 0)),
    );
    window.count -= given.reduce((sum, hits) => sum + hits, 0);
    pending.delete(window);
  }

  async function makeRoom(key: string, hits: number): Promise<void> {
    const window = windows.current(key);
    if (!window || window.count + hits <= max) return;
    if (window.granted > 0) pending.set(window, takeBackAll(key, window));
    await pending.get(window);
  }

  function count(key: string, hits: number): Count {
    const counted = windows.hit(key, hits);
    const granted = Math.min(GRANTED_LIMIT, Math.floor(((max - counted.count) * GRANTED_SHARE) / workers));
    const window = windows.current(key);
    if (granted < 1 || !window) return counted;
    window.count += granted;
    window.granted += granted;
    return { ...counted, granted };
  }

  return async function countHits({ keys, hits }: HitBatch): Promise<CountBatch> {
    await Promise.all(keys.map((key, index) => makeRoom(key, hits[index] ?? 1)));
    return keys.map((key, index) => count(key, hits[index] ?? 1));
  };
}
