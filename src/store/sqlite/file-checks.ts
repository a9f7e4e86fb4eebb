import { fstatSync, openSync, readSync, statfsSync, statSync } from 'node:fs';
import { StoreError } from '../types.js';
import { filesBeside } from './connection.js';

export type FileChecks = ReturnType<typeof fileChecks>;

/** When a write fails, SQLite has filled the disk to the last block, whatever the size of the write. */
const FULL_DISK_BYTES = 64 * 1024;

const LOG_HEADER_BYTES = 32;
const PAGE_HEADER_BYTES = 24;

/**
 * What SQLite itself does not notice. All checks throw StoreError `unavailable`.
 *
 * @param path - of an open database
 */
export function fileChecks(path: string) {
  const [log, index] = filesBeside(path);
  const identityOf = () => {
    const found = [path, log, index].map((file) => statSync(file, { throwIfNoEntry: false }));
    return found[0]?.size === 0 ? null : found.map((one) => `${one?.dev} ${one?.ino}`).join();
  };
  const opened = identityOf();
  let checkedMs = performance.now();
  let isSame = true;
  const isLogWhole = logCheck(log, index);

  return {
    /**
     * Checks whether the path still leads to the files that were opened: SQLite keeps using deleted ones, and what it
     * writes to them is lost at the next start.
     *
     * @param trustedMs - how long the last check is trusted
     */
    checkFile(trustedMs = 0) {
      const nowMs = performance.now();
      if (nowMs - checkedMs >= trustedMs) {
        checkedMs = nowMs;
        isSame = identityOf() === opened;
      }
      if (!isSame) throw moved('the SQLite file, or its -wal or -shm file, was deleted or replaced');
    },
    /**
     * Checks whether the write-ahead log has all pages that its index counts. SQLite appends to a log that was truncated,
     * ignores all of it at the next start, and a checkpoint would copy the gap into the database. Call it while nothing
     * else writes.
     */
    checkLog() {
      if (!isLogWhole()) throw moved("the SQLite file's -wal file was truncated");
    },
    checkRoom: () => checkRoom(path),
  };
}

/** Throws StoreError `unavailable` if the disk of a file or folder is full. */
export function checkRoom(path: string): void {
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize >= FULL_DISK_BYTES) return;
  const message = 'SQLite: database or disk is full (SQLITE_FULL)';
  throw new StoreError('unavailable', message, { reason: 'SQLITE_FULL' });
}

function moved(what: string): StoreError {
  return new StoreError('unavailable', `${what}: restart the service`, { reason: 'SQLITE_READONLY_DBMOVED' });
}

/**
 * The descriptors are never closed: closing any descriptor of the index would release SQLite's locks on it.
 *
 * @see https://www.sqlite.org/walformat.html for the fields of both headers
 */
function logCheck(log: string, index: string): () => boolean {
  const [logFd, indexFd] = [openSync(log, 'r'), openSync(index, 'r')];
  const words = new Uint32Array(10);
  const pageSize = new Uint16Array(words.buffer, 14, 1);
  const salts = new Uint32Array(2);

  return () => {
    readSync(indexFd, words, 0, words.byteLength, 0);
    const [, , , , pages = 0] = words;
    if (pages === 0) return true;
    const [size = 0] = pageSize;
    const pageBytes = size === 1 ? 65_536 : size;
    readSync(logFd, salts, 0, salts.byteLength, 16);
    const isSame = salts[0] === words[8] && salts[1] === words[9];
    return isSame && fstatSync(logFd).size >= LOG_HEADER_BYTES + pages * (PAGE_HEADER_BYTES + pageBytes);
  };
}
