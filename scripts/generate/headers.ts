import type { Document } from './document.js';
import { follow, isReference } from './reference.js';

/**
 * The document with each reply's headers written out. openapi-typescript takes every header behind a reference for a
 * required one; written out, it reads `required` as it should.
 *
 * @param document - a checked document, not changed
 */
export function inlineHeaders(document: Document): Document {
  const inline = (value: unknown, key: string): unknown => {
    if (Array.isArray(value)) return value.map((item) => inline(item, ''));
    if (typeof value !== 'object' || value === null) return value;
    const entries = Object.entries(value).map(([name, member]) => {
      const written = key === 'headers' && isReference(member) ? follow(document, member) : member;
      return [name, inline(written, name)];
    });
    return Object.fromEntries(entries);
  };
  return inline(document, '') as Document;
}
