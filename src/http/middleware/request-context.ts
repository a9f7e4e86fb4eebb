import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import { RequestContext } from '../context.js';
import { createClientAddress, type TrustProxy } from '../limit/client-address.js';
import { splitTarget } from '../transport/request-target.js';

export interface RequestContextOptions {
  /** How long a request may take as a whole, ms. */
  readonly timeoutMs: number;
  /** Which proxies may say what a client's address is. */
  readonly trustProxy: TrustProxy;
}

/**
 * Puts the request as the service sees it into `ctx.call`: its id, the client's address, its deadline.
 *
 * @param options - see `RequestContextOptions`
 */
export function requestContext({ timeoutMs, trustProxy }: RequestContextOptions): Middleware {
  const clientAddress = createClientAddress(trustProxy);
  return function requestContext(ctx, next) {
    const { req } = ctx;
    const { path, queryText } = splitTarget(req.url ?? '/');
    const now = performance.now();
    const requestId = requestIdOf(req.headers['x-request-id']);
    const client = clientAddress(req);
    ctx.call = new RequestContext(req, path, queryText, requestId, client, now, now + timeoutMs);
    return next();
  };
}

/** Token characters of RFC 9110, section 5.6.2, and the few more that ids in use have (UUIDs, trace ids, URNs). */
const SANE = /^[A-Za-z0-9!#$%&'*+.^_`|~:/=@-]{1,128}$/;

/**
 * The id of a request: the client's own where it is a sane token of at most 128 characters, else a new one. A bad one
 * is replaced rather than rejected, since it must never cost a client its request.
 *
 * @param sent - the client's `X-Request-Id`
 */
export function requestIdOf(sent: string | string[] | undefined): string {
  return typeof sent === 'string' && SANE.test(sent) ? sent : randomUUID();
}
