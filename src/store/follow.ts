import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import type { Call, ChangesRequest, PageChange, Position, ResourceStore } from './types.js';

/** The interval at which the database is polled for writes of other processes while a client waits. */
const POLL_MS = 20;
/**
 * After a wake-up, the next one waits for as long as this one took, within these limits, so that followers take only a
 * share of the process. Many followers then get several changes at once.
 */
const MIN_REST_MS = 5;
const MAX_REST_MS = 100;
/** Waiters woken per turn of the event loop. Between two turns other requests are served. */
const WOKEN_PER_TURN = 16;
const POLL_TIMEOUT_MS = 1_000;

export interface FollowedStore<Column extends string> extends ResourceStore<Column> {
  /**
   * Reads a page of changes. It is empty only after `untilMs` (monotonic; 0: at once) or `endWaits`, or if too many wait.
   * Waits go through `call.idle`.
   */
  follow(request: ChangesRequest, untilMs: number, call: Call): Promise<Changes<Column>>;
  /** Ends all current and future waits. */
  endWaits(): void;
}

type Changes<Column extends string> = readonly PageChange<Column>[];

interface Waiter {
  /** The last position that was known before its changes were read, so that a poll finds whatever was written after. */
  readonly seen: Position | null;
  readonly untilMs: number;
  readonly call: Call;
  /** @param mayHaveChanges - if not, its wait ends because too many wait */
  readonly wake: (mayHaveChanges: boolean) => void;
}

/** The read in flight of a page, and the next one, which requests that came meanwhile share. */
interface Reading<Column extends string> {
  readonly ended: Promise<void>;
  next: { readonly look: Promise<Changes<Column>>; readonly call: { deadline: number } } | null;
}

/**
 * Writes of this process wake waiting clients at once. Those of other processes are found by polling the last position,
 * once for all waiters, without a separate connection. Each page has one read in flight; requests that come meanwhile
 * share the next one.
 *
 * @param waitersLimit - of waiting clients; beyond it, the longest wait ends. Each takes about 15 KiB, its connection included
 */
export function followed<Column extends string>(
  store: ResourceStore<Column>,
  waitersLimit = Number.POSITIVE_INFINITY,
): FollowedStore<Column> {
  const waiters = new Set<Waiter>();
  /** The read in flight of each page. */
  const reading = new Map<string, Reading<Column>>();
  let last: Position | null = null;
  let isPolling = false;
  let isResting = false;
  let hasNewWrite = false;
  let hasEnded = false;

  /** A read that begins now or later, never one that may have missed what the client knows. */
  function look(request: ChangesRequest, call: Call): Promise<Changes<Column>> {
    // A consistency token describes the request's own read, which cannot be shared.
    if (call.consistency) return store.changes(request, call);
    const page = JSON.stringify(request);
    const current = reading.get(page);
    if (current === undefined) return begin(page, store.changes(request, call));
    if (current.next === null) {
      const own = { deadline: call.deadline, abandoned: false, pendingWrites: 0 };
      current.next = { call: own, look: current.ended.then(() => begin(page, store.changes(request, own))) };
    }
    const { next } = current;
    next.call.deadline = Math.max(next.call.deadline, call.deadline);
    return next.look;
  }

  function begin(page: string, look: Promise<Changes<Column>>): Promise<Changes<Column>> {
    const own: Reading<Column> = {
      next: null,
      ended: Promise.allSettled([look]).then(() => {
        if (reading.get(page) === own) reading.delete(page);
      }),
    };
    reading.set(page, own);
    return look;
  }

  async function wake(isChosen: (waiter: Waiter) => boolean = () => true): Promise<void> {
    const woken = [...waiters].filter(isChosen);
    for (const waiter of woken) waiters.delete(waiter);
    for (const [index, waiter] of woken.entries()) {
      waiter.wake(true);
      if (index % WOKEN_PER_TURN === WOKEN_PER_TURN - 1) await nextTurn();
    }
  }

  /** @returns the write's outcome */
  function noteWrite<T>(outcome: T): T {
    if (waiters.size > 0) {
      hasNewWrite = true;
      if (!isResting) void wakeForWrites();
    }
    return outcome;
  }

  async function wakeForWrites(): Promise<void> {
    isResting = true;
    while (hasNewWrite) {
      hasNewWrite = false;
      const startedMs = performance.now();
      // Otherwise the next poll would find these writes, and wake the same waiters again.
      await readLast().catch(() => {});
      await wake();
      await delay(Math.min(Math.max(performance.now() - startedMs, MIN_REST_MS), MAX_REST_MS));
    }
    isResting = false;
  }

  async function readLast(): Promise<void> {
    const deadline = performance.now() + POLL_TIMEOUT_MS;
    last = await store.lastPosition({ deadline, abandoned: false, pendingWrites: 0 });
  }

  async function poll(): Promise<void> {
    isPolling = true;
    while (waiters.size > 0) {
      await delay(POLL_MS);
      const nowMs = performance.now();
      await wake(({ untilMs, call }) => nowMs >= untilMs || isOver(call));
      if (waiters.size === 0 || isResting) continue;
      const hasFailed = await readLast().catch(() => true);
      // After a failure each waiter queries the database and reports the error to its client.
      await wake(({ seen }) => hasFailed === true || seen !== last);
    }
    isPolling = false;
  }

  /** Resolves with true when there may be changes; with false if too many wait. */
  function wait(seen: Position | null, untilMs: number, call: Call): Promise<boolean> {
    const [longest] = waiters.size < waitersLimit ? [] : waiters;
    if (longest) {
      waiters.delete(longest);
      longest.wake(false);
    }
    return new Promise((resolve) => {
      waiters.add({ seen, untilMs, call, wake: resolve });
      if (!isPolling) void poll();
    });
  }

  return {
    ...store,
    create: (row, call, idempotency) => store.create(row, call, idempotency).then(noteWrite),
    update: (row, call, idempotency) => store.update(row, call, idempotency).then(noteWrite),
    delete: (id, version, call, idempotency) => store.delete(id, version, call, idempotency).then(noteWrite),

    async follow(request, untilMs, call) {
      if (untilMs === 0) return await store.changes(request, call);
      const { consistency } = call;
      if (consistency?.standby) {
        const changes = await store.changes(request, call);
        if (changes.length > 0) return changes;
        // The waiter wants new changes, which a standby has later.
        consistency.standby = false;
      }
      for (;;) {
        const seen = last;
        const changes = await look(request, call);
        if (changes.length > 0 || hasEnded || performance.now() >= untilMs) return changes;
        const waiting = wait(seen, untilMs, call);
        if (!(await (call.idle?.(waiting) ?? waiting)) || isOver(call)) return [];
      }
    },

    endWaits() {
      hasEnded = true;
      void wake();
    },
  };
}

function isOver({ abandoned, hasLeft }: Call): boolean {
  return abandoned || hasLeft === true;
}
