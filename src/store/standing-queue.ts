export interface StandingQueueOptions {
  /** How long a call may take, waiting included, ms. */
  readonly targetMs?: number;
  /** So many calls may always be under way. */
  readonly leastCalls?: number;
  /** How long all calls must take longer than the target before there is a queue, ms. */
  readonly intervalMs?: number;
  /** The queue is over when some calls were quick for so long, ms. */
  readonly calmMs?: number;
  /** Told how many calls more are under way than should be. */
  readonly onExcess?: (count: number) => void;
}

/** Counts calls that wait for one another, and says when another one would only make all of them wait longer. */
export interface StandingQueue {
  /**
   * @param nowMs - monotonic time
   * @returns whether the call may be made; `leave` must follow it then
   */
  enter(nowMs: number): boolean;
  /**
   * @param enteredMs - when the call was made, ms
   * @param nowMs - monotonic time
   */
  leave(enteredMs: number, nowMs: number): void;
  /** In place of `leave`, for a call that was given up before anything was done for it. */
  giveUp(): void;
}

/** With the share above it, well below the half second that an impatient client waits. */
const TARGET_MS = 250;
/** The queue is kept longer than the target by so much, or it would seem to be over as soon as it is kept short. */
const LENGTH_SHARE = 1.25;
/** However slow the database is, so many clients are no flood, and do better with slow answers. */
const LEAST_CALLS = 64;
const INTERVAL_MS = 500;
const CALM_MS = 2000;

/**
 * Where even the quickest call of an interval took long, it was not the work that took the time but the queue in front
 * of it (CoDel, RFC 8289). The queue is then kept as long as what is done in about the target time (Little's law), so that
 * those who are let in are served while they still wait for it, and the rest is told at once: new calls, and what came
 * before the queue was noticed as well.
 *
 * @param options - see `StandingQueueOptions`
 */
export function createStandingQueue({
  targetMs = TARGET_MS,
  leastCalls = LEAST_CALLS,
  intervalMs = INTERVAL_MS,
  calmMs = CALM_MS,
  onExcess = () => {},
}: StandingQueueOptions = {}): StandingQueue {
  let underWay = 0;
  let limit = Number.POSITIVE_INFINITY;
  let intervalBeganMs = 0;
  let ended = 0;
  let quickestMs = Number.POSITIVE_INFINITY;
  let lastSlowMs = 0;

  /** A statement may carry many calls, which end together: an interval goes on until some have ended. */
  function judge(nowMs: number): void {
    const tookMs = nowMs - intervalBeganMs;
    if (ended === 0 || tookMs < intervalMs) return;
    if (quickestMs > targetMs) {
      lastSlowMs = nowMs;
      limit = Math.max(leastCalls, Math.ceil((ended / tookMs) * targetMs * LENGTH_SHARE));
      if (underWay > limit) onExcess(underWay - limit);
    } else if (nowMs - lastSlowMs > calmMs) limit = Number.POSITIVE_INFINITY;
    begin(nowMs);
  }

  function begin(nowMs: number): void {
    intervalBeganMs = nowMs;
    ended = 0;
    quickestMs = Number.POSITIVE_INFINITY;
  }

  return {
    enter(nowMs) {
      judge(nowMs);
      if (underWay === 0) {
        // Nothing is learned from a time in which nothing was asked, but that there is no queue.
        begin(nowMs);
        if (nowMs - lastSlowMs > calmMs) limit = Number.POSITIVE_INFINITY;
      }
      if (underWay >= limit) return false;
      underWay += 1;
      return true;
    },
    leave(enteredMs, nowMs) {
      underWay -= 1;
      ended += 1;
      quickestMs = Math.min(quickestMs, nowMs - enteredMs);
    },
    giveUp() {
      underWay -= 1;
    },
  };
}
