import * as json from './json-text.js';
import { abridge, type ClosedObjects, compact, TOO_DEEP, type VerbatimValue } from './large-json.js';

/** `pointer`: RFC 6901, '' for the whole text. */
interface Details {
  readonly pointer: string;
  readonly detail: string;
}

/** Thrown for text that is not JSON, or that this service does not accept. */
export class JsonError extends Error {
  override readonly name = 'JsonError';
  constructor(readonly details: Details) {
    super(details.detail);
  }
}

/** The maximum number that is reported: a response must not be much larger than its request. */
const MAX_INEXACT = 100;
const MAX_POINTERS_LENGTH = 64 * 1024;

/** Larger bodies stay bytes: a string would be copied at every step, and objects would be ten times its size. */
const LARGE_BYTES = 64 * 1024;

/**
 * A parsed JSON text that keeps the text of its properties, so that values can be stored as received. `JSON.parse`
 * rounds numbers and silently drops duplicate properties: here the text keeps the digits, and duplicates are rejected.
 *
 * If the text is large, `value` has null in place of large properties of verbatim values that the contract does not
 * describe.
 */
export class JsonDocument {
  private constructor(
    /** As `JSON.parse` returns it. */
    readonly value: unknown,
    /** The text as sent: bytes if it is large. */
    readonly text: string | Buffer,
    private readonly scan: Scan,
    private readonly parsed: string,
    private readonly verbatim: readonly VerbatimValue[] | undefined,
  ) {}

  /**
   * Parses a JSON text.
   *
   * @param source - the text, or its bytes in UTF-8
   * @param verbatim - values whose text is kept, and which are not parsed if the text is large; by default all are kept
   * @throws UnknownProperties if the text is large and has many that `closed` excludes
   * @throws JsonError if the text is not JSON (RFC 8259), is nested too deeply, or has a duplicate property (RFC 7493,
   *   section 2.3: receivers disagree on which one counts)
   */
  static parse(source: string | Buffer, verbatim?: readonly VerbatimValue[], closed?: ClosedObjects): JsonDocument {
    if (typeof source === 'string') return JsonDocument.#parse(source, verbatim);
    const abridged = source.length < LARGE_BYTES ? null : abridge(source, verbatim ?? [], closed);
    if (abridged === TOO_DEEP) throw tooDeep();
    if (abridged !== null) {
      try {
        return JsonDocument.#parse(abridged.text, verbatim, { ...abridged, source });
      } catch (error) {
        if (!(error instanceof JsonError)) throw error;
      }
    }
    return JsonDocument.#parse(source.toString('utf8'), verbatim);
  }

