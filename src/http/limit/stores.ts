import pTimeout from 'p-timeout';

/** A client's window. */
export interface Count {
  /** Including this one. */
  readonly count: number;
  /** Hits counted in advance, which the caller may use without asking again. */
  readonly granted?: number;
  readonly resetMs: number;
}

/** Counts hits. A store that knows the count returns it without a promise. */
export interface LimitStore {
  /** Never rejects. */
  hit(key: string): Count | Promise<Count>;
  /** Returns the unused hits that were granted to this process. */
  takeBack(key: string): number;
  /** In memory. */
  readonly size: number;
  close(): void;
}

/** Hits for the shared counter: `hits[i]` of the client `keys[i]`. Plain data, so that it can be a message. */
export interface HitBatch {
  readonly keys: readonly string[];
  readonly hits: readonly number[];
}

/** The counts of a `HitBatch`, in the same order, including its hits. */
export type CountBatch = readonly Count[];

/** The maximum number of clients in memory, per store. */
const CLIENTS_LIMIT = 200_000;

export interface Window {
  /** Hits. The process that grants hits counts them in advance, a worker only when it uses them. */
  count: number;
  /** Hits granted to workers in advance, or to this one by the primary. */
  granted: number;
  readonly endsAtMs: number;
}

/**
 * The windows of many clients, bounded in time and number without timers or scans. A window goes into a young
 * generation. That becomes the old one after the length of a window, or when it is half full; the old one is then
 * dropped as a whole.
 *
 * A single Map in insertion order would do, but V8 leaves a hole for each deleted entry, so finding the oldest one gets
 * slower with every deletion.
 */
export class Windows implements LimitStore {
  #young = new Map<string, Window>();
  #old = new Map<string, Window>();
  #turnsAtMs = 0;

  constructor(
    private readonly windowMs: number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** Including clients whose windows have ended. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  current(key: string, nowMs = this.now()): Window | undefined {
    const window = this.#young.get(key) ?? this.#old.get(key);
    return window !== undefined && window.endsAtMs > nowMs ? window : undefined;
  }

  hit(key: string, hits = 1): Count {
    const nowMs = this.now();
    const window = this.current(key, nowMs) ?? this.#open(key, nowMs, this.windowMs);
    window.count += hits;
    return { count: window.count, resetMs: window.endsAtMs - nowMs };
  }

  close(): void {}

  /** Uses a granted hit, if one is left. */
  spend(key: string): Count | null {
    const nowMs = this.now();
    const window = this.current(key, nowMs);
    if (window === undefined || window.granted === 0) return null;
    window.granted -= 1;
    window.count += 1;
    return { count: window.count, resetMs: window.endsAtMs - nowMs };
  }

  /** Removes and returns the client's unused granted hits. */
  takeBack(key: string): number {
    const window = this.current(key);
    const granted = window?.granted ?? 0;
    if (window) window.granted = 0;
    return granted;
  }

  /** Stores a count from elsewhere. */
  set(key: string, { count, resetMs, granted = 0 }: Count): void {
    const left = this.takeBack(key);
    const window = this.#open(key, this.now(), resetMs);
    window.count = count;
    window.granted = left + granted;
  }

  #open(key: string, nowMs: number, lengthMs: number): Window {
    if (nowMs >= this.#turnsAtMs || this.#young.size >= CLIENTS_LIMIT / 2) {
      // After a pause longer than a window the young generation has expired as well.
      this.#old = nowMs >= this.#turnsAtMs + this.windowMs ? new Map() : this.#young;
      this.#young = new Map();
      this.#turnsAtMs = nowMs + this.windowMs;
    }
    const window = { count: 0, granted: 0, endsAtMs: nowMs + lengthMs };
    // A copy: a part of a string keeps all of it in memory, and an address is a part of a header.
    this.#young.set(Buffer.from(key).toString(), window);
    return window;
  }
}

export interface SharedStoreOptions {
  readonly max: number;
  readonly windowMs: number;
  /** Asks the shared counter. It may fail in any way, or never respond. */
  readonly ask: (batch: HitBatch) => Promise<CountBatch>;
  /** The longest wait for a response. */
  readonly timeoutMs: number;
  /** After a failure, hits are counted locally, and the shared counter is tried once in this time. */
  readonly retryAfterMs: number;
  /** Called on each failure of the shared counter, with its cause, and when it is reachable again. */
  readonly onState?: ((state: 'shared' | 'local', cause: unknown) => void) | undefined;
  readonly onClose?: () => void;
}

type Waiters = ((count: Count) => void)[];

/**
 * Counts in the primary process or in Redis. All hits of an event loop turn share one request, and a client over its
 * limit needs none until its window ends. While the shared counter is unreachable or slow, this process counts alone.
 */
export function createSharedStore(options: SharedStoreOptions): LimitStore {
  const { max, windowMs, ask, timeoutMs, retryAfterMs, onState = () => {}, onClose = () => {} } = options;
  // Clients that reached the limit, and local counts while the shared counter is unreachable.
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
      if (isLocal && performance.now() >= retryAtMs) {
        // One request tries the shared counter, even one over the limit; the others do not wait for it.
        retryAtMs = performance.now() + retryAfterMs;
        return enqueue(key);
      }
      return isLocal || (windows.current(key)?.count ?? 0) >= max ? windows.hit(key) : enqueue(key);
    },
    takeBack: (key) => windows.takeBack(key),
    get size() {
      return windows.size;
    },
    close: onClose,
  };
}

/** The share of a limit's remaining hits that a worker is granted in advance, divided by the number of workers. */
const GRANTED_SHARE = 1 / 64;
const GRANTED_LIMIT = 1000;
/** Hits that a worker does not return within this time count as used. */
const TAKE_BACK_TIMEOUT_MS = 100;

export interface CountForWorkersOptions {
  readonly max: number;
  readonly workers: number;
  /** Asks each worker to return a client's unused granted hits. */
  readonly takeBack: (key: string) => readonly Promise<number>[];
}

/**
 * The primary's part of the workers' store. A worker is granted some of a client's hits in advance, so that it need not
 * ask for each. Before a request is rejected, the others return their unused hits, so the limit is exact.
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
