import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { StoreError } from '../types.js';

/** Another process holds the lock that is needed; all of these pass by themselves. */
const BUSY = /^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/;

/** The disk, the file or the memory fails the database; an operator can cure that while the service runs. */
const UNAVAILABLE = /^SQLITE_(?:BUSY|LOCKED|PROTOCOL|FULL|IOERR|CANTOPEN|READONLY|NOMEM|INTERRUPT)/;

/** One statement's own error: it changed nothing, and its transaction continues. */
const OWN_ERROR = /^SQLITE_(?:CONSTRAINT|TOOBIG|MISMATCH|RANGE)/;

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 40;

/** SQLite's own code (`SQLITE_FULL`), or the empty text for an error of another kind. */
export function sqliteCode(error: unknown): string {
  return error instanceof Database.SqliteError ? error.code : '';
}

/** Whether to try again later: the database is locked by another process. */
export function isBusy(error: unknown): boolean {
  return BUSY.test(sqliteCode(error));
}

/** Whether a failed statement leaves its transaction intact, so that the others in it can still be committed. */
export function isOwnError(error: unknown): boolean {
  return OWN_ERROR.test(sqliteCode(error)) || error instanceof TypeError || error instanceof RangeError;
}

/**
 * Whether a failed COMMIT leaves open what became of the transaction. When the sync of the write-ahead log fails,
 * SQLite forgets the transaction, but its frames may have reached the disk: if the machine fails before they are
 * overwritten, recovery finds them. A full disk, or a write that was rejected, is different: the frame that marks the
 * commit is written last, and without it, whole and with its checksum, recovery takes nothing from the log.
 *
 * See https://www.sqlite.org/walformat.html, "Recovery".
 */
export function isCommitInDoubt(error: unknown): boolean {
  const code = sqliteCode(error);
  return code.startsWith('SQLITE_IOERR') && code !== 'SQLITE_IOERR_WRITE';
}

/** The error of a call that certainly did not happen, as the interface names it. */
export function toStoreError(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = sqliteCode(cause);
  const message = `SQLite: ${cause instanceof Error ? cause.message : String(cause)} (${code})`;
  return new StoreError(UNAVAILABLE.test(code) ? 'unavailable' : 'broken', message, {
    cause,
    ...(code !== '' && { reason: code }),
  });
}

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
      if (!isBusy(error) || performance.now() >= deadline()) throw error;
      onRetry?.(sqliteCode(error));
    }
    await delay(Math.random() * pauseMs);
  }
}
