import type { Schema } from '../generate/model/document.js';

/** A limit of a schema, inclusive or exclusive; null for none. */
class Bound {
  constructor(
    readonly value: number | null,
    readonly isExclusive: boolean,
  ) {}

  /** For messages; undefined if there is no limit. */
  get shown(): number | string | undefined {
    if (this.value === null) return undefined;
    return this.isExclusive ? `without ${this.value}` : this.value;
  }

  /** For lower limits: whether this one allows something that `other` forbids. */
  isBelow(other: Bound): boolean {
    if (other.value === null) return false;
    if (this.value === null || this.value < other.value) return true;
    return this.value === other.value && other.isExclusive && !this.isExclusive;
  }

  /** For upper limits: whether this one allows something that `other` forbids. */
  isAbove(other: Bound): boolean {
    if (other.value === null) return false;
    if (this.value === null || this.value > other.value) return true;
    return this.value === other.value && other.isExclusive && !this.isExclusive;
  }
}

/**
 * The lower limit of a keyword. The default for lengths and counts is 0.
 *
 * @param schema - of `inlineSchema`, with numeric exclusive limits
 * @param keyword - `minimum`, `minLength` …
 */
export function lowerBound(schema: Schema, keyword: string): Bound {
  const exclusive = keyword === 'minimum' ? schema.exclusiveMinimum : undefined;
  if (typeof exclusive === 'number') return new Bound(exclusive, true);
  const least = keyword === 'minimum' ? null : 0;
  return new Bound(typeof schema[keyword] === 'number' ? schema[keyword] : least, false);
}

/**
 * The upper limit of a keyword.
 *
 * @param schema - of `inlineSchema`
 * @param keyword - `maximum`, `maxLength` …
 */
export function upperBound(schema: Schema, keyword: string): Bound {
  const exclusive = keyword === 'maximum' ? schema.exclusiveMaximum : undefined;
  if (typeof exclusive === 'number') return new Bound(exclusive, true);
  return new Bound(typeof schema[keyword] === 'number' ? schema[keyword] : null, false);
}
