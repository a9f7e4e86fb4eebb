import type { Document, Reference } from './document.js';

/** Whether a value is a reference object. */
export function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && '$ref' in value && typeof value.$ref === 'string';
}

/**
 * What a reference within the document points at.
 *
 * @param document - the document the reference is in
 * @param ref - a reference such as `#/components/schemas/Payment` (RFC 6901, as a URI fragment)
 * @returns the value, or undefined if there is none
 */
export function lookUp(document: unknown, ref: string): unknown {
  if (!ref.startsWith('#/')) return undefined;
  let value = document;
  for (const part of ref.slice(2).split('/')) {
    const key = decodeURIComponent(part).replaceAll('~1', '/').replaceAll('~0', '~');
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[key];
  }
  return value;
}

/**
 * The value itself, or what it refers to. The document was checked, so the reference leads somewhere, and to the kind
 * of object that belongs in its place.
 */
export function follow<T extends object>(document: Document, value: T | Reference): T {
  return isReference(value) ? follow(document, lookUp(document, value.$ref) as T | Reference) : value;
}
