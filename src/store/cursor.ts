import type { Position } from './repo.js';

/** A place in a walk over the list, and which way the page lies from it. */
export interface Cursor {
  readonly kind: 'after' | 'before';
  readonly position: Position;
}

const DECODED = /^1([ab])(0|[1-9]\d{0,18})$/;
const MAX_POSITION = 2n ** 63n - 1n;

/**
 * Prints a cursor for a link. It is opaque to clients: the leading `1` leaves room for another form later.
 *
 * @param cursor - the place
 * @returns URL-safe text
 */
export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(`1${cursor.kind === 'after' ? 'a' : 'b'}${cursor.position}`, 'latin1').toString('base64url');
}

/**
 * Reads a cursor that came back from a client.
 *
 * @param text - what stands in the link
 * @returns the place, or null where the text is not one that `encodeCursor` gives
 */
export function decodeCursor(text: string): Cursor | null {
  const decoded = Buffer.from(text, 'base64url').toString('latin1');
  const match = DECODED.exec(decoded);
  if (!match?.[2] || BigInt(match[2]) > MAX_POSITION) return null;
  const cursor: Cursor = { kind: match[1] === 'a' ? 'after' : 'before', position: match[2] };
  // Base64 has more than one spelling of the same bytes; only the one given out is taken back.
  return encodeCursor(cursor) === text ? cursor : null;
}
