import { escapePointer } from '../../../src/contract/json/json-text.js';

/** Steps from the root of a document to a value: property names, and indexes as text. */
export type Path = readonly string[];

/** A readable JSON pointer as a URI fragment (RFC 6901, section 6), with only the pointer's own escapes. */
export function pointerOf(path: Path): string {
  return `#${path.map((step) => `/${escapePointer(step)}`).join('')}`;
}

/**
 * The steps of a pointer; null if it is invalid.
 *
 * @param pointer - a URI fragment, with `#`
 */
export function stepsOf(pointer: string): Path | null {
  if (pointer === '#') return [];
  if (!pointer.startsWith('#/')) return null;
  return pointer
    .slice(2)
    .split('/')
    .map((step) => decodeStep(step).replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value at a path, or undefined. */
export function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

/** Without its percent-escapes, unless one of them is invalid. */
export function decodeStep(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
