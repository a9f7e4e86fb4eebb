import { KnownCounts } from './known-counts.js';
import { createMemoryStore } from './memory-store.js';
import { CLIENTS_LIMIT, type Count, type LimitStore } from './store.js';

/** Hits for the place that counts for all: `hits[i]` of the client `keys[i]`. Plain data, fit for a message. */
export interface HitBatch {
  readonly keys: readonly string[];
  readonly hits: readonly number[];
}

/** Its answer, in the same order: each client's count with these hits, and what is left of its window. */
export interface CountBatch {
  readonly counts: readonly number[];
  readonly resetsMs: readonly number[];
}

/** Told when the place that counts for all is away, and why; and when it is back. */
export type StoreStateListener = (state: 'shared' | 'local', cause: unknown) => void;

export interface SharedStoreOptions {
  readonly max: number;
  readonly windowMs: number;
  /** Asks the place that counts for all. It may fail in any way, and it may never answer. */
  readonly ask: (batch: HitBatch) => Promise<CountBatch>;
  /** An answer later than this is not waited for. */
  readonly timeoutMs: number;
  /** After a failure, hits are counted here, and it is asked again once in so long. */
  readonly retryAfterMs: number;
  readonly onState?: StoreStateListener | undefined;
  readonly onClose?: () => void;
}

/** Hits counted here are reported within this time. */
const REPORT_AFTER_MS = 50;

/** The hits of one client in one batch; each waiter is the hit with its ordinal. */
interface Asked {
  hits: number;
  readonly waiters: { readonly resolve: (count: Count) => void; readonly ordinal: number }[];
}

/**
 * A store that counts elsewhere: in the primary process, or in Redis. All hits of one turn of the event loop share one
 * question, and many need none (see `KnownCounts`). Where the place is away or slow, requests go on and are counted in
 * this process alone.
 *
 * @param options - see `SharedStoreOptions`
 */
export function createSharedStore({
  max,
  windowMs,
  ask,
  timeoutMs,
  retryAfterMs,
  onState = () => {},
  onClose = () => {},
}: SharedStoreOptions): LimitStore {
  const local = createMemoryStore({ windowMs });
  const known = new KnownCounts(max, windowMs, CLIENTS_LIMIT);
  let batch = new Map<string, Asked>();
  let isLocal = false;
  let localUntilMs = 0;
  let reportTimer: NodeJS.Timeout | null = null;

  function enqueue(key: string): Promise<Count> {
    return new Promise((resolve) => {
      if (batch.size === 0) setImmediate(send);
      const asked = addHits(batch, key, 1);
      asked.waiters.push({ resolve, ordinal: asked.hits });
    });
  }

  /** What is asked now, and what was counted here since the last time: both travel together. */
  function takeBatch(): Map<string, Asked> {
    if (reportTimer !== null) clearTimeout(reportTimer);
    reportTimer = null;
    const taken = batch;
    batch = new Map();
    for (const [key, hits] of known.takeUnreported(performance.now())) addHits(taken, key, hits);
    return taken;
  }

  function send(): void {
    const taken = takeBatch();
    if (taken.size === 0) return;
    const timer = setTimeout(() => fail(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    let isSettled = false;

    function fail(cause: unknown): void {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      noteState('local', cause);
      for (const [key, { waiters }] of taken) for (const { resolve } of waiters) resolve(local.hit(key));
    }

    function succeed({ counts, resetsMs }: CountBatch): void {
      if (isSettled) return;
      isSettled = true;
      clearTimeout(timer);
      noteState('shared', null);
      const nowMs = performance.now();
      let index = 0;
      for (const [key, { hits, waiters }] of taken) {
        const count = counts[index] ?? 0;
        const resetMs = resetsMs[index] ?? 0;
        known.remember(key, { count, resetMs }, nowMs);
        for (const { resolve, ordinal } of waiters) resolve({ count: count - hits + ordinal, resetMs });
        index += 1;
      }
    }

    try {
      ask({ keys: [...taken.keys()], hits: Array.from(taken.values(), ({ hits }) => hits) }).then(succeed, fail);
    } catch (error) {
      fail(error);
    }
  }

  function noteState(state: 'shared' | 'local', cause: unknown): void {
    const wasLocal = isLocal;
    isLocal = state === 'local';
    if (isLocal) localUntilMs = performance.now() + retryAfterMs;
    if (isLocal !== wasLocal) onState(state, cause);
  }

  return {
    hit(key) {
      const nowMs = performance.now();
      const counted = known.hit(key, nowMs);
      if (counted !== null) {
        if (known.hasUnreported) reportTimer ??= setTimeout(send, REPORT_AFTER_MS).unref();
        return counted;
      }
      if (isLocal) {
        if (nowMs < localUntilMs) return local.hit(key);
        // One request finds out whether the place is back; the others do not wait for it.
        localUntilMs = nowMs + retryAfterMs;
      }
      return enqueue(key);
    },
    get size() {
      return known.size + local.size;
    },
    close() {
      if (reportTimer !== null) clearTimeout(reportTimer);
      onClose();
    },
  };
}

function addHits(batch: Map<string, Asked>, key: string, hits: number): Asked {
  const found = batch.get(key);
  if (found !== undefined) {
    found.hits += hits;
    return found;
  }
  const asked: Asked = { hits, waiters: [] };
  batch.set(key, asked);
  return asked;
}
