/** A request target, in its parts. */
export interface RequestTarget {
  readonly path: string;
  /** What follows the question mark, undecoded. */
  readonly queryText: string;
}

/**
 * Splits a request target, which may be in absolute form (RFC 9112, section 3.2.2), into path and query.
 *
 * @param target - as it stands in the request line
 */
export function splitTarget(target: string): RequestTarget {
  let origin = 0;
  if (target.charCodeAt(0) !== 0x2f) {
    const absolute = /^https?:\/\/[^/?#]*/i.exec(target);
    origin = absolute ? absolute[0].length : 0;
  }
  const question = target.indexOf('?', origin);
  if (question < 0) return { path: target.slice(origin) || '/', queryText: '' };
  return { path: target.slice(origin, question) || '/', queryText: target.slice(question + 1) };
}
