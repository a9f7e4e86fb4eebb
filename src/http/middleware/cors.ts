import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import type { ContractApi } from '../../contract/dispatch.js';

type CorsOrigins = '*' | readonly string[];

export interface CorsOptions {
  /** `*` for all origins, without credentials; or a list of origins, with credentials. */
  readonly origins: CorsOrigins;
  /** The headers that the contract lets pages send and read. */
  readonly headers: { readonly allowed: readonly string[]; readonly exposed: readonly string[] };
  /** Whether a path or route is excluded: pages of other origins may not call operators' endpoints. */
  readonly isExcluded: (path: string) => boolean;
}

export function corsOptions(
  apis: readonly Pick<ContractApi, 'corsHeaders'>[],
  origins: CorsOrigins,
  isExcluded: CorsOptions['isExcluded'],
): CorsOptions {
  const all = (which: 'allowed' | 'exposed') => [...new Set(apis.flatMap(({ corsHeaders }) => corsHeaders[which]))];
  return { origins, headers: { allowed: all('allowed'), exposed: all('exposed') }, isExcluded };
}

/** In addition to the contract's: trace context (W3C), and `User-Agent`, which browsers other than Chromium ask for. */
const FURTHER_HEADERS = ['traceparent', 'tracestate', 'User-Agent'];
const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, PATCH, DELETE';
const PREFLIGHT_MAX_AGE_SECONDS = 600;

/** Cross-origin resource sharing, as defined by the Fetch standard. */
export function cors(options: CorsOptions): Middleware {
  const allowedHeaders = [...options.headers.allowed, ...FURTHER_HEADERS].join(', ');
  return function cors(ctx, next) {
    const { req, found } = ctx;
    if (options.isExcluded(ctx.call.path) || options.isExcluded(ctx.call.route)) return next();
    for (const [name, value] of corsHeaders(options, req)) {
      if (name === 'Vary') ctx.vary(value);
      else ctx.set(name, value);
    }
    const isPreflight = req.headers.origin !== undefined && req.headers['access-control-request-method'] !== undefined;
    if (req.method !== 'OPTIONS' || !isPreflight || ctx.call.rejection) return next();
    ctx.reply = {
      status: 204,
      headers: {
        'Access-Control-Allow-Methods': found && 'allow' in found ? found.allow : ALLOWED_METHODS,
        'Access-Control-Allow-Headers': allowedHeaders,
        'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_SECONDS),
      },
    };
    return Promise.resolve();
  };
}

function corsHeaders(
  { origins, headers: { exposed } }: CorsOptions,
  { headers: { origin } }: Pick<IncomingMessage, 'headers'>,
): readonly (readonly [name: string, value: string])[] {
  const expose = ['Access-Control-Expose-Headers', exposed.join(', ')] as const;
  if (origins === '*') return [['Access-Control-Allow-Origin', '*'], expose];
  // The response differs by origin, so caches must not share it, even if the origin is not allowed.
  const vary = ['Vary', 'Origin'] as const;
  if (origin === undefined || !origins.includes(origin)) return [vary];
  return [vary, ['Access-Control-Allow-Origin', origin], ['Access-Control-Allow-Credentials', 'true'], expose];
}
