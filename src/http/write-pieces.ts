import type { ServerResponse } from 'node:http';
import type { JsonPieces } from '../contract/json/json-text.js';

/** Handed to the kernel at once, bytes. Of a client that does not read this is all that is kept. */
const CHUNK_BYTES = 32 * 1024;
/** Pieces that are in memory or being made, of all responses together, bytes. */
const HELD_BYTES = 16 * 1024 * 1024;
/** Where others wait for room, a piece whose client has read nothing for this long is made again when it reads, ms. */
const STALLED_MS = 100;

/** A piece of a response. */
interface Held {
  readonly bytes: number;
  /** Encoded, in parts; null until it is made. */
  content: readonly Buffer[] | null;
  /** When its client last read. */
  readMs: number;
}

/** In the order in which their clients last read. */
const held = new Set<Held>();
let heldBytes = 0;
let onRoom = (): void => {};
/** The one who waits for room, and those after it. */
let queue: Promise<Held | null> = Promise.resolve(null);

/** Makes room for a piece, when it is its turn. */
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

/** Its client reads: others are let go of first. */
function touch(piece: Held): void {
  if (!held.delete(piece)) return;
  piece.readMs = performance.now();
  held.add(piece);
}

/**
 * Writes a body as fast as its client reads it. The next piece is made when the last one is written, and pieces of all
 * responses share a bounded memory.
 *
 * @param res - whose head is written
 * @returns the number of bytes; the client may have gone before
 * @throws what making a piece throws
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

/** The next chunk. Copied, or the rest would stay in memory with what waits in the socket. */
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

/** Resolves when there is room, or nobody to write to any more. */
function drained(res: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      res.off('drain', end).off('close', end);
      resolve();
    };
    res.on('drain', end).on('close', end);
  });
}
