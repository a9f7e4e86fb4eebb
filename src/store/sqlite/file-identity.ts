import { statSync } from 'node:fs';
import { StoreError } from '../types.js';

/** How long a look at the file is believed, ms. It costs 2 µs, a get from memory some 5. */
const BELIEVED_MS = 100;

/** Whether the path still leads to the file that was opened. */
export interface FileIdentity {
  /** @throws StoreError `unavailable` where the file was deleted or replaced: what is written to it is lost at the next start */
  check(): void;
  /** The same, unless it was just checked. */
  checkSometimes(nowMs: number): void;
}

/**
 * Remembers a file by its device and inode. SQLite itself goes on with a file that nobody can find any more.
 *
 * @param path - of a database that is open; null for one in memory, which cannot get lost
 */
export function fileIdentity(path: string | null): FileIdentity {
  if (path === null) return { check() {}, checkSometimes() {} };
  const identityOf = () => {
    const found = statSync(path, { throwIfNoEntry: false });
    return found === undefined ? null : `${found.dev} ${found.ino}`;
  };
  const opened = identityOf();
  let checkedMs = performance.now();
  let isSame = true;

  function check(): void {
    checkedMs = performance.now();
    isSame = identityOf() === opened;
    throwUnlessSame();
  }

  function throwUnlessSame(): void {
    if (isSame) return;
    const message = 'the SQLite file was deleted or replaced: restart the service';
    throw new StoreError('unavailable', message, { reason: 'SQLITE_READONLY_DBMOVED' });
  }

  return {
    check,
    checkSometimes(nowMs) {
      if (nowMs - checkedMs > BELIEVED_MS) check();
      else throwUnlessSame();
    },
  };
}
