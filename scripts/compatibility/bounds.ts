import type { Schema } from '../generate/model/document.js';

/** A limit of a schema: a number that is itself allowed or not, or no limit. */
class Bound {
  constructor(
    readonly value: number | null,
    readonly isExclusive: boolean,
  ) {}

  /** For people; undefined if there is no limit. */
  get shown(): number | string | undefined {
    if (this.value === null) return undefined;
    return this.isExclusive ? `without ${this.value}` : this.value;
  }

  /** As lower limits: whether something is allowed by this one that `other` forbids. */
  isBelow(other: Bound): boolean {
    if (other.value === null) return false;
    if (this.value === null || this.value < other.value) return true;
    return this.value === other.value && other.isExclusive && !this.isExclusive;
  }

  /** As upper limits: whether something is allowed by this one that `other` forbids. */
  isAbove(other: Bound): boolean {
    if (other.value === null) return false;
    if (this.value === null || this.value > other.value) return true;
    return this.value === other.value && other.isExclusive && !this.isExclusive;
  }
}

/**
 * The lower limit that a keyword gives. Nothing is shorter than 0, or has fewer parts.
 *
 * @param schema - as `inlineSchema` gives it, with exclusive limits in keywords of their own
 * @param keyword - `minimum`, `minLength` …
 */
export function lowerBound(schema: Schema, keyword: string): Bound {
  const exclusive = keyword === 'minimum' ? schema.exclusiveMinimum : undefined;
  if (typeof exclusive === 'number') return new Bound(exclusive, true);
  const least = keyword === 'minimum' ? null : 0;
  return new Bound(typeof schema[keyword] === 'number' ? schema[keyword] : least, false);
}

/**
 * The upper limit that a keyword gives.
 *
 * @param schema - as `inlineSchema` gives it
 * @param keyword - `maximum`, `maxLength` …
 */
export function upperBound(schema: Schema, keyword: string): Bound {
  const exclusive = keyword === 'maximum' ? schema.exclusiveMaximum : undefined;
  if (typeof exclusive === 'number') return new Bound(exclusive, true);
  return new Bound(typeof schema[keyword] === 'number' ? schema[keyword] : null, false);
}
