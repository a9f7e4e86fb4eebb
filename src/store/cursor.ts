import type { TableName } from './tables.js';
import type { Position } from './types.js';

/** A place in a walk: what is walked through, which way the page lies from it, and where it is. */
export interface Cursor {
  readonly kind: 'after' | 'before';
  readonly position: Position;
}

/** Prints and reads the cursors of one list. */
export interface Cursors {
  /** URL-safe text for a link. Opaque to clients. */
  encode(cursor: Cursor): string;
  /** The place, or null if the text is not one that `encode` gave for this list. */
  decode(text: string): Cursor | null;
}

/** Kind, position and checksum. */
const TEXT = /^([ab])(0|[1-9]\d{0,18})-([0-9a-z]{7})$/;
/** As the release before printed them for lists, in base64: links that clients have kept stay valid. */
const EARLIER_TEXT = /^1([ab])(0|[1-9]\d{0,18})$/;
const MAX_POSITION = 2n ** 63n - 1n;

/**
 * The cursors of a list. A checksum over its name tells them from those of any other list or table; it keeps no secret, and a
 * position that a client made up would do no harm.
 *
 * @param list - what is walked through, for example `orders/feed`
 * @param options - `acceptsEarlier`: whether cursors of the release before are valid too
 */
export function createCursors(list: string, table: TableName, { acceptsEarlier = false } = {}): Cursors {
  const scope = hash(JSON.stringify([list, table.schema, table.table]), FNV_OFFSET);
  const checksum = (kind: string, position: Position) =>
    hash(position, hash(kind, scope)).toString(36).padStart(7, '0');

  return {
    encode({ kind, position }) {
      const letter = kind === 'after' ? 'a' : 'b';
      return `${letter}${position}-${checksum(letter, position)}`;
    },
    decode(text) {
      const [, letter, position, sum] = TEXT.exec(text) ?? [];
      if (letter === undefined || position === undefined) return acceptsEarlier ? decodeEarlier(text) : null;
      return sum === checksum(letter, position) ? place(letter, position) : null;
    },
  };
}

function decodeEarlier(text: string): Cursor | null {
  const bytes = Buffer.from(text, 'base64url');
  const [, letter, position] = EARLIER_TEXT.exec(bytes.toString('latin1')) ?? [];
  // Base64 has more than one spelling of the same bytes; only the one given out is taken back.
  if (letter === undefined || position === undefined || bytes.toString('base64url') !== text) return null;
  return place(letter, position);
}

function place(letter: string, position: Position): Cursor | null {
  return BigInt(position) > MAX_POSITION ? null : { kind: letter === 'a' ? 'after' : 'before', position };
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a, 32 bits. Each step is reversible, so a text with one other byte never has the same hash. */
function hash(text: string, seed: number): number {
  let state = seed;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), FNV_PRIME) >>> 0;
  }
  return state;
}
