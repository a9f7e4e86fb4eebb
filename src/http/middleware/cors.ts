import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { isForOperators } from './authentication.js';

export type CorsOrigins = '*' | readonly string[];

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
  'Idempotent-Replayed',
].join(', ');
const ALLOWED_HEADERS = [
  'Content-Type',
  'If-Match',
  'If-None-Match',
  'Idempotency-Key',
  'X-Request-Id',
  'traceparent',
  'tracestate',
  'Authorization',
].join(', ');
const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, DELETE';
const PREFLIGHT_MAX_AGE_SECONDS = 600;

/**
 * Cross-origin resource sharing, as the Fetch standard defines it. Operators' endpoints never take part: no page of
 * another origin has any business there.
 *
 * @param origins - `*` for all, which is without credentials, or the origins that may call, which is with them
 */
export function cors(origins: CorsOrigins): Middleware {
  return function cors(ctx, next) {
    const { req, found } = ctx;
    if (isForOperators(found, ctx.call.path)) return next();
    for (const [name, value] of corsHeaders(origins, req)) {
      if (name === 'Vary') ctx.vary(value);
      else ctx.set(name, value);
    }
    const isPreflight = req.headers.origin !== undefined && req.headers['access-control-request-method'] !== undefined;
    if (req.method !== 'OPTIONS' || !isPreflight) return next();
    ctx.reply = {
      status: 204,
      headers: {
        'Access-Control-Allow-Methods': found && 'allow' in found ? found.allow : ALLOWED_METHODS,
        'Access-Control-Allow-Headers': ALLOWED_HEADERS,
        'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_SECONDS),
      },
    };
    return Promise.resolve();
  };
}

/**
 * The headers that let a page read a response.
 *
 * @param origins - see `cors`
 * @param request - which says the page's origin
 */
export function corsHeaders(
  origins: CorsOrigins,
  { headers: { origin } }: Pick<IncomingMessage, 'headers'>,
): readonly (readonly [name: string, value: string])[] {
  const exposed = ['Access-Control-Expose-Headers', EXPOSED] as const;
  if (origins === '*') return [['Access-Control-Allow-Origin', '*'], exposed];
  // The response differs by origin, so a cache must keep them apart, also where the origin gets nothing.
  const vary = ['Vary', 'Origin'] as const;
  if (origin === undefined || !origins.includes(origin)) return [vary];
  return [vary, ['Access-Control-Allow-Origin', origin], ['Access-Control-Allow-Credentials', 'true'], exposed];
}
