import type { IncomingMessage } from 'node:http';
import type { AnyReply } from '../../contract/contract.js';

/** Cross-origin resource sharing, as the Fetch standard defines it. */
export interface Cors {
  /** The answer to a preflight request; null where the request is none. */
  preflight(request: IncomingMessage, allowedMethods: string | null): AnyReply | null;
  /** Headers for every other answer, names and values in turn. */
  headers(request: Pick<IncomingMessage, 'headers'>): readonly string[];
}

/** What pages of other origins may read beyond the safelisted headers. */
const EXPOSED = [
  'ETag',
  'Location',
  'Retry-After',
  'X-Request-Id',
  'RateLimit',
  'RateLimit-Policy',
  'RateLimit-Limit',
  'RateLimit-Remaining',
  'RateLimit-Reset',
].join(', ');
const ALLOWED_HEADERS = 'Content-Type, If-Match, If-None-Match, X-Request-Id, traceparent, tracestate, Authorization';
const PREFLIGHT_MAX_AGE_SECONDS = 600;

/**
 * @param origins - `*` for all, which is without credentials, or the origins that may call, which is with them
 */
export function createCors(origins: '*' | readonly string[]): Cors {
  const any = ['Access-Control-Allow-Origin', '*', 'Access-Control-Expose-Headers', EXPOSED];

  function headers(request: Pick<IncomingMessage, 'headers'>): readonly string[] {
    if (origins === '*') return any;
    const { origin } = request.headers;
    // The answer differs by origin, so a cache must keep them apart, also where the origin gets nothing.
    if (origin === undefined || !origins.includes(origin)) return ['Vary', 'Origin'];
    return [
      ...['Vary', 'Origin', 'Access-Control-Allow-Origin', origin, 'Access-Control-Allow-Credentials', 'true'],
      ...['Access-Control-Expose-Headers', EXPOSED],
    ];
  }

  return {
    headers,
    preflight(request, allowedMethods) {
      const { origin, 'access-control-request-method': method } = request.headers;
      if (request.method !== 'OPTIONS' || origin === undefined || method === undefined) return null;
      return {
        status: 204,
        headers: {
          'Access-Control-Allow-Methods': allowedMethods ?? 'GET, HEAD, POST, PUT, DELETE',
          'Access-Control-Allow-Headers': ALLOWED_HEADERS,
          'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_SECONDS),
        },
      };
    },
  };
}
