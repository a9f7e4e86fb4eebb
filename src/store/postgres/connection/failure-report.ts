import type { StoreEvents } from '../../types.js';
import type { Failure } from './failure.js';

/** The same failure is reported once in this time. */
const REPORT_INTERVAL_MS = 60_000;

/**
 * Reports why calls fail, each cause once in a while: the first line in the log says what is wrong, and a thousand more would
 * hide it.
 *
 * @param events - told of it
 */
export function createFailureReport(events: StoreEvents): (failure: Failure) => void {
  const reportedAtMs = new Map<string, number>();
  return ({ kind, reason, cause }) => {
    // The breaker was reported when it opened; rows and locks are the caller's own business.
    if (reason === 'breaker_open' || kind === 'row' || kind === 'locked') return;
    const now = performance.now();
    if (now - (reportedAtMs.get(reason) ?? Number.NEGATIVE_INFINITY) < REPORT_INTERVAL_MS) return;
    reportedAtMs.set(reason, now);
    events.failure?.(reason, cause instanceof Error ? cause.message : String(cause));
  };
}
