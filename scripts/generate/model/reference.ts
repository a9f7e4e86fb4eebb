import { stepsOf, valueAt } from '../source/pointer.js';
import type { Document, Reference } from './document.js';

export function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && '$ref' in value && typeof value.$ref === 'string';
}

/** The target of a reference within a document, such as `#/components/schemas/Payment`; undefined if there is none. */
export function lookUp(document: unknown, ref: string): unknown {
  const steps = stepsOf(ref);
  return steps ? valueAt(document, steps) : undefined;
}

/**
 * The value, or the target of its references. The document was checked, so the target exists and has the right kind.
 */
export function follow<T extends object>(document: Document, value: T | Reference): T {
  return isReference(value) ? follow(document, lookUp(document, value.$ref) as T | Reference) : value;
}
