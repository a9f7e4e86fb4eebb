import { constants, fstatSync, openSync, type Stats } from 'node:fs';
import { Socket } from 'node:net';

/** Writes of at most PIPE_BUF bytes are atomic (POSIX, write(2)): lines of workers that share a pipe never mix. */
const PIPE_BLOCK_BYTES = 4096;
const FILE_BLOCK_BYTES = 64 * 1024;

/** Where a sink writes, and how much at once. */
export interface SinkTarget {
  readonly fd: number;
  readonly blockBytes: number;
  /** Whether the descriptor was opened here. */
  readonly isOwn: boolean;
}

/**
 * Makes writes to a pipe or a socket non-blocking: a blocking one whose reader stalls would hold a thread of the pool
 * for ever, and the exit of the process with it.
 *
 * @param fd - the file descriptor a sink is to write to
 */
export function openSinkTarget(fd: number): SinkTarget {
  const stats = statOf(fd);
  if (stats?.isSocket()) {
    // Opening the handle is what sets the flag; nothing is ever written through it.
    new Socket({ fd, readable: false }).on('error', () => {}).unref();
    return { fd, blockBytes: PIPE_BLOCK_BYTES, isOwn: false };
  }
  if (!stats?.isFIFO()) return { fd, blockBytes: FILE_BLOCK_BYTES, isOwn: false };
  try {
    // Opened once more, since the flag of the inherited descriptor belongs to every process that shares the pipe.
    const own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
    return { fd: own, blockBytes: PIPE_BLOCK_BYTES, isOwn: true };
  } catch {
    // No /proc (macOS), or the pipe belongs to another user: the inherited descriptor works too.
    return { fd, blockBytes: PIPE_BLOCK_BYTES, isOwn: false };
  }
}

function statOf(fd: number): Stats | null {
  try {
    return fstatSync(fd);
  } catch {
    return null;
  }
}
