import type { Call, ChangesRequest, PageChange, Position, ResourceStore } from './types.js';

/** How often the database is asked for writes of other processes while anybody waits, ms. */
const POLL_MS = 20;
/** Waiters are woken at most this often, ms: each of them reads a page, and most look for other rows than those just written. */
const WAKE_INTERVAL_MS = 5;
/** What a poll may take, ms. */
const POLL_TIMEOUT_MS = 1_000;

/** A store whose changes can be waited for. */
export interface FollowedStore<Column extends string> extends ResourceStore<Column> {
  /**
   * A page of changes; an empty one only after the time is up, or once `endWaits` was called.
   *
   * @param untilMs - monotonic time until which to wait
   * @param call - for whom; `idle` is told of the waiting
   */
  follow(request: ChangesRequest, untilMs: number, call: Call): Promise<readonly PageChange<Column>[]>;
  /** Ends all waiting, now and from now on. */
  endWaits(): void;
}

interface Waiter {
  /** The last position there was when it looked. */
  readonly seen: Position;
  readonly untilMs: number;
  readonly call: Call;
  readonly wake: () => void;
}

/**
 * Lets clients wait for changes. Writes of this process wake them at once. Those of others are found by a poll of the last
 * position, one for all who wait; that needs nothing of the database, and no connection of its own.
 */
export function followed<Column extends string>(store: ResourceStore<Column>): FollowedStore<Column> {
  const waiters = new Set<Waiter>();
  let timer: NodeJS.Timeout | null = null;
  let isPolling = false;
  let wakeTimer: NodeJS.Timeout | null = null;
  let wokenMs = Number.NEGATIVE_INFINITY;
  let hasEnded = false;

  /** Something was written here. */
  function noteWrite(): void {
    if (waiters.size === 0 || wakeTimer !== null) return;
    const pauseMs = wokenMs + WAKE_INTERVAL_MS - performance.now();
    if (pauseMs <= 0) wakeAll();
    else wakeTimer = setTimeout(wakeAll, pauseMs);
  }

  function wakeAll(): void {
    if (wakeTimer !== null) clearTimeout(wakeTimer);
    wakeTimer = null;
    wokenMs = performance.now();
    for (const waiter of waiters) waiter.wake();
  }

  async function poll(): Promise<void> {
    if (isPolling) return;
    isPolling = true;
    try {
      const nowMs = performance.now();
      for (const waiter of waiters) if (nowMs >= waiter.untilMs || isOver(waiter.call)) waiter.wake();
      if (waiters.size === 0) return;
      const last = BigInt(
        await store.lastPosition({ deadline: nowMs + POLL_TIMEOUT_MS, abandoned: false, pendingWrites: 0 }),
      );
      for (const waiter of waiters) if (last > BigInt(waiter.seen)) waiter.wake();
    } catch {
      // Each of them asks for itself then, and tells its client what is wrong.
      wakeAll();
    } finally {
      isPolling = false;
      if (waiters.size === 0 && timer !== null) {
        clearInterval(timer);
        timer = null;
      }
    }
  }

  function wait(seen: Position, untilMs: number, call: Call): Promise<void> {
    if (hasEnded) return Promise.resolve();
    timer ??= setInterval(() => void poll(), POLL_MS);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        seen,
        untilMs,
        call,
        wake() {
          waiters.delete(waiter);
          resolve();
        },
      };
      waiters.add(waiter);
    });
  }

  async function told<T>(write: Promise<T>): Promise<T> {
    const outcome = await write;
    noteWrite();
    return outcome;
  }

  return {
    ...store,
    create: (row, call, idempotency) => told(store.create(row, call, idempotency)),
    update: (row, call, idempotency) => told(store.update(row, call, idempotency)),
    delete: (id, version, call, idempotency) => told(store.delete(id, version, call, idempotency)),

    async follow(request, untilMs, call) {
      const { consistency } = call;
      if (consistency?.standby) {
        const changes = await store.changes(request, call);
        if (changes.length > 0) return changes;
        // Who waits wants what is new, and a standby has that later.
        consistency.standby = false;
      }
      for (;;) {
        // Asked for first: what is written after this is found by the poll.
        const seen = await store.lastPosition(call);
        const changes = await store.changes(request, call);
        if (changes.length > 0 || hasEnded || performance.now() >= untilMs) return changes;
        const waiting = wait(seen, untilMs, call);
        await (call.idle?.(waiting) ?? waiting);
        if (isOver(call)) return [];
      }
    },

    endWaits() {
      hasEnded = true;
      wakeAll();
    },
  };
}

function isOver({ abandoned, hasLeft }: Call): boolean {
  return abandoned || hasLeft === true;
}
