import * as json from './json-text.js';

/** A shorter value is parsed with the rest. */
const CUT_BYTES = 1024;
/** Within a value that may be cut out. */
const MAX_NESTING = json.MAX_DEPTH - 3;
/** The names of an object beyond this number are in a set; below, a search is faster. */
const SEARCHED_NAMES = 64;
/** With more, most of the text is names, and little can be cut out. */
const MAX_CANDIDATES = 1024;
/** Hashes of the names of the open objects, by nesting level. */
const HASHES = new Int32Array(MAX_NESTING * SEARCHED_NAMES);
/** Reading ends after this number of unknown properties. */
const MAX_UNKNOWN = 100;
export const TOO_DEEP = Symbol('too deep');

/** Thrown for a text with many properties that the contract excludes; has those found first. */
export class UnknownProperties extends Error {
  override readonly name = 'UnknownProperties';
  constructor(readonly pointers: readonly string[]) {
    super('too many unknown properties');
  }
}

/** A value whose text handlers keep. */
export interface VerbatimValue {
  /** `*` stands for any step. */
  readonly pointer: string;
  /** The properties that the contract describes; null if it may describe any. */
  readonly named: readonly string[] | null;
}

/** The properties of objects that have no others, by pointer, at most two levels deep. */
export type ClosedObjects = Readonly<Record<string, readonly string[]>>;

interface Abridged {
  /** The text, with null in place of the values that were cut out. It is JSON if and only if the whole text is. */
  readonly text: string;
  /** Bounds of the properties two levels deep in the whole text: outer name, inner name, start and end, in turn. */
  readonly members: readonly (string | number)[];
  /** Between tokens. */
  readonly hasWhitespace: boolean;
}

/**
 * Cuts large verbatim values that the contract does not describe out of a large text, and checks that they are JSON
 * without duplicate properties. The caller's parser checks the rest.
 *
 * @param bytes - UTF-8
 * @param verbatim - the verbatim values; only those two levels deep are cut out
 * @returns null if nothing can be cut out, or if the text should be parsed as a whole, because it is invalid or unusual;
 *   `TOO_DEEP` if it is nested too deeply, which parsing would find only after it has made all objects
 * @throws UnknownProperties, which validation would find only then, too
 */
export function abridge(
  bytes: Buffer,
  verbatim: readonly VerbatimValue[],
  closed: ClosedObjects = {},
): Abridged | typeof TOO_DEEP | null {
  const open = new Map(verbatim.flatMap(({ pointer, named }) => (named ? [[pointer, new Set(named)] as const] : [])));
  if (open.size === 0 && Object.keys(closed).length === 0) return null;
  const scan = new Scan(bytes);
  const unknown = new Set<string>();
  const members: (string | number)[] = [];
  const names: string[] = [];
  let depth = 0;
  let text = '';
  let from = 0;
  let name = '';
  let start = -1;
  let candidates = 0;
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at];
    if (code === json.QUOTE) {
      const end = scan.endOfString(at);
      if (end === -1) return null;
      if (depth < 4) name = bytes.toString('utf8', at + 1, end - 1);
      at = end - 1;
    } else if (code === json.OPEN_BRACE || code === json.OPEN_BRACKET) {
      if (++depth > json.MAX_DEPTH) return TOO_DEEP;
      names[depth] = '';
    } else if (code === json.COLON) {
      names[depth] = name;
      const own = depth < 4 && name.includes('\\') ? String(JSON.parse(`"${name}"`)) : name;
      if (depth <= 2) {
        const parent = depth === 1 ? '' : `/${json.escapePointer(names[1] ?? '')}`;
        if (closed[parent]?.includes(own) === false) unknown.add(`${parent}/${json.escapePointer(own)}`);
        if (unknown.size > MAX_UNKNOWN) throw new UnknownProperties([...unknown]);
      }
      const value = scan.skipSpace(at + 1);
      if (depth === 2) start = value;
      at = value - 1;
      if (depth === 3 && open.get(`/${names[1]}/${names[2]}`)?.has(own) === false) {
        candidates++;
        if (candidates > MAX_CANDIDATES) return null;
        const first = bytes[value];
        if (first !== json.QUOTE && first !== json.OPEN_BRACE && first !== json.OPEN_BRACKET) continue;
        const end = scan.endOfValue(value, 0);
        if (end === -1) return scan.isTooDeep ? TOO_DEEP : null;
        if (end - value >= CUT_BYTES) {
          text += `${bytes.toString('utf8', from, value)}null`;
          from = end;
        }
        at = end - 1;
      }
    } else if (code === json.CLOSE_BRACE || code === json.CLOSE_BRACKET || code === json.COMMA) {
      if (depth === 2 && start !== -1) {
        members.push(names[1] ?? '', names[2] ?? '', start, scan.endBefore(at));
        start = -1;
      }
      if (code !== json.COMMA) depth--;
    } else if (code !== undefined && code <= json.SPACE) scan.hasWhitespace = true;
  }
  if (from === 0) return null;
  return { text: text + bytes.toString('utf8', from), members, hasWhitespace: scan.hasWhitespace };
}

