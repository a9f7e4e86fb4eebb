import type { StoreEvents } from './types.js';

/** The same failure is reported once in this time. */
const REPORT_INTERVAL_MS = 60_000;

/**
 * Reports why calls fail, each cause once in a while: the first line in the log says what is wrong, and a thousand more would
 * hide it.
 *
 * @returns takes the database's own code, and a sentence
 */
export function createFailureReport(events: StoreEvents): (reason: string, message: string) => void {
  const reportedAtMs = new Map<string, number>();
  return (reason, message) => {
    const now = performance.now();
    if (now - (reportedAtMs.get(reason) ?? Number.NEGATIVE_INFINITY) < REPORT_INTERVAL_MS) return;
    reportedAtMs.set(reason, now);
    events.failure?.(reason, message);
  };
}
