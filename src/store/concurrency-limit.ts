import { type Call, type ResourceStore, StoreError } from './types.js';
import { type Around, wrapResource } from './wrapped.js';

export interface ConcurrencyLimitOptions {
  /** How long a call may take, waiting included, ms. */
  readonly targetMs?: number;
  /** This many calls may always be in flight: however slow the database is, few clients do better with slow responses. */
  readonly minCalls?: number;
  /** How long all calls must take longer than the target before there is a limit, ms. */
  readonly intervalMs?: number;
  /** The limit is lifted when some calls were quick for this long, ms. */
  readonly recoveryMs?: number;
}

/** The calls of one method, in order of arrival. */
interface Lane {
  readonly limiter: ConcurrencyLimiter;
  readonly waiting: Set<LimitedCall>;
}

/** The limit is kept this much higher than what the target allows, or it would seem to be over as soon as it is reached. */
const HEADROOM = 1.25;

/**
 * Rejects calls where so many wait already that another would be served too late to be of use. Each method of each resource
 * has a limit of its own: slow writes must not keep anybody from reading.
 *
 * Where even the quickest call of an interval took long, it was not the work that took the time but the queue in front of it
 * (CoDel, RFC 8289). The number of calls is then limited to what is done in about the target time (Little's law), and the
 * oldest beyond it, which are the likeliest to be late, are given up.
 *
 * @param options - see `ConcurrencyLimitOptions`; the default target is well below the half second that an impatient client waits
 */
export function withConcurrencyLimit({
  targetMs = 250,
  minCalls = 64,
  intervalMs = 500,
  recoveryMs = 2000,
}: ConcurrencyLimitOptions = {}): Around {
  const options = { targetMs, minCalls, intervalMs, recoveryMs };
  const lanes = new Map<string, Lane>();

  function laneOf(operation: string): Lane {
    let lane = lanes.get(operation);
    if (lane === undefined) {
      const waiting = new Set<LimitedCall>();
      lane = { limiter: new ConcurrencyLimiter(options, (count) => giveUpOldest(waiting, count)), waiting };
      lanes.set(operation, lane);
    }
    return lane;
  }

  return (operation, call, work) => {
    const { limiter, waiting } = laneOf(operation);
    const enteredMs = performance.now();
    if (!limiter.enter(enteredMs)) return Promise.reject(overloaded());
    return new Promise((resolve, reject) => {
      const entry = new LimitedCall(call, () => {
        limiter.giveUp();
        reject(overloaded());
      });
      waiting.add(entry);
      const leave = () => {
        if (waiting.delete(entry)) limiter.leave(enteredMs, performance.now());
      };
      work(entry).finally(leave).then(resolve, reject);
    });
  };
}

/**
 * Limits the concurrency of all resources of a database, each method by itself.
 *
 * @param options - see `ConcurrencyLimitOptions`
 * @returns puts the limit around a resource, which it takes the name of
 */
export function limitConcurrency(options: ConcurrencyLimitOptions = {}) {
  const around = withConcurrencyLimit(options);
  return <Column extends string>(name: string, store: ResourceStore<Column>) => wrapResource(name, store, around);
}

/** What was sent is not taken back. */
function giveUpOldest(waiting: Set<LimitedCall>, count: number): void {
  let left = count;
  for (const call of waiting) {
    if (left === 0) break;
    if (call.hasSent) continue;
    left -= 1;
    waiting.delete(call);
    call.giveUp();
  }
}

function overloaded(): StoreError {
  return new StoreError('overloaded', 'the database does not keep up, and too many calls wait for it');
}

/** One call among those of its request: it can be given up alone. */
class LimitedCall implements Call {
  #sentWrites = 0;
  #isGivenUp = false;

  constructor(
    readonly request: Call,
    private readonly onGivenUp: () => void,
  ) {}

  get deadline(): number {
    return this.request.deadline;
  }

  get abandoned(): boolean {
    return this.#isGivenUp || this.request.abandoned;
  }

  set abandoned(isAbandoned: boolean) {
    this.request.abandoned = isAbandoned;
  }

  get pendingWrites(): number {
    return this.request.pendingWrites;
  }

  set pendingWrites(count: number) {
    this.#sentWrites += count - this.request.pendingWrites;
    this.request.pendingWrites = count;
  }

  get hasSent(): boolean {
    return this.#sentWrites > 0;
  }

  giveUp(): void {
    this.#isGivenUp = true;
    this.onGivenUp();
  }
}

/** Counts calls that wait for one another, and says when another one would only make all of them wait longer. */
export class ConcurrencyLimiter {
  #inFlight = 0;
  #limit = Number.POSITIVE_INFINITY;
  #intervalBeganMs = 0;
  #ended = 0;
  #quickestMs = Number.POSITIVE_INFINITY;
  #lastSlowMs = 0;

  /**
   * @param options - see `ConcurrencyLimitOptions`
   * @param onExcess - told how many calls more are in flight than should be
   */
  constructor(
    private readonly options: Required<ConcurrencyLimitOptions>,
    private readonly onExcess: (count: number) => void,
  ) {}

  /** @returns whether the call may be made; `leave` or `giveUp` must follow it then */
  enter(nowMs: number): boolean {
    this.#judge(nowMs);
    if (this.#inFlight === 0) {
      // Nothing is learned from a time without calls, but that there is no queue.
      this.#begin(nowMs);
      if (nowMs - this.#lastSlowMs > this.options.recoveryMs) this.#limit = Number.POSITIVE_INFINITY;
    }
    if (this.#inFlight >= this.#limit) return false;
    this.#inFlight += 1;
    return true;
  }

  leave(enteredMs: number, nowMs: number): void {
    this.#inFlight -= 1;
    this.#ended += 1;
    this.#quickestMs = Math.min(this.#quickestMs, nowMs - enteredMs);
  }

  /** In place of `leave`, for a call that was given up before anything was done for it. */
  giveUp(): void {
    this.#inFlight -= 1;
  }

  /** A statement may carry many calls, which end together: an interval lasts until some have ended. */
  #judge(nowMs: number): void {
    const { targetMs, minCalls, intervalMs, recoveryMs } = this.options;
    const tookMs = nowMs - this.#intervalBeganMs;
    if (this.#ended === 0 || tookMs < intervalMs) return;
    if (this.#quickestMs > targetMs) {
      this.#lastSlowMs = nowMs;
      this.#limit = Math.max(minCalls, Math.ceil((this.#ended / tookMs) * targetMs * HEADROOM));
      if (this.#inFlight > this.#limit) this.onExcess(this.#inFlight - this.#limit);
    } else if (nowMs - this.#lastSlowMs > recoveryMs) this.#limit = Number.POSITIVE_INFINITY;
    this.#begin(nowMs);
  }

  #begin(nowMs: number): void {
    this.#intervalBeganMs = nowMs;
    this.#ended = 0;
    this.#quickestMs = Number.POSITIVE_INFINITY;
  }
}
