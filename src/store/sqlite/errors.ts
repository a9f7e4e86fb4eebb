import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { StoreError, StoreOpenError } from '../types.js';

/** Another process holds the lock; all of these are temporary. */
const BUSY = /^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/;

/**
 * The disk, the file or memory fails, or the schema was changed (ERROR: the statements never change). An operator can fix
 * that while the service runs.
 */
const UNAVAILABLE =
  /^(?:E[A-Z]|SQLITE_(?:BUSY|LOCKED|PROTOCOL|FULL|IOERR|CANTOPEN|READONLY|NOMEM|INTERRUPT|ERROR|SCHEMA|CORRUPT|NOTADB))/;

/** Errors of a single statement: it changed nothing, and its transaction continues. */
const OWN_ERROR = /^SQLITE_(?:CONSTRAINT|TOOBIG|MISMATCH|RANGE)/;

const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 40;

/** SQLite's error code (`SQLITE_FULL`), the system's for a check of the file (`ESTALE`), or '' for another kind of error. */
export function sqliteCode(error: unknown): string {
  if (error instanceof Error && 'syscall' in error && 'code' in error) return String(error.code);
  return error instanceof Database.SqliteError ? error.code : '';
}

export function isBusy(error: unknown): boolean {
  return BUSY.test(sqliteCode(error));
}

/** Whether a failed statement leaves its transaction intact, so that the others can still be committed. */
export function isOwnError(error: unknown): boolean {
  return OWN_ERROR.test(sqliteCode(error)) || error instanceof TypeError || error instanceof RangeError;
}

/**
 * Whether a failed COMMIT may have succeeded. When the sync of the write-ahead log fails, SQLite discards the
 * transaction, but its frames may have reached the disk: if the machine fails before they are overwritten, recovery
 * finds them. A full disk, or a rejected write, is different: the commit frame is written last, and recovery ignores a
 * transaction without it.
 *
 * See https://www.sqlite.org/walformat.html, "Recovery".
 */
export function isCommitInDoubt(error: unknown): boolean {
  const code = sqliteCode(error);
  return code.startsWith('SQLITE_IOERR') && code !== 'SQLITE_IOERR_WRITE';
}

/** Converts the error of a call that certainly did not happen. */
export function toStoreError(cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  const code = sqliteCode(cause);
  const message = `SQLite: ${cause instanceof Error ? cause.message : String(cause)} (${code})`;
  return new StoreError(UNAVAILABLE.test(code) ? 'unavailable' : 'broken', message, { cause, reason: code || null });
}

/** The error of a database, with the name of its file: SQLite's own error has none. */
export function withFile(path: string, error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === '' && !(error instanceof StoreError)) return error;
  const known = toStoreError(error);
  const message = `the SQLite database ${path} cannot be used: ${known.message.replace(/^SQLite: /, '')}`;
  if (code === 'SQLITE_ERROR') return new StoreOpenError(message, { cause: error });
  return new StoreError(known.code, message, { cause: error, reason: known.reason });
}

/**
 * Retries `attempt` while another process has locked the database. SQLite's own busy wait would block the event loop.
 * The pauses grow and have jitter, because several processes compete.
 *
 * @param attempt - must be undone when it throws
 * @param deadline - when to give up (`performance.now()`); called before each pause
 * @param onRetry - called with SQLite's code before each retry
 * @throws the attempt's error: at once if it is not about a lock, otherwise after the deadline
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
