/** Steps from the root of a document to a value in it: property names, and indexes as text. */
export type Path = readonly string[];

/**
 * A JSON pointer as a URI fragment (RFC 6901, section 6), readable: only what a pointer itself needs is escaped.
 *
 * @param path - steps from the root
 */
export function pointerOf(path: Path): string {
  return `#${path.map((step) => `/${escapeStep(step)}`).join('')}`;
}

/**
 * The steps of a pointer.
 *
 * @param pointer - a URI fragment, with `#`
 * @returns null if it is no pointer
 */
export function stepsOf(pointer: string): Path | null {
  if (pointer === '#') return [];
  if (!pointer.startsWith('#/')) return null;
  return pointer
    .slice(2)
    .split('/')
    .map((step) => decodeStep(step).replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** The value at a path; undefined if there is none. */
export function valueAt(document: unknown, path: Path): unknown {
  let value = document;
  for (const step of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, step)) return undefined;
    value = Reflect.get(value, step);
  }
  return value;
}

/** Escapes one step of a pointer (RFC 6901, section 3). */
export function escapeStep(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}

function decodeStep(step: string): string {
  try {
    return decodeURIComponent(step);
  } catch {
    return step;
  }
}
