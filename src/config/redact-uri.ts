/**
 * Replaces the passwords of a connection string by `***`: the one before the host, and every query parameter or
 * keyword that is named like a secret. Text that is no URI is treated alike and never fails. An unescaped `@` or `/` in
 * a password is taken as part of it, so that a malformed string hides too much rather than too little.
 *
 * @param uri - a connection string, or anything else
 * @returns the same text without its passwords
 */
export function redactUri(uri: string): string {
  return uri
    .replace(/^([a-z][a-z0-9+.-]*:\/\/[^:]*|(?![a-z][a-z0-9+.-]*:\/\/)[^:]*):(.*)@/is, '$1:***@')
    .replace(/((?:password|passwd|pwd|secret|token)\s*=\s*)('[^']*'|[^&\s;#]*)/gi, '$1***');
}
