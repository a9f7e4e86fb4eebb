import { constants, fstatSync, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { isatty } from 'node:tty';
import sonicBoom from 'sonic-boom';

export interface LogSink {
  readonly isTerminal?: boolean;
  /** Writes a line without its line feed. Never blocks and never throws. */
  write(line: string): void;
  /** Writes buffered lines to the kernel, and resolves when that is done, or after `timeoutMs`. */
  flush(timeoutMs?: number): Promise<void>;
  /** Like `flush`, for an exit that cannot wait for a promise. */
  flushSync(timeoutMs?: number): void;
}

export interface SinkOptions {
  /** The file descriptor to write to; 1 is standard output. */
  readonly fd: number;
  /** Called with the number of dropped lines. */
  readonly onDrop?: (lines: number) => void;
  /** The longest that a line waits for others to share its write. */
  readonly flushIntervalMs?: number;
  /** The buffer limit while the reader stalls; further lines are dropped. */
  readonly limitBytes?: number;
}

/** Writes of at most PIPE_BUF bytes are atomic (POSIX, write(2)): lines of workers that share a pipe never mix. */
const PIPE_BLOCK_BYTES = 4096;
const FILE_BLOCK_BYTES = 64 * 1024;

/** A full pipe is retried soon at first, so that a slow reader costs no throughput. */
const FIRST_RETRY_MS = 2;
const LAST_RETRY_MS = 100;

const FLUSH_TIMEOUT_MS = 1000;
const FLUSH_SYNC_TIMEOUT_MS = 500;

/** Its types lack the number of bytes that are not written yet. Only it knows what a `flushSync` leaves in flight. */
class Boom extends sonicBoom.SonicBoom {
  declare readonly _len: number;
}

/**
 * A buffered, asynchronous sink on sonic-boom. Lines are collected into blocks, and a block is one write. A stalled
 * reader neither blocks the event loop nor fills the memory: beyond `limitBytes` lines are dropped, counted, and
 * reported in the log once there is room again. If the reader is gone (EPIPE), the output ends, and the service
 * continues.
 */
export function createSink({
  fd,
  onDrop = () => {},
  flushIntervalMs = 50,
  limitBytes = 8 * 1024 * 1024,
}: SinkOptions): LogSink {
  const target = openTarget(fd);
  let syncUntilMs = 0;
  let block = '';
  let droppedLines = 0;
  let retryMs = FIRST_RETRY_MS;
  let retryTimer: NodeJS.Timeout | null = null;
  let isGone = false;

  const boom = new Boom({
    fd: target.fd,
    minLength: target.blockBytes - 1,
    maxWrite: target.blockBytes,
    // While the service runs, a full pipe is retried below; sonic-boom's own retry waits 100 ms each time.
    retryEAGAIN: () => performance.now() < syncUntilMs,
  });
  boom.on('write', () => {
    retryMs = FIRST_RETRY_MS;
  });
  boom.on('drain', () => {
    if (droppedLines === 0) return;
    const timestamp = new Date().toISOString();
    const line = { level: 'warn', message: 'log lines were dropped', timestamp, dropped: droppedLines };
    droppedLines = 0;
    write(JSON.stringify(line));
  });
  boom.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || error.code === 'EBADF') isGone = true;
    else retryTimer ??= setTimeout(retry, retryMs).unref();
  });

  function retry(): void {
    retryTimer = null;
    retryMs = Math.min(retryMs * 2, LAST_RETRY_MS);
    boom.flush();
  }

  function write(line: string): void {
    if (block.length + line.length >= target.blockBytes) handOver();
    block += `${line}\n`;
  }

  /** Collected here, because sonic-boom would count the bytes of a block again with each line. */
  function handOver(): void {
    if (block === '') return;
    if (isGone || boom._len + Buffer.byteLength(block) > limitBytes) {
      const lines = block.split('\n').length - 1;
      droppedLines += lines;
      onDrop(lines);
    } else boom.write(block);
    block = '';
  }

  function flushNow(): void {
    handOver();
    if (boom._len > 0 && retryTimer === null && !isGone) boom.flush();
  }

  setInterval(flushNow, flushIntervalMs).unref();

  return {
    isTerminal: isatty(fd),
    write,
    async flush(timeoutMs = FLUSH_TIMEOUT_MS) {
      const deadlineMs = performance.now() + timeoutMs;
      handOver();
      while (boom._len > 0 && !isGone && performance.now() < deadlineMs) {
        flushNow();
        await new Promise((resolve) => setTimeout(resolve, FIRST_RETRY_MS));
      }
    },
    flushSync(timeoutMs = FLUSH_SYNC_TIMEOUT_MS) {
      handOver();
      if (isGone) return;
      syncUntilMs = performance.now() + timeoutMs;
      try {
        // A write in flight is finished by its thread, for which an exit waits.
        boom.flushSync();
      } catch {
        // The reader stalls or is gone, so nothing can be reported.
      }
      syncUntilMs = 0;
    },
  };
}

/** Makes writes non-blocking: with a stalled reader a blocking one would hold a pool thread, and the exit, forever. */
function openTarget(fd: number) {
  const stats = fstatSync(fd);
  if (stats.isSocket()) {
    // Opening the handle sets the flag; nothing is written through it.
    new Socket({ fd, readable: false }).on('error', () => {}).unref();
    return { fd, blockBytes: PIPE_BLOCK_BYTES };
  }
  if (!stats.isFIFO()) return { fd, blockBytes: FILE_BLOCK_BYTES };
  try {
    // Opened again, because the flag of the inherited descriptor is shared by all processes with the pipe.
    const own = openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK);
    return { fd: own, blockBytes: PIPE_BLOCK_BYTES };
  } catch {
    // Without /proc (macOS), or with a pipe of another user, the inherited descriptor works too.
    return { fd, blockBytes: PIPE_BLOCK_BYTES };
  }
}
