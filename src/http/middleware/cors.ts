import type { Middleware } from 'koa';
import type { ContractApi } from '../../contract/dispatch.js';
import { PAGE_METHODS } from '../browser-pages.js';

/** In addition to the contract's: trace context (W3C), and `User-Agent`, which browsers other than Chromium ask for. */
const FURTHER_HEADERS = ['traceparent', 'tracestate', 'User-Agent'];
const PREFLIGHT_MAX_AGE_SECONDS = 600;

/**
 * Cross-origin resource sharing, as defined by the Fetch standard.
 *
 * @param apis - the contracts whose headers pages may send and read
 * @param origins - `*` for all origins, without credentials; or a list of origins, with credentials
 * @param isExcluded - whether a path or route is excluded: pages of other origins may not call operators' endpoints
 * @param pages - what is served outside of the contracts, by path
 */
export function cors(
  apis: readonly Pick<ContractApi, 'corsHeaders'>[],
  origins: '*' | readonly string[],
  isExcluded: (path: string) => boolean,
  pages: Readonly<Record<string, unknown>>,
): Middleware {
  const all = (which: 'allowed' | 'exposed') => new Set(apis.flatMap(({ corsHeaders }) => corsHeaders[which]));
  const exposedHeaders = [...all('exposed')].join(', ');
  const allowedHeaders = [...all('allowed'), ...FURTHER_HEADERS].join(', ');
  return function cors(ctx, next) {
    const { req, found } = ctx;
    const { origin } = req.headers;
    if (isExcluded(ctx.call.path) || isExcluded(ctx.call.route)) return next();
    // The response differs by origin, so caches must not share it, even if the origin is not allowed.
    if (origins !== '*') ctx.vary('Origin');
    if (origins === '*' || (origin !== undefined && origins.includes(origin))) {
      ctx.set('Access-Control-Allow-Origin', origins === '*' ? '*' : (origin ?? ''));
      if (origins !== '*') ctx.set('Access-Control-Allow-Credentials', 'true');
      ctx.set('Access-Control-Expose-Headers', exposedHeaders);
    }
    const isPreflight = origin !== undefined && req.headers['access-control-request-method'] !== undefined;
    if (req.method !== 'OPTIONS' || !isPreflight || ctx.call.rejection) return next();
    if (!found && !Object.hasOwn(pages, ctx.call.path)) return next();
    ctx.reply = {
      status: 204,
      headers: {
        'Access-Control-Allow-Methods': found?.match.allow ?? PAGE_METHODS,
        'Access-Control-Allow-Headers': allowedHeaders,
        'Access-Control-Max-Age': String(PREFLIGHT_MAX_AGE_SECONDS),
      },
    };
    return Promise.resolve();
  };
}
