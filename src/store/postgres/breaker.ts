import { CircuitState, circuitBreaker, handleWhenResult, type IBreaker, IterableBackoff } from 'cockatiel';
import type { RepoEvents } from '../repo.js';
import { type Failure, isHang, isOutage } from './failure.js';

export type Attempt<T> = { readonly value: T } | { readonly failure: Failure };

export interface Breaker {
  readonly isClosed: boolean;
  /** Runs an attempt, and counts how it ended. To be called while closed only. */
  execute<T>(attempt: () => Promise<Attempt<T>>): Promise<Attempt<T>>;
  /** Stops probing. */
  dispose(): void;
}

export interface BreakerOptions {
  /** Asks the database for a sign of life; its success is what closes the breaker again. */
  readonly probe: () => Promise<Attempt<unknown>>;
  readonly onOpen: () => void;
  readonly onClose: () => void;
  readonly events: RepoEvents;
}

/** So many statements in a row must fail for want of a database. As many can be under way when an operator ends them all. */
const FAILURES_TO_OPEN = 5;

/** The pauses before each probe; the first is short, for most outages are blips. */
const PROBE_PAUSES_MS = [100, 250, 500, 1_000];

/** Timers and the clock the breaker reads may disagree by a millisecond. */
const CLOCK_SLACK_MS = 5;

/**
 * A circuit breaker that tests the database by itself while it is open, so that service resumes without traffic.
 * Requests never are the test: one that came at the wrong moment would wait for a server that hangs.
 *
 * @param options - the probe, and who is told
 */
export function createBreaker({ probe, onOpen, onClose, events }: BreakerOptions): Breaker {
  const breaker = new OutageBreaker();
  // What was begun before an outage and ends after it says nothing new.
  const outdated = new WeakSet<object>();
  let outages = 0;
  const policy = circuitBreaker(
    handleWhenResult((result) => isOutageAttempt(result) && !outdated.has(result)),
    {
      halfOpenAfter: new IterableBackoff(PROBE_PAUSES_MS),
      breaker,
    },
  );
  let timer: NodeJS.Timeout | undefined;
  let pause = 0;
  let disposed = false;

  const execute = <T>(attempt: () => Promise<Attempt<T>>): Promise<Attempt<T>> =>
    policy.execute(async () => {
      const outagesBefore = outages;
      // A copy, for several may share an attempt, and what is outdated for one need not be so for another.
      const result = { ...(await attempt()) };
      if (outages !== outagesBefore) {
        outdated.add(result);
      } else if ('failure' in result && isHang(result.failure)) {
        breaker.hung = true;
      }
      return result;
    });

  const scheduleProbe = (): void => {
    const pauseMs = PROBE_PAUSES_MS[Math.min(pause, PROBE_PAUSES_MS.length - 1)] ?? 0;
    pause += 1;
    timer = setTimeout(() => {
      // Rejected only where the clock was set back meanwhile, and it is too early.
      execute(probe).catch(() => {
        if (!disposed) {
          scheduleProbe();
        }
      });
    }, pauseMs + CLOCK_SLACK_MS);
    timer.unref();
  };

  policy.onStateChange((state) => {
    if (disposed) {
      return;
    }
    if (state === CircuitState.Open) {
      // A probe that failed opens it again, which is no news to the one who is told.
      if (pause === 0) {
        outages += 1;
        onOpen();
      }
      scheduleProbe();
      events.breaker?.('open');
    } else if (state === CircuitState.HalfOpen) {
      events.breaker?.('half_open');
    } else {
      pause = 0;
      events.breaker?.('closed');
      onClose();
    }
  });

  return {
    get isClosed() {
      return policy.state === CircuitState.Closed;
    },
    execute,
    dispose: () => {
      disposed = true;
      clearTimeout(timer);
    },
  };
}

/** Opens after several failures in a row, or at once where the server hangs: each further try would wait in vain. */
class OutageBreaker implements IBreaker {
  state = 0;
  hung = false;

  success(): void {
    this.state = 0;
    this.hung = false;
  }

  failure(): boolean {
    this.state += 1;
    return this.state >= FAILURES_TO_OPEN || this.hung;
  }
}

function isOutageAttempt(result: unknown): result is Attempt<unknown> {
  return isAttempt(result) && 'failure' in result && isOutage(result.failure);
}

function isAttempt(result: unknown): result is Attempt<unknown> {
  return typeof result === 'object' && result !== null && ('value' in result || 'failure' in result);
}
