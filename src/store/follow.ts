import type { Call, ChangesRequest, PageChange, Position, ResourceStore } from './types.js';

/** The interval at which the database is polled for writes of other processes while a client waits. */
const POLL_MS = 20;
/** The minimum interval between wake-ups. Each waiter reads a page, and most wait for other rows. */
const WAKE_INTERVAL_MS = 5;
const POLL_TIMEOUT_MS = 1_000;

export interface FollowedStore<Column extends string> extends ResourceStore<Column> {
  /** Reads a page of changes. It is empty only after `untilMs` (monotonic) or `endWaits`. `call.idle` gets the wait. */
  follow(request: ChangesRequest, untilMs: number, call: Call): Promise<readonly PageChange<Column>[]>;
  /** Ends all current and future waits. */
  endWaits(): void;
}

interface Waiter {
  /** The last position when it looked. */
  readonly seen: Position;
  readonly untilMs: number;
  readonly call: Call;
  readonly wake: () => void;
}

/**
 * Writes of this process wake waiting clients at once. Those of other processes are found by polling the last position,
 * once for all waiters, without a separate connection.
 */
export function followed<Column extends string>(store: ResourceStore<Column>): FollowedStore<Column> {
  const waiters = new Set<Waiter>();
  let timer: NodeJS.Timeout | null = null;
  let isPolling = false;
  let wakeTimer: NodeJS.Timeout | null = null;
  let wokenMs = Number.NEGATIVE_INFINITY;
  let hasEnded = false;

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
      // Each waiter then queries the database and reports the error to its client.
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

  async function notingWrite<T>(write: Promise<T>): Promise<T> {
    const outcome = await write;
    noteWrite();
    return outcome;
  }

  return {
    ...store,
    create: (row, call, idempotency) => notingWrite(store.create(row, call, idempotency)),
    update: (row, call, idempotency) => notingWrite(store.update(row, call, idempotency)),
    delete: (id, version, call, idempotency) => notingWrite(store.delete(id, version, call, idempotency)),

    async follow(request, untilMs, call) {
      const { consistency } = call;
      if (consistency?.standby) {
        const changes = await store.changes(request, call);
        if (changes.length > 0) return changes;
        // The waiter wants new changes, which a standby has later.
        consistency.standby = false;
      }
      for (;;) {
        // Read before the changes, so that a poll finds whatever is written after it.
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
