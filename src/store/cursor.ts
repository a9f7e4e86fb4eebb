import type { TableName } from './tables.js';
import type { Position } from './types.js';

/** A page boundary: the position, and on which side of it the page is. */
export interface Cursor {
  readonly kind: 'after' | 'before';
  readonly position: Position;
}

export type Cursors = ReturnType<typeof createCursors>;

/** Kind, position and checksum. */
const TEXT = /^([ab])(0|[1-9]\d{0,18})-([0-9a-z]{7})$/;
/** The base64 format of the previous release; links that clients stored stay valid. */
const EARLIER_TEXT = /^1([ab])(0|[1-9]\d{0,18})$/;
/** The largest that either database holds. */
export const MAX_POSITION = 2n ** 63n - 1n;

/**
 * The cursors of a list. A checksum over the list's name makes cursors of other lists and tables invalid. It is not a
 * secret: a made-up position does no harm.
 *
 * @param list - for example `orders/feed`
 * @param options - `acceptsEarlier`: whether cursors of the previous release are valid
 */
export function createCursors(list: string, table: TableName, { acceptsEarlier = false } = {}) {
  const scope = hash(JSON.stringify([list, table.schema, table.table]), FNV_OFFSET);
  const checksum = (kind: string, position: Position) =>
    hash(position, hash(kind, scope)).toString(36).padStart(7, '0');

  return {
    /** URL-safe text, opaque to clients. */
    encode({ kind, position }: Cursor): string {
      const letter = kind === 'after' ? 'a' : 'b';
      return `${letter}${position}-${checksum(letter, position)}`;
    },
    /** The cursor, or null if `encode` did not return this text for this list. */
    decode(text: string): Cursor | null {
      const [, letter, position, sum] = TEXT.exec(text) ?? [];
      if (letter === undefined || position === undefined) return acceptsEarlier ? decodeEarlier(text) : null;
      return sum === checksum(letter, position) ? toCursor(letter, position) : null;
    },
  };
}

function decodeEarlier(text: string): Cursor | null {
  const bytes = Buffer.from(text, 'base64url');
  const [, letter, position] = EARLIER_TEXT.exec(bytes.toString('latin1')) ?? [];
  // Base64 has several spellings of the same bytes; only the canonical one is accepted.
  if (letter === undefined || position === undefined || bytes.toString('base64url') !== text) return null;
  return toCursor(letter, position);
}

function toCursor(letter: string, position: Position): Cursor | null {
  return BigInt(position) > MAX_POSITION ? null : { kind: letter === 'a' ? 'after' : 'before', position };
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a, 32 bits. Each step is reversible, so texts that differ in one byte never have the same hash. */
function hash(text: string, seed: number): number {
  let state = seed;
  for (let index = 0; index < text.length; index++) {
    state = Math.imul(state ^ text.charCodeAt(index), FNV_PRIME) >>> 0;
  }
  return state;
}