/** Removes the white space between the tokens of valid JSON. */
export function compact(bytes: Buffer): Buffer {
  const kept = Buffer.allocUnsafe(bytes.length);
  let length = 0;
  let isInString = false;
  for (let at = 0; at < bytes.length; at++) {
    const code = bytes[at] ?? 0;
    if (!isInString && code <= json.SPACE) continue;
    if (code === json.QUOTE) isInString = !isInString;
    else if (code === json.BACKSLASH) kept[length++] = bytes[at++] ?? 0;
    kept[length++] = bytes[at] ?? 0;
  }
  return kept.subarray(0, length);
}

/** Finds the ends of values (RFC 8259). Each `endOf` returns the index after the value, or -1 if invalid or unusual. */
class Scan {
  hasWhitespace = false;
  isTooDeep = false;

  constructor(private readonly bytes: Buffer) {}

  skipSpace(from: number): number {
    const { bytes } = this;
    let at = from;
    for (let code = bytes[at]; code === json.SPACE || code === 0x0a || code === 0x0d || code === 0x09; code = bytes[at])
      at++;
    if (at !== from) this.hasWhitespace = true;
    return at;
  }

  /** The end of the value before a place, without trailing white space. */
  endBefore(at: number): number {
    let end = at;
    while ((this.bytes[end - 1] ?? 0) <= json.SPACE && end > 0) end--;
    return end;
  }

  endOfValue(at: number, level: number): number {
    const code = this.bytes[at] ?? 0;
    if (code === json.QUOTE) return this.endOfString(at);
    if (code !== json.OPEN_BRACE && code !== json.OPEN_BRACKET) return this.#endOfWord(at);
    this.isTooDeep = level === MAX_NESTING;
    if (this.isTooDeep) return -1;
    return code === json.OPEN_BRACE ? this.#endOfObject(at, level) : this.#endOfArray(at, level);
  }

  endOfString(open: number): number {
    const { bytes } = this;
    for (let at = open + 1; ; at++) {
      // Beyond the end this is 0, which no string may contain.
      const code = bytes[at] ?? 0;
      if (code > json.QUOTE && code !== json.BACKSLASH) continue;
      if (code === json.QUOTE) return at + 1;
      if (code < json.SPACE) return -1;
      if (code === json.BACKSLASH) {
        at++;
        if (bytes[at] === 0x75) {
          if (!/^[\da-f]{4}$/i.test(bytes.toString('latin1', at + 1, at + 5))) return -1;
        } else if (!'"\\/bfnrt'.includes(String.fromCharCode(bytes[at] ?? 0))) return -1;
      }
    }
  }

  #endOfObject(open: number, level: number): number {
    const { bytes } = this;
    const first = level * SEARCHED_NAMES;
    let last = first;
    let others: Set<number> | null = null;
    let at = this.skipSpace(open + 1);
    if (bytes[at] === json.CLOSE_BRACE) return at + 1;
    for (;;) {
      if (bytes[at] !== json.QUOTE) return -1;
      let hash = 0x01234567;
      for (at++; bytes[at] !== json.QUOTE; at++) {
        const code = bytes[at] ?? 0;
        // An escaped name may equal an unescaped one.
        if (code < json.SPACE || code === json.BACKSLASH) return -1;
        hash = Math.imul(hash ^ code, 0x01000193);
      }
      for (let known = first; known < last; known++) if (HASHES[known] === hash) return -1;
      if (last < first + SEARCHED_NAMES) HASHES[last++] = hash;
      else {
        others ??= new Set();
        if (others.has(hash)) return -1;
        others.add(hash);
      }
      at = this.skipSpace(at + 1);
      if (bytes[at] !== json.COLON) return -1;
      at = this.endOfValue(this.skipSpace(at + 1), level + 1);
      if (at === -1) return -1;
      at = this.skipSpace(at);
      if (bytes[at] === json.CLOSE_BRACE) return at + 1;
      if (bytes[at] !== json.COMMA) return -1;
      at = this.skipSpace(at + 1);
    }
  }

  #endOfArray(open: number, level: number): number {
    const { bytes } = this;
    let at = this.skipSpace(open + 1);
    if (bytes[at] === json.CLOSE_BRACKET) return at + 1;
    for (;;) {
      at = this.endOfValue(at, level + 1);
      if (at === -1) return -1;
      at = this.skipSpace(at);
      if (bytes[at] === json.CLOSE_BRACKET) return at + 1;
      if (bytes[at] !== json.COMMA) return -1;
      at = this.skipSpace(at + 1);
    }
  }

  #endOfWord(start: number): number {
    const { bytes } = this;
    let end = start;
    let isShortInteger = bytes[start] !== json.ZERO;
    for (let code = bytes[end] ?? 0; isOfWord(code); code = bytes[++end] ?? 0) {
      isShortInteger &&= code >= json.ZERO && code <= json.NINE;
    }
    if (end > start && isShortInteger) return end;
    return WORD.test(bytes.toString('latin1', start, end)) ? end : -1;
  }
}

const WORD = /^(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)$/;

/** A letter, a digit, or one of `+`, `-`, `.`. */
function isOfWord(code: number): boolean {
  const isLetter = (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a;
  return isLetter || (code >= json.ZERO && code <= json.NINE) || code === json.MINUS || code === 0x2b || code === 0x2e;
}
