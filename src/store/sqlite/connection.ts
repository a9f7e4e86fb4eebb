import { realpathSync } from 'node:fs';
import Database from 'better-sqlite3';
import { StoreError, StoreOpenError } from '../types.js';
import { isBusy, retryWhileBusy, sqliteCode } from './errors.js';

/** How long SQLite itself waits for a lock, with the event loop blocked. The store itself waits longer, asynchronously. */
const BUSY_TIMEOUT_MS = 2;

/**
 * The pages in the log, of 4 KiB each, at which a commit copies them into the database. A page that changed several
 * times is copied once: with SQLite's default of 1,000 pages durable creates took a fifth longer. Recovery after a crash
 * reads correspondingly more.
 */
export const CHECKPOINT_PAGES = 4_000;

const LOG_LIMIT_BYTES = 64 * 1024 * 1024;

const OPEN_TIMEOUT_MS = 30_000;

/** Whether the database is in this process's memory, so that no other process can share it. */
export function isInMemory(uri: string): boolean {
  return uri === '' || uri === ':memory:';
}

/**
 * Opens an SQLite database, creating the file if necessary.
 *
 * A file uses write-ahead mode, in which readers and the writer do not block each other, with `synchronous=FULL`. With
 * NORMAL, the usual choice in this mode, a commit is synced only at the next checkpoint, and a power failure loses
 * acknowledged writes.
 *
 * @param uri - a file's path, or `:memory:`
 * @throws StoreOpenError if the path cannot be a database; StoreError `unavailable` if it stays locked or the disk is full
 */
export async function openDatabase(uri: string): Promise<Database.Database> {
  if (isInMemory(uri)) {
    const database = openConnection(':memory:');
    // With the default of 4,096 bytes twice as many index pages split, and the commit after a split examines every
    // page.
    database.exec('PRAGMA page_size = 8192');
    return database;
  }
  let database: Database.Database | undefined;
  try {
    const opened = openConnection(uri, { timeout: BUSY_TIMEOUT_MS });
    database = opened;
    const deadline = performance.now() + OPEN_TIMEOUT_MS;
    // Changing the mode needs exclusive access for a moment, so processes that start together conflict.
    await retryWhileBusy(
      () => opened.exec('PRAGMA journal_mode = WAL'),
      () => deadline,
    );
    // Bytes that are cast to text would be taken for UTF-16.
    const encoding = opened.prepare<[], string>('PRAGMA encoding').pluck().get();
    if (encoding !== 'UTF-8') throw new Error(`it has the encoding ${encoding}; it must be UTF-8`);
    opened.exec('PRAGMA synchronous = FULL');
    // On macOS an ordinary fsync leaves the data in the drive's cache; elsewhere this has no effect.
    opened.exec('PRAGMA fullfsync = ON');
    opened.exec(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
    // A long reader delays the checkpoint, and the log grows. This truncates it afterwards.
    opened.exec(`PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES}`);
    // The page cache keeps better-sqlite3's size of 16 MB: after an index page has split, a commit scans all of it.
    // With four times as much, creates took a tenth more CPU time, and reads were hardly faster. A memory map would
    // turn a disk's read error into a signal that ends the process.
    return opened;
  } catch (cause) {
    database?.close();
    const code = sqliteCode(cause);
    const reason = `${cause instanceof Error ? cause.message : String(cause)}${code && ` (${code})`}`;
    // A full disk has no room for the index of the log (SHMSIZE).
    if (isBusy(cause) || /^SQLITE_(FULL|IOERR_SHMSIZE)/.test(code)) {
      throw new StoreError('unavailable', `the SQLite database ${uri} cannot be opened: ${reason}`, { cause });
    }
    throw new StoreOpenError(`cannot open the SQLite database ${uri}: ${reason}`, { cause });
  }
}

const kept: object[] = [];

/**
 * Opens a database. Neither it nor its statements are ever garbage collected: from version 24.19, Node aborts when
 * the collector frees an object of better-sqlite3 12, and version 13 does not run on Node 20. There are few, because
 * no statement is prepared per request. Use `exec` instead of `pragma`, which prepares a statement internally.
 *
 * @param path - of a file, or `:memory:`
 * @see https://github.com/WiseLibs/better-sqlite3/issues/1515
 */
export function openConnection(path: string, options?: Database.Options): Database.Database {
  let database: Database.Database;
  try {
    database = new Database(path, options);
  } catch (cause) {
    // Its own message is a list of 13 paths.
    if (!(cause instanceof Error && 'tries' in cause)) throw cause;
    const reason = 'the install script of better-sqlite3 did not run: allow it, for example with pnpm approve-builds';
    throw new StoreOpenError(`${reason}, and install again`, { cause });
  }
  const prepare = database.prepare.bind(database);
  const prepareKept = (sql: string) => {
    const statement = prepare(sql);
    kept.push(statement);
    return statement;
  };
  kept.push(database);
  return Object.assign(database, { prepare: prepareKept });
}

/** The write-ahead log of a database and its shared index. SQLite resolves symbolic links before it names them. */
export function filesBeside(path: string): readonly [log: string, index: string] {
  const file = realpathSync(path);
  return [`${file}-wal`, `${file}-shm`];
}