  /** @param whole - the original of an abridged text; missing if the text is not abridged */
  static #parse(
    text: string,
    verbatim?: readonly VerbatimValue[],
    whole?: Pick<Scan, 'members' | 'hasWhitespace'> & { readonly source: Buffer },
  ): JsonDocument {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      const reason = error instanceof Error ? error.message : 'it cannot be parsed';
      throw new JsonError({ pointer: '', detail: text === '' ? 'is empty, not JSON' : `is not JSON: ${reason}` });
    }
    const scan = scanValid(text);
    if (scan.depth > json.MAX_DEPTH) throw tooDeep();
    if (countMembers(value) !== scan.memberCount) {
      const pointer = json.findRepeatedName(text);
      throw new JsonError({ pointer, detail: 'appears twice; property names must be unique' });
    }
    return whole
      ? new JsonDocument(value, whole.source, { ...scan, ...whole }, text, verbatim)
      : new JsonDocument(value, text, scan, text, verbatim);
  }

  /**
   * The text of a property two levels deep, without white space between tokens. Bytes if the text is large; undefined if
   * neither its text nor that of a part is kept: defaults and readOnly properties change `value`, and not the text.
   */
  memberText(outer: string, inner: string): string | Buffer | undefined {
    const { members, hasWhitespace } = this.scan;
    const own = `/${outer}/${inner}`;
    const isKept = ({ pointer }: VerbatimValue) => pointer.startsWith(own) || own.startsWith(pointer);
    if (this.verbatim?.some(isKept) === false) return undefined;
    for (let at = 0; at < members.length; at += 4) {
      if (members[at] === outer && members[at + 1] === inner) {
        const [start, end] = [Number(members[at + 2]), Number(members[at + 3])];
        const raw = typeof this.text === 'string' ? this.text.slice(start, end) : this.text.subarray(start, end);
        if (!hasWhitespace) return raw;
        return typeof raw === 'string' ? compact(Buffer.from(raw)).toString() : compact(raw);
      }
    }
    return undefined;
  }

  /**
   * The numbers that a double cannot represent, and which `value` therefore rounds. Numbers in verbatim values keep
   * their digits, so they are excluded, unless a schema compares them. If there are very many, only the first ones.
   *
   * @param verbatim - the values whose text is kept
   */
  inexactNumbers(verbatim: readonly VerbatimValue[] = []): Details[] {
    const { inexact } = this.scan;
    if (inexact === null) return [];
    const free = verbatim.map(({ pointer, named }) => ({ outer: json.stepsOf(pointer), named }));
    const found: Details[] = [];
    let next = 0;
    let length = 0;
    // In one pass: a text may consist of nothing but such numbers.
    json.walk(this.parsed, (at, open) => {
      if (at !== inexact[next]) return false;
      next++;
      if (!free.some((value) => isFree(open, value))) {
        const pointer = json.pointerTo(open);
        found.push({ pointer, detail: json.INEXACT_DETAIL });
        length += pointer.length;
      }
      return next === inexact.length || found.length === MAX_INEXACT || length > MAX_POINTERS_LENGTH;
    });
    return found;
  }
}

function tooDeep(): JsonError {
  return new JsonError({ pointer: '', detail: `is nested more than ${json.MAX_DEPTH} levels deep` });
}

/** Whether the current value is kept as text, and not described by the contract. */
function isFree(
  open: readonly json.Level[],
  { outer, named }: { readonly outer: readonly string[]; readonly named: readonly string[] | null },
): boolean {
  const isWithin = outer.every((step, index) => index < open.length && (step === '*' || step === open[index]?.step));
  return isWithin && named !== null && !named.some((name) => name === open[outer.length]?.step);
}

interface Scan {
  readonly depth: number;
  readonly memberCount: number;
  readonly hasWhitespace: boolean;
  /** Bounds of the properties two levels deep: outer name, inner name, start and end of the value, in turn. */
  readonly members: readonly (string | number)[];
  /** Offsets of the numbers that a double cannot represent, in the parsed text; null if there are none. */
  readonly inexact: readonly number[] | null;
}

/** A single pass over text that is known to be valid JSON. */
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
  let inexact: number[] | null = null;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === json.QUOTE) {
      nameStart = at;
      at = json.endOfString(text, at);
      nameEnd = at + 1;
    } else if (code === json.COLON) {
      memberCount++;
      if (depth === 1) outer = json.nameOf(text, nameStart, nameEnd);
      else if (depth === 2) {
        inner = json.nameOf(text, nameStart, nameEnd);
        valueStart = at + 1;
      }
    } else if (code === json.OPEN_BRACE || code === json.OPEN_BRACKET) {
      if (++depth > deepest) deepest = depth;
    } else if (code === json.CLOSE_BRACE || code === json.CLOSE_BRACKET || code === json.COMMA) {
      if (depth === 2 && valueStart !== -1) {
        let end = at;
        while (text.charCodeAt(valueStart) <= json.SPACE) valueStart++;
        while (text.charCodeAt(end - 1) <= json.SPACE) end--;
        members.push(outer, inner, valueStart, end);
        valueStart = -1;
      }
      if (code !== json.COMMA) depth--;
    } else if (code <= json.SPACE) {
      hasWhitespace = true;
    } else if (code === json.MINUS || (code >= json.ZERO && code <= json.NINE)) {
      const end = json.endOfNumber(text, at);
      if (!json.isExactNumber(text.slice(at, end))) {
        inexact ??= [];
        inexact.push(at);
      }
      at = end - 1;
    }
  }
  return { depth: deepest, memberCount, hasWhitespace, members, inexact };
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
