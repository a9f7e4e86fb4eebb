import type { ServerResponse } from 'node:http';
import type { JsonPieces } from '../contract/json/json-text.js';

/** The size of a write, and all that is kept in memory for a client that does not read. */
const CHUNK_BYTES = 32 * 1024;
/** The memory for pieces of all responses. */
const HELD_BYTES = 16 * 1024 * 1024;
/** While others wait for room, a piece that its client has not read for this long is dropped, and made again later. */
const STALLED_MS = 100;

interface Held {
  readonly bytes: number;
  /** Encoded, in parts; null until it is made. */
  content: readonly Buffer[] | null;
  readMs: number;
}

/** Ordered by when their clients last read. */
const held = new Set<Held>();
let heldBytes = 0;
let onRoom = (): void => {};
/** Pieces wait for room one after another. */
let queue: Promise<Held | null> = Promise.resolve(null);

/** Reserves room for a piece, in turn. */
function hold(bytes: number): Promise<Held> {
  const turn = queue.then(async () => {
    for (let [oldest] = held; oldest && heldBytes + bytes > HELD_BYTES; [oldest] = held) {
      const stalledInMs = oldest.readMs + STALLED_MS - performance.now();
      if (stalledInMs <= 0) release(oldest);
      else await roomOrTime(stalledInMs);
    }
    const piece: Held = { bytes, content: null, readMs: performance.now() };
    held.add(piece);
    heldBytes += bytes;
    return piece;
  });
  queue = turn;
  return turn;
}

function roomOrTime(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    onRoom = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

function release(piece: Held): void {
  if (!held.delete(piece)) return;
  heldBytes -= piece.bytes;
  piece.content = null;
  onRoom();
}

/** Its client reads: others are dropped first. */
function touch(piece: Held): void {
  if (!held.delete(piece)) return;
  piece.readMs = performance.now();
  held.add(piece);
}

/**
 * Writes a body as fast as the client reads. Each piece is made when the last one is written, and the pieces of all
 * responses share bounded memory.
 *
 * @param res - whose head is written
 * @returns the number of bytes written; the client may have left early
 * @throws errors of making a piece
 */
export async function writePieces(res: ServerResponse, { pieces }: JsonPieces): Promise<number> {
  let written = 0;
  for (const { bytes, make } of pieces) {
    let piece: Held | null = null;
    try {
      for (let at = 0, end = 1; at < end; ) {
        if (res.destroyed) return written;
        if (!piece?.content) {
          if (piece === null || !held.has(piece)) piece = await hold(bytes);
          piece.content = (await make()).map((part) => (typeof part === 'string' ? Buffer.from(part) : part));
          end = piece.content.reduce((sum, { length }) => sum + length, 0);
          touch(piece);
        }
        const chunk = chunkAt(piece.content, at);
        at += chunk.length;
        written += chunk.length;
        if (res.write(chunk)) continue;
        await drained(res);
        touch(piece);
      }
    } finally {
      if (piece !== null) release(piece);
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

/** Resolves when there is room, or the client has left. */
function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      res.off('drain', end).off('close', end);
      resolve();
    };
    res.on('drain', end).on('close', end);
  });
}
