import type { IncomingMessage } from 'node:http';
import { isIPv6 } from 'node:net';
import { normalizedPath } from '../../contract/router.js';
import type { ProblemError } from '../problems.js';
import { headersTooLarge, malformed } from './transport-errors.js';

/**
 * Splits the target of a request line, which may be in absolute form (RFC 9112, section 3.2.2).
 *
 * @returns the path, normalized, so that all its spellings are the same text; and the query without the question mark,
 *   undecoded
 */
export function splitTarget(target: string) {
  let origin = 0;
  if (target.charCodeAt(0) !== SLASH) {
    const absolute = ABSOLUTE.exec(target);
    origin = absolute ? absolute[0].length : 0;
  }
  const question = target.indexOf('?', origin);
  const path = normalizedPath(target.slice(origin, question < 0 ? undefined : question)) || '/';
  return { path, queryText: question < 0 ? '' : target.slice(question + 1) };
}

/** The maximum number of header fields; Node would silently drop further ones. */
export const HEADER_COUNT_LIMIT = 2000;

const SLASH = 0x2f;
const ABSOLUTE = /^https?:\/\/(?:[^/?#@]*@)?([^/?#]*)/i;
/** Headers that must not be repeated, by the length of their names. */
const SINGLE_HEADERS: Readonly<Record<number, string>> = { 4: 'host', 12: 'content-type', 13: 'authorization' };
/** A name or IPv4 address, or an IPv6 address in brackets, and the port (RFC 3986, section 3.2). */
const AUTHORITY = /^(?:\[([^\]]*)\]|(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})*)(?::\d*)?$/i;

/**
 * Errors that Node's parser accepts although RFC 9112 (sections 2.3, 3.2 and 6.1) forbids them. Node would reject a
 * missing Host itself, but without a body.
 */
export function headError(request: IncomingMessage): ProblemError | null {
  const { httpVersionMajor, httpVersionMinor, headers, rawHeaders, url = '', method } = request;
  if (rawHeaders.length > 2 * HEADER_COUNT_LIMIT) {
    return headersTooLarge(`There are more than ${HEADER_COUNT_LIMIT} header fields.`);
  }
  if (httpVersionMajor !== 1) return malformed('Only HTTP/1.1 and HTTP/1.0 are supported.');
  const coding = headers['transfer-encoding'];
  if (coding !== undefined) {
    if (httpVersionMinor === 0) return malformed('HTTP/1.0 has no Transfer-Encoding.');
    // The parser accepts other codings before it, which nothing here decodes.
    if (coding.toLowerCase() !== 'chunked') return malformed('The only supported transfer coding is chunked.');
  }
  // RFC 9112, section 5.1. Node 20.19's parser accepts it, as the name of another header.
  if (rawHeaders.some((name, index) => index % 2 === 0 && name.endsWith(' '))) {
    return malformed('There is a space between the name of a header and its colon.');
  }
  const repeated = repeatedHeader(rawHeaders);
  if (repeated !== null) return malformed(`There is more than one ${repeated} header.`);
  const { host } = headers;
  if (host === undefined && httpVersionMinor > 0) return malformed('HTTP/1.1 requires a Host header.');
  if (host !== undefined && !isAuthority(host)) {
    return malformed('The Host header is not a host with an optional port.');
  }
  return url.charCodeAt(0) === SLASH ? null : targetError(url, method);
}

function targetError(target: string, method: string | undefined): ProblemError | null {
  if (target === '*') return method === 'OPTIONS' ? null : malformed('The target * is valid only with OPTIONS.');
  const authority = ABSOLUTE.exec(target)?.[1];
  if (authority === undefined || (authority !== '' && isAuthority(authority))) return null;
  return malformed('The host in the target is invalid.');
}

function isAuthority(text: string): boolean {
  const match = AUTHORITY.exec(text);
  return match !== null && (match[1] === undefined || isIPv6(match[1]));
}

/** The header of `SINGLE_HEADERS` that is repeated. `headers` would keep the first, and a proxy may use the second. */
function repeatedHeader(rawHeaders: readonly string[]): string | null {
  let seen = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    const single = SINGLE_HEADERS[name.length];
    if (single === undefined || name.toLowerCase() !== single) continue;
    const bit = 1 << name.length;
    if ((seen & bit) !== 0) return name;
    seen |= bit;
  }
  return null;
}

/** The head of a request without its `Upgrade`, which a server may ignore (RFC 9110, section 7.8). */
export function headWithoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  let head = `${method} ${url} HTTP/${httpVersion}\r\n`;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (name.toLowerCase() !== 'upgrade') head += `${name}: ${rawHeaders[at + 1]}\r\n`;
  }
  return Buffer.from(`${head}\r\n`, 'latin1');
}
