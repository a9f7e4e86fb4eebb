import { Readable } from 'node:stream';

declare const shape: unique symbol;

/** JSON text of a `T`, stored and returned as the client sent it, so that no number is rounded. */
export type JsonText<T> = string & { readonly [shape]: T };

type Unmarked = { readonly [shape]?: never };
/** Any value that is not marked as JSON text. */
export type NotJsonText =
  | ((string | object | { readonly [name: string]: unknown }) & Unmarked)
  | number
  | boolean
  | null;

/** Marks text as JSON of a `T`, unchecked. Only for text that was validated, or consists of validated parts. */
export function jsonText<T>(text: string): JsonText<T> {
  return text as JsonText<T>;
}

export function jsonTextOf<T extends object>(value: T): JsonText<T> {
  return jsonText(JSON.stringify(value));
}

/** Quote, backslash, control character; and surrogates, because unpaired ones are escaped. */
const ESCAPED = /[^ !#-[\]-\ud7ff\ue000-\uffff]/;

/** The JSON text of a string. Most need no escape, and take a third of the time of `JSON.stringify`. */
export function jsonString(text: string): string {
  return ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

export interface Piece {
  /** Approximate. */
  readonly bytes: number;
  readonly make: () => Promise<readonly (string | Buffer)[]>;
}

/**
 * JSON of a `T` that is too large for memory. A piece is made when the client has read the previous ones, and may be
 * made again.
 */
export class JsonPieces<T = unknown> {
  declare readonly [shape]: T;

  constructor(readonly pieces: readonly Piece[]) {}

  /** For middleware that changes bodies. */
  toReadable(): Readable {
    const { pieces } = this;
    return Readable.from(
      (async function* () {
        for (const { make } of pieces) yield* await make();
      })(),
    );
  }
}

/** JSON of a `T` as pieces of UTF-8, if it is too large to be copied. */
export class JsonBytes<T> {
  declare readonly [shape]: T;
  readonly pieces: readonly Buffer[];

  /** @param pieces - the text; that it is JSON of a `T` is not checked (see `jsonText`) */
  constructor(pieces: readonly (string | Buffer)[]) {
    this.pieces = pieces.map((piece) => (typeof piece === 'string' ? Buffer.from(piece) : piece));
  }

  get length(): number {
    return this.pieces.reduce((sum, { length }) => sum + length, 0);
  }

  whole(): Buffer {
    return Buffer.concat(this.pieces);
  }

  toString(): string {
    return this.whole().toString();
  }
}

/** Whether a double represents the decimal exactly. */
export function isExactNumber(token: string): boolean {
  if (token.length <= 15 && !token.includes('e') && !token.includes('E')) return true;
  const value = Number(token);
  return Number.isFinite(value) && canonical(token) === canonical(String(value));
}

/** A decimal as its significant digits and the exponent of the last one, so that equal values have equal text. */
function canonical(decimal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(decimal) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return '0';
  // `/0+$/` would take quadratic time on many zeros that another digit follows.
  const [trimmed = ''] = /^\d*[1-9]/.exec(digits) ?? [];
  return `${sign}${trimmed}e${Number(exponent) - fraction.length + (digits.length - trimmed.length)}`;
}

/** The maximum number of nested arrays and objects. Common parsers reject such deep nesting far earlier. */
export const MAX_DEPTH = 512;

export const INEXACT_DETAIL = 'is a number with more digits than a double can represent';

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const OPEN_BRACE = 0x7b;
export const CLOSE_BRACE = 0x7d;
export const OPEN_BRACKET = 0x5b;
export const CLOSE_BRACKET = 0x5d;
export const COLON = 0x3a;
export const COMMA = 0x2c;
export const SPACE = 0x20;
export const MINUS = 0x2d;
export const ZERO = 0x30;
export const NINE = 0x39;

/** Index after the number that begins at `start`, in valid JSON. */
export function endOfNumber(text: string, start: number): number {
  for (let end = start + 1; ; end++) {
    const code = text.charCodeAt(end);
    const isInNumber = code > SPACE && code !== COMMA && code !== CLOSE_BRACE && code !== CLOSE_BRACKET;
    if (!isInNumber) return end;
  }
}

/** Index of the closing quote of the string that opens at `open`. */
export function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (text.charCodeAt(close - 1) === BACKSLASH) {
    let slash = close - 1;
    while (text.charCodeAt(slash - 1) === BACKSLASH) slash--;
    if ((close - slash) % 2 === 0) break;
    close = text.indexOf('"', close + 1);
  }
  return close;
}

/** The property name in a string token. */
export function nameOf(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes('\\') ? String(JSON.parse(text.slice(start, end))) : raw;
}

/** Pointer of the first duplicate property. Called only if there is one. */
export function findRepeatedName(text: string): string {
  const open = walk(text, (at, levels) => {
    const top = levels.at(-1);
    if (text.charCodeAt(at) !== COLON || !top?.names) return false;
    if (top.names.has(top.step)) return true;
    top.names.add(top.step);
    return false;
  });
  return pointerTo(open);
}

/** An array or object that is open at a place in a text. */
export interface Level {
  /** The names of an object so far; null for an array. */
  readonly names: Set<string> | null;
  /** The name or index of its current value. */
  step: string;
  index: number;
}

/** Reads valid JSON until `isDone` returns true. Returns the levels that are open there, outermost first. */
export function walk(text: string, isDone: (at: number, open: readonly Level[]) => boolean): readonly Level[] {
  const open: Level[] = [];
  let lastString = '';
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const top = open.at(-1);
    if (code === COLON && top) top.step = lastString;
    if (isDone(at, open)) break;
    if (code === QUOTE) {
      const end = endOfString(text, at);
      lastString = nameOf(text, at, end + 1);
      at = end;
    } else if (code === OPEN_BRACE) open.push({ names: new Set(), step: '', index: 0 });
    else if (code === OPEN_BRACKET) open.push({ names: null, step: '0', index: 0 });
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) open.pop();
    else if (code === COMMA && top && !top.names) top.step = String(++top.index);
  }
  return open;
}

/** Pointer of the current value of the innermost level. */
export function pointerTo(open: readonly Level[]): string {
  return open.map(({ step }) => `/${escapePointer(step)}`).join('');
}

/** Escapes a reference token of a JSON pointer (RFC 6901, section 3). */
export function escapePointer(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The reference tokens of a JSON pointer. */
export function stepsOf(pointer: string): string[] {
  const [, ...tokens] = pointer.split('/');
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
