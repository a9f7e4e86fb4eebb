/** What is wrong with a JSON text, and where (RFC 6901 pointer, '' for the whole text). */
export interface JsonFault {
  readonly pointer: string;
  readonly detail: string;
}

/** Thrown for text that is not JSON, or JSON this service does not take. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  /** @param fault - what is wrong, and where */
  constructor(readonly fault: JsonFault) {
    super(fault.detail);
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;
const COLON = 0x3a;
const COMMA = 0x2c;
const SPACE = 0x20;

/**
 * A parsed JSON text that still knows the text of its members, so that what must not change can be kept as it came.
 * `JSON.parse` rounds numbers and drops repeated member names without a word; here the first is avoidable, because
 * the text is at hand, and the second is refused.
 */
export class JsonDocument {
  /** Bounds of the members two levels deep: outer name, inner name, start and end of the value, in turn. */
  readonly #members: (string | number)[];
  readonly #hasWhitespace: boolean;

  private constructor(
    /** The parsed value, as `JSON.parse` gives it. */
    readonly value: unknown,
    readonly text: string,
    scan: Scan,
  ) {
    this.#members = scan.members;
    this.#hasWhitespace = scan.hasWhitespace;
  }

  /**
   * Parses a JSON text.
   *
   * @param text - the text, as received
   * @param maxDepth - the deepest nesting of objects and arrays that is taken
   * @returns the document
   * @throws JsonError where the text is not JSON (RFC 8259), is nested too deep, or names a member of an object twice
   *   (RFC 7493, section 2.3: receivers disagree on which of the two counts)
   */
  static parse(text: string, maxDepth: number): JsonDocument {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw new JsonError({
        pointer: '',
        detail: text === '' ? 'is empty, not JSON' : `is not JSON: ${reason(error)}`,
      });
    }
    const scan = scanValid(text);
    if (scan.depth > maxDepth) {
      throw new JsonError({ pointer: '', detail: `is nested ${scan.depth} levels deep, more than ${maxDepth}` });
    }
    if (countMembers(value) !== scan.memberCount) {
      throw new JsonError({ pointer: findRepeatedName(text), detail: 'is there twice; a member name must be unique' });
    }
    return new JsonDocument(value, text, scan);
  }

  /**
   * The text of a member two levels deep, exactly as it was sent but for white space between its tokens.
   *
   * @param outer - name of the member of the outermost object
   * @param inner - name of the member within it
   * @returns JSON text, or undefined where there is no such member
   */
  memberText(outer: string, inner: string): string | undefined {
    for (let at = 0; at < this.#members.length; at += 4) {
      if (this.#members[at] === outer && this.#members[at + 1] === inner) {
        const raw = this.text.slice(Number(this.#members[at + 2]), Number(this.#members[at + 3]));
        return this.#hasWhitespace ? withoutWhitespace(raw) : raw;
      }
    }
    return undefined;
  }

  /**
   * Faults of the numbers up to two levels deep that a double cannot hold: they would be silently rounded by whoever
   * reads `value`. Deeper ones are left to the reader of `memberText`, where they are digits and stay digits.
   */
  inexactNumbers(): JsonFault[] {
    const faults: JsonFault[] = [];
    for (let at = 0; at < this.#members.length; at += 4) {
      const start = Number(this.#members[at + 2]);
      const first = this.text.charCodeAt(start);
      if (first !== 0x2d && (first < 0x30 || first > 0x39)) continue;
      const token = this.text.slice(start, Number(this.#members[at + 3]));
      if (isExactNumber(token)) continue;
      const pointer = `/${escapePointer(String(this.#members[at]))}/${escapePointer(String(this.#members[at + 1]))}`;
      faults.push({ pointer, detail: 'is a number with more digits than can be held exactly' });
    }
    return faults;
  }
}

interface Scan {
  depth: number;
  memberCount: number;
  hasWhitespace: boolean;
  members: (string | number)[];
}

/** One pass over text that is known to be valid JSON; only then is it this simple. */
function scanValid(text: string): Scan {
  const members: (string | number)[] = [];
  let depth = 0;
  let deepest = 0;
  let memberCount = 0;
  let hasWhitespace = false;
  let nameStart = 0;
  let nameEnd = 0;
  let outer = '';
  let inner = '';
  let valueStart = -1;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      nameStart = at;
      at = endOfString(text, at);
      nameEnd = at + 1;
    } else if (code === COLON) {
      memberCount++;
      if (depth === 1) outer = nameOf(text, nameStart, nameEnd);
      else if (depth === 2) {
        inner = nameOf(text, nameStart, nameEnd);
        valueStart = at + 1;
      }
    } else if (code === OPEN_BRACE || code === OPEN_BRACKET) {
      if (++depth > deepest) deepest = depth;
    } else if (code === CLOSE_BRACE || code === CLOSE_BRACKET || code === COMMA) {
      if (depth === 2 && valueStart !== -1) {
        pushMember(members, text, outer, inner, valueStart, at);
        valueStart = -1;
      }
      if (code !== COMMA) depth--;
    } else if (code <= SPACE) {
      hasWhitespace = true;
    }
  }
  return { depth: deepest, memberCount, hasWhitespace, members };
}

function pushMember(
  members: (string | number)[],
  text: string,
  outer: string,
  inner: string,
  from: number,
  to: number,
) {
  let start = from;
  let end = to;
  while (text.charCodeAt(start) <= SPACE) start++;
  while (text.charCodeAt(end - 1) <= SPACE) end--;
  members.push(outer, inner, start, end);
}

/** Index of the closing quote of the string that opens at `open`. */
function endOfString(text: string, open: number): number {
  let close = text.indexOf('"', open + 1);
  while (text.charCodeAt(close - 1) === BACKSLASH) {
    let slash = close - 1;
    while (text.charCodeAt(slash - 1) === BACKSLASH) slash--;
    if ((close - slash) % 2 === 0) break;
    close = text.indexOf('"', close + 1);
  }
  return close;
}

function nameOf(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  return raw.includes('\\') ? String(JSON.parse(text.slice(start, end))) : raw;
}

function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countMembers(item);
    return count;
  }
  for (const name in value) {
    count++;
    const member: unknown = (value as Record<string, unknown>)[name];
    if (typeof member === 'object') count += countMembers(member);
  }
  return count;
}

/** Pointer of the first member whose name its object already had. Runs only where there is one. */
function findRepeatedName(text: string): string {
  const open: { names: Set<string> | null; step: string; index: number }[] = [];
  let lastString = '';
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const top = open.at(-1);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      lastString = nameOf(text, at, end + 1);
      at = end;
    } else if (code === COLON && top?.names) {
      top.step = lastString;
      if (top.names.has(lastString)) break;
      top.names.add(lastString);
    } else if (code === OPEN_BRACE) open.push({ names: new Set(), step: '', index: 0 });
    else if (code === OPEN_BRACKET) open.push({ names: null, step: '0', index: 0 });
    else if (code === CLOSE_BRACE || code === CLOSE_BRACKET) open.pop();
    else if (code === COMMA && top && !top.names) top.step = String(++top.index);
  }
  return open.map((level) => `/${escapePointer(level.step)}`).join('');
}

function withoutWhitespace(text: string): string {
  let result = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code <= SPACE) {
      result += text.slice(from, at);
      from = at + 1;
    }
  }
  return result + text.slice(from);
}

function isExactNumber(token: string): boolean {
  if (token.length <= 15 && !/[eE]/.test(token)) return true;
  const value = Number(token);
  return Number.isFinite(value) && canonical(token) === canonical(String(value));
}

/** A decimal as its significant digits and the power of ten of the last one, so that equal values are equal text. */
function canonical(decimal: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(decimal) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  if (digits === '') return '0';
  const trimmed = digits.replace(/0+$/, '');
  return `${sign}${trimmed}e${Number(exponent) - fraction.length + (digits.length - trimmed.length)}`;
}

/** Escapes a reference token of a JSON pointer (RFC 6901, section 3). */
export function escapePointer(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : 'it cannot be parsed';
}
