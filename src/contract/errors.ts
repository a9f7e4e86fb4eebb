import { escapePointer } from './json/json-text.js';
import type { RequestError, ValidationError, Validator } from './types.js';

/** More than a client reads, and few enough that a hostile body does not cause an even larger response. */
const ERRORS_LIMIT = 100;
export const UNKNOWN_DETAIL = 'is not a property of the contract';
/** An error names at most this number of an enum's values. */
const VALUES_LIMIT = 20;

/** All errors of a request, which are reported together. */
export class RequestErrors {
  list: RequestError[] | null = null;
  /** Whether the body cannot be parsed as its media type. */
  isMalformed = false;

  /** Keeps the first error of each pointer: a text that is both too short and blank is reported once. */
  add(pointer: string, detail: string): void {
    this.list ??= [];
    if (this.list.length >= ERRORS_LIMIT || !this.isValid(pointer)) return;
    this.list.push({ pointer, detail });
  }

  addMalformed(pointer: string, detail: string): void {
    this.isMalformed = true;
    this.add(pointer, detail);
  }

  /** Whether the value at a pointer has no error so far. */
  isValid(pointer: string): boolean {
    return !this.list?.some((error) => error.pointer === pointer);
  }

  /**
   * Adds the errors of a value.
   *
   * @param prefix - the value's location: '' for the body, `/query`, `/path`, `/header`, `/cookie`
   * @returns the value
   */
  check<Value>(validate: Validator | null, value: Value, prefix: string): Value {
    if (!validate || validate(value)) return value;
    const found = foundErrors(validate.errors ?? [], prefix);
    // Errors of known properties come before unknown properties.
    for (const isUnknown of [false, true]) {
      for (const error of found) if (error.isUnknown === isUnknown) this.add(prefix + error.pointer, error.detail);
    }
    return value;
  }

  /** The first error in words, and the number of others. */
  summary(): string {
    const [first, ...others] = this.list ?? [];
    if (!first) return 'The request violates the contract.';
    const more = others.length === 0 ? '' : `; ${others.length} more ${others.length === 1 ? 'error' : 'errors'}`;
    return `${first.pointer === '' ? 'The body' : first.pointer} ${first.detail}${more}.`;
  }
}

interface FoundError extends RequestError {
  readonly isUnknown: boolean;
}

/** One error for oneOf or anyOf instead of those of its alternatives, which precede it: only one of them must fit. */
function foundErrors(errors: readonly ValidationError[], prefix: string): FoundError[] {
  const found: FoundError[] = [];
  let unknown = 0;
  for (const error of errors) {
    const { keyword, instancePath } = error;
    const isUnknown = keyword === 'additionalProperties';
    // A body may consist of nothing but unknown properties.
    if (isUnknown && ++unknown > ERRORS_LIMIT) continue;
    const isChoice = keyword === 'oneOf' || keyword === 'anyOf';
    const isOutside = ({ pointer }: FoundError) => pointer !== instancePath && !pointer.startsWith(`${instancePath}/`);
    const inside = isChoice ? found.splice(found.findLastIndex(isOutside) + 1) : [];
    const rules = inside.map(({ pointer, detail }) => `${pointer.slice(instancePath.length)} ${detail}`.trim());
    const detail = isChoice ? choiceInWords(error, new Set(rules)) : detailOf(error, prefix);
    found.push({ pointer: pointerOf(error), detail, isUnknown });
  }
  return found;
}

/** @param rules - the broken rules of the alternatives */
function choiceInWords({ params }: ValidationError, rules: ReadonlySet<string>): string {
  if (params.passingSchemas) return 'fits more than one alternative of the contract, and must fit exactly one';
  return `fits no alternative of the contract: ${[...rules].slice(0, VALUES_LIMIT).join(' or ')}`;
}

function pointerOf({ keyword, instancePath, params }: ValidationError): string {
  if (keyword === 'required') return `${instancePath}/${escapePointer(String(params.missingProperty))}`;
  if (keyword === 'additionalProperties') return `${instancePath}/${escapePointer(String(params.additionalProperty))}`;
  if (keyword === 'discriminator') return `${instancePath}/${escapePointer(String(params.tag))}`;
  return instancePath;
}

/** In words, by keyword; the message of a pattern or format is the contract's `x-detail`. */
const DETAILS: Readonly<Record<string, (params: ValidationError['params'], prefix: string) => string>> = {
  required: () => 'is required',
  additionalProperties: (_, prefix) => (prefix === '/query' ? 'is not a parameter of this operation' : UNKNOWN_DETAIL),
  type: ({ type }) => `must be ${typeInWords(type)}`,
  enum: ({ allowedValues }) => `must be ${valuesInWords(Array.isArray(allowedValues) ? allowedValues : [])}`,
  minLength: ({ limit }) => (limit === 1 ? 'must not be empty' : `must have at least ${limit} characters`),
  maxLength: ({ limit }) => `must have at most ${limit} characters`,
  minimum: ({ limit }) => `must be at least ${limit}`,
  maximum: ({ limit }) => `must be at most ${limit}`,
  not: () => 'is a value that the contract excludes',
  discriminator: () => 'must name one of the alternatives of the contract',
};

function detailOf({ keyword, params, message }: ValidationError, prefix: string): string {
  return DETAILS[keyword]?.(params, prefix) ?? message ?? 'violates the contract';
}

function valuesInWords(values: readonly unknown[]): string {
  const shown = values.slice(0, VALUES_LIMIT).map((value) => JSON.stringify(value));
  const more = values.length - shown.length;
  return [...shown, ...(more > 0 ? [`one of ${more} others`] : [])].join(' or ');
}

function typeInWords(type: unknown): string {
  const names = Array.isArray(type) ? type.map(String) : String(type).split(',');
  return names.map((name) => (name === 'null' ? name : `${/^[aio]/.test(name) ? 'an' : 'a'} ${name}`)).join(' or ');
}
