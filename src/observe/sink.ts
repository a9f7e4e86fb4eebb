import { closeSync, writeSync } from 'node:fs';
import sonicBoom from 'sonic-boom';
import { openSinkTarget } from './sink-target.js';

/** Where finished log lines go. */
export interface LogSink {
  /**
   * Takes a line, or several with line feeds between them; the last has none behind it. Never blocks and never throws.
   */
  write(lines: string): void;
  /** Hands what has gathered to the kernel now, and resolves when it has taken it, or after `timeoutMs`. */
  flush(timeoutMs: number): Promise<void>;
  /** As `flush`, for the last moment before an exit that cannot wait for a promise. */
  flushSync(timeoutMs: number): void;
  /** Stops the timers. Call `flush` first. */
  close(): void;
}

export interface SinkOptions {
  /** The file descriptor to write to; 1 is standard output. */
  readonly fd: number;
  /** Told how many lines were lost, whenever some were. */
  readonly onDrop?: (lines: number) => void;
  /** Lines wait at most this long for others to share their write. */
  readonly flushIntervalMs?: number;
  /** What may wait for a reader that stalls; lines beyond it are dropped. */
  readonly limitBytes?: number;
}

/** A full pipe is tried again soon at first, so that a reader that is merely slower costs no throughput. */
const FIRST_RETRY_MS = 2;
const LAST_RETRY_MS = 100;

/**
 * A buffered, asynchronous sink. Lines gather into blocks, and a block is one write. A reader that stalls costs neither
 * the event loop nor memory without bound: beyond `limitBytes` lines are dropped, counted, and owned up to in the log
 * once there is room again. A reader that is gone (EPIPE) ends the output and not the service.
 *
 * @param options - see `SinkOptions`
 */
export function createSink({
  fd,
  onDrop = () => {},
  flushIntervalMs = 50,
  limitBytes = 8 * 1024 * 1024,
}: SinkOptions): LogSink {
  const target = openSinkTarget(fd);
  let syncUntil = 0;
  const boom = new sonicBoom.SonicBoom({
    fd: target.fd,
    minLength: 1,
    maxWrite: target.blockBytes,
    // While the service runs, a full pipe is retried below; sonic-boom's own retry waits 100 ms each time.
    retryEAGAIN: () => performance.now() < syncUntil,
  });

  let block = '';
  let unwrittenBytes = 0;
  let droppedLines = 0;
  let retryMs = FIRST_RETRY_MS;
  let retryTimer: NodeJS.Timeout | null = null;
  let isGone = false;

  boom.on('write', (bytes: number) => {
    unwrittenBytes = Math.max(0, unwrittenBytes - bytes);
    retryMs = FIRST_RETRY_MS;
  });
  boom.on('drain', () => {
    if (droppedLines > 0) ownUp();
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

  function drop(lines: number): void {
    droppedLines += lines;
    onDrop(lines);
  }

  function ownUp(): void {
    const timestamp = new Date().toISOString();
    const facts = { level: 'warn', message: 'log lines were dropped', timestamp, dropped: droppedLines };
    droppedLines = 0;
    write(JSON.stringify(facts));
  }

  function handOver(): void {
    if (block === '') return;
    const bytes = Buffer.byteLength(block);
    if (isGone || unwrittenBytes + bytes > limitBytes) {
      drop(countLines(block));
    } else {
      unwrittenBytes += bytes;
      boom.write(block);
    }
    block = '';
  }

  function write(lines: string): void {
    let rest = lines;
    while (block.length + rest.length >= target.blockBytes) {
      // A line is JSON, whose strings escape line feeds: one in the text is always between two lines.
      const fitting = rest.lastIndexOf('\n', target.blockBytes - block.length - 1);
      const end = fitting === -1 && block === '' ? rest.indexOf('\n') : fitting;
      if (end !== -1) {
        block += rest.slice(0, end + 1);
        rest = rest.slice(end + 1);
      } else if (block === '') break;
      handOver();
    }
    block += `${rest}\n`;
  }

  const flushTimer = setInterval(handOver, flushIntervalMs).unref();

  return {
    write,
    flush(timeoutMs) {
      handOver();
      if (unwrittenBytes === 0 || isGone) return Promise.resolve();
      return new Promise((resolve) => {
        const timer = setTimeout(settle, timeoutMs);
        boom.on('drain', progress).on('error', progress);
        function progress(): void {
          handOver();
          if (unwrittenBytes === 0 || isGone) settle();
        }
        function settle(): void {
          clearTimeout(timer);
          boom.off('drain', progress).off('error', progress);
          resolve();
        }
      });
    },
    flushSync(timeoutMs) {
      if (isGone) return;
      syncUntil = performance.now() + timeoutMs;
      try {
        // A write that is under way is left to its thread, which an exit waits for.
        boom.flushSync();
        unwrittenBytes = 0;
        writeSyncUntil(target.fd, Buffer.from(block), syncUntil);
        block = '';
      } catch {
        // The reader stalls or is gone, and nobody is left who could be told.
      }
      syncUntil = 0;
    },
    close() {
      clearInterval(flushTimer);
      if (retryTimer !== null) clearTimeout(retryTimer);
      if (target.isOwn) closeSync(target.fd);
    },
  };
}

function countLines(block: string): number {
  let count = 0;
  for (let at = block.indexOf('\n'); at !== -1; at = block.indexOf('\n', at + 1)) count += 1;
  return count;
}

/** Writes all of it, and waits while the reader is behind, but not beyond `untilMs` (monotonic). */
function writeSyncUntil(fd: number, bytes: Buffer, untilMs: number): void {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  let left = bytes;
  while (left.length > 0) {
    try {
      left = left.subarray(writeSync(fd, left));
    } catch (error) {
      const isFull = error instanceof Error && 'code' in error && error.code === 'EAGAIN';
      if (!isFull || performance.now() >= untilMs) throw error;
      Atomics.wait(pause, 0, 0, FIRST_RETRY_MS);
    }
  }
}
