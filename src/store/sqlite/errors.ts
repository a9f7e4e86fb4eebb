import Database from 'better-sqlite3';
import { StoreError } from '../types.js';

/** Another process holds the lock that is needed; all of these pass by themselves. */
const BUSY = /^SQLITE_(?:BUSY|LOCKED|PROTOCOL)/;

/** The disk, the file or the memory fails the database; an operator can cure that while the service runs. */
const UNAVAILABLE = /^SQLITE_(?:BUSY|LOCKED|PROTOCOL|FULL|IOERR|CANTOPEN|READONLY|NOMEM|INTERRUPT)/;

/** One statement's own error: it changed nothing, and its transaction goes on. */
const OWN_ERROR = /^SQLITE_(?:CONSTRAINT|TOOBIG|MISMATCH|RANGE)/;

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
 * overwritten, recovery finds them. A full disk, or a write that was refused, is different: the frame that marks the
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
  if (cause instanceof StoreError) {
    return cause;
  }
  const code = sqliteCode(cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new StoreError(UNAVAILABLE.test(code) ? 'unavailable' : 'broken', `SQLite: ${reason} (${code})`, { cause });
}
