import type { RawSettings } from './raw-settings.js';
import { settings } from './settings.js';

/** The times of one request, which fit into each other: statement, then request, then shutdown. */
export interface Timeouts {
  readonly repoStatementTimeoutMs: number;
  readonly timeoutMs: number;
  readonly shutdownTimeoutMs: number;
}

const REQUEST_SECONDS = 60;
const SHUTDOWN_SECONDS = 30;
/** How much longer than what must end before it a time is where nobody says: it may still be answered, or logged. */
const MARGIN_SECONDS = 5;
/** Postgres cancels first, so that the outcome of a write that is too slow is known: it did not happen. */
const STATEMENT_MS_PER_SECOND = 950;

/**
 * Reads the three times. Each that is not set follows from those that are, so that any of them can be set alone; two
 * that are set must fit.
 *
 * @param raw - all settings
 * @throws ConfigError where two contradict each other
 */
export function timeouts(raw: RawSettings): Timeouts {
  const statementAsked = raw.valueOf(settings.repoStatementTimeout);
  const shutdownAsked = raw.valueOf(settings.shutdownTimeout);
  const request = raw.valueOf(settings.timeout) ?? requestBetween(statementAsked, shutdownAsked);
  const shutdown = shutdownAsked ?? Math.max(SHUTDOWN_SECONDS, request + MARGIN_SECONDS);
  if (shutdown <= request) throw raw.refusal(settings.shutdownTimeout, `more than the ${request} seconds of timeout`);
  if (statementAsked !== undefined && statementAsked >= request) {
    throw raw.refusal(settings.repoStatementTimeout, `less than the ${request} seconds of timeout`);
  }
  return {
    repoStatementTimeoutMs: Math.floor(
      statementAsked === undefined ? request * STATEMENT_MS_PER_SECOND : statementAsked * 1000,
    ),
    timeoutMs: request * 1000,
    shutdownTimeoutMs: shutdown * 1000,
  };
}

/** The time of a request that nobody set, in seconds. */
function requestBetween(statement: number | undefined, shutdown: number | undefined): number {
  const least = statement === undefined ? 0 : statement + MARGIN_SECONDS;
  // What a shutdown leaves for requests under way: the rest of it is for closing the repository.
  const greatest = shutdown === undefined ? Number.POSITIVE_INFINITY : shutdown - Math.min(1, shutdown / 4);
  return Math.min(Math.max(REQUEST_SECONDS, least), greatest);
}
