/** The new values of a document, by JSON pointer (RFC 6901); undefined removes, and `/-` appends. */
export type Edits = Readonly<Record<string, unknown>>;

/**
 * A copy of a document with some edits.
 *
 * @param document - a JSON value
 * @param edits - applied in this order
 * @throws Error for a pointer that does not exist, so that a mistake is noticed
 */
export function edited<T>(document: T, edits: Edits): T {
  const copy = structuredClone(document);
  for (const [pointer, value] of Object.entries(edits)) {
    const parts = pointer
      .slice(1)
      .split('/')
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = parts.pop() ?? '';
    let target: unknown = copy;
    for (const part of parts) target = Object(target)[part];
    if (typeof target !== 'object' || target === null) throw new Error(`there is no ${pointer}`);
    if (Array.isArray(target)) {
      if (last === '-') target.push(value);
      else if (value === undefined) target.splice(Number(last), 1);
      else target[Number(last)] = value;
    } else if (value === undefined) {
      if (!Object.hasOwn(target, last)) throw new Error(`there is no ${pointer}`);
      Reflect.deleteProperty(target, last);
    } else Reflect.set(target, last, value);
  }
  return copy;
}
