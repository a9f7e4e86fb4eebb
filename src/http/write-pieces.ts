import type { ServerResponse } from 'node:http';
import type { JsonPieces } from '../contract/json/json-text.js';

/** The size of a write, and the most that is kept in memory for a client that does not read. */
const CHUNK_BYTES = 32 * 1024;
/** The memory for pieces of all responses. */
const HELD_BYTES = 16 * 1024 * 1024;
/** While others wait for room, a piece that its client has not read for this long is dropped, and made again later. */
const STALLED_MS = 100;

let heldBytes = 0;
/** Those that wait for room, by client. The clients take turns, in the order of the map. */
const waiting = new Map<string, { readonly bytes: number; readonly begin: () => void }[]>();

function admit(): void {
  for (const [client, line] of waiting) {
    const [next] = line;
    if (!next || (heldBytes > 0 && heldBytes + next.bytes > HELD_BYTES)) return;
    waiting.delete(client);
    line.shift();
    if (line.length > 0) waiting.set(client, line);
    heldBytes += next.bytes;
    next.begin();
  }
}

/** Resolves when there is room for a piece, which is then reserved. */
function hold(client: string, bytes: number): Promise<void> {
  return new Promise((begin) => {
    const line = waiting.get(client) ?? [];
    line.push({ bytes, begin });
    waiting.set(client, line);
    admit();
  });
}

function release(bytes: number): void {
  heldBytes -= bytes;
  admit();
}

/**
 * Writes a body as fast as the client reads. Each piece is made when the last one is written, and the pieces of all
 * responses share bounded memory, for which the clients take turns.
 *
 * @param res - whose head is written
 * @param client - address of the client
 * @returns the number of bytes written; the client may have left early
 * @throws errors of making a piece
 */
export async function writePieces(res: ServerResponse, client: string, { pieces }: JsonPieces): Promise<number> {
  let written = 0;
  for (const { bytes, make } of pieces) {
    let isHeld = false;
    let content: readonly Buffer[] = [];
    try {
      for (let at = 0, end = 1; at < end; ) {
        if (!isHeld) {
          await hold(client, bytes);
          isHeld = true;
          if (res.destroyed) return written;
          content = (await make()).map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
          end = content.reduce((sum, { length }) => sum + length, 0);
        }
        if (res.destroyed) return written;
        const chunk = chunkAt(content, at);
        at += chunk.length;
        written += chunk.length;
        if (res.write(chunk)) continue;
        while (!(await drained(res, isHeld))) {
          if (waiting.size === 0) continue;
          isHeld = false;
          content = [];
          release(bytes);
        }
      }
    } finally {
      if (isHeld) release(bytes);
    }
  }
  res.end();
  return written;
}

/** Copied, because a slice in the socket would keep the whole piece in memory. */
function chunkAt(parts: readonly Buffer[], offset: number): Buffer {
  const found: Buffer[] = [];
  let start = offset;
  let room = CHUNK_BYTES;
  for (const part of parts) {
    const slice = part.subarray(start, start + room);
    start = Math.max(0, start - part.length);
    room -= slice.length;
    if (slice.length > 0) found.push(slice);
    if (room === 0) break;
  }
  return Buffer.concat(found);
}

/** Resolves with true when there is room or the client has left; with false after `STALLED_MS`, if limited. */
function drained(res: ServerResponse, isLimited: boolean): Promise<boolean> {
  return new Promise((resolve) => {
    const end = (): void => settle(true);
    const timer = isLimited ? setTimeout(() => settle(false), STALLED_MS) : undefined;
    function settle(isDrained: boolean): void {
      clearTimeout(timer);
      res.off('drain', end).off('close', end);
      resolve(isDrained);
    }
    res.on('drain', end).on('close', end);
  });
}
