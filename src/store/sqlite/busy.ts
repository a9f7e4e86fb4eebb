import { setTimeout as delay } from 'node:timers/promises';
import { isBusy, sqliteCode } from './errors.js';

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 40;

/**
 * Runs `attempt` until the database is not locked by another process any more. SQLite's own busy wait would freeze the
 * event loop, so the waiting is done here: with jitter, for several processes contend, and with growing pauses.
 *
 * @param attempt - tried at once, and again after each pause; what it does must be undone when it throws
 * @param deadline - when to give up, in `performance.now()`'s milliseconds; asked again before each pause
 * @param onRetry - told SQLite's code before each further attempt
 * @returns what the attempt returns
 * @throws the attempt's own error: at once where it is not about a lock, else after the deadline
 */
export async function retryWhileBusy<T>(
  attempt: () => T,
  deadline: () => number,
  onRetry?: (reason: string) => void,
): Promise<T> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline()) {
        throw error;
      }
      onRetry?.(sqliteCode(error));
    }
    await delay(Math.random() * pauseMs);
  }
}
