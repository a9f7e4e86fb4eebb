import type { Document, Reference } from './document.js';

export function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && '$ref' in value && typeof value.$ref === 'string';
}

/**
 * The target of a reference within a document.
 *
 * @param ref - such as `#/components/schemas/Payment` (RFC 6901, as a URI fragment)
 * @returns undefined if there is none
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
 * The value, or the target of its references. The document was checked, so the target exists and has the right kind.
 */
export function follow<T extends object>(document: Document, value: T | Reference): T {
  return isReference(value) ? follow(document, lookUp(document, value.$ref) as T | Reference) : value;
}
