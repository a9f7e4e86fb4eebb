import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { problem } from '../problems.js';
import type { FoundRoute } from './routing.js';

/** Whether a request may use the endpoints that are for operators. */
export type Authenticator = (request: IncomingMessage) => boolean;

/**
 * Authenticates operators by a bearer token (RFC 6750, section 2.1). It is compared in constant time, by its hash, so
 * that neither its content nor its length shows in how long a rejection takes.
 *
 * @param token - the token; null lets everybody in
 */
export function createAuthenticator(token: string | null): Authenticator {
  if (token === null) return () => true;
  const expected = hash(token);
  return ({ headers: { authorization = '' } }) => {
    const sent = /^bearer +(.+)$/i.exec(authorization)?.[1] ?? '';
    return timingSafeEqual(hash(sent), expected);
  };
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * Lets only those to the operators' endpoints who may use them.
 *
 * @param authenticate - who may
 */
export function authentication(authenticate: Authenticator): Middleware {
  return function authentication(ctx, next) {
    if (!isForOperators(ctx.found, ctx.call.path) || authenticate(ctx.req)) return next();
    ctx.reply = {
      ...problem('unauthorized', 'This endpoint asks for a token: Authorization: Bearer …'),
      headers: { 'WWW-Authenticate': 'Bearer realm="operators"' },
    };
    return Promise.resolve();
  };
}

/**
 * Whether a request asks for one of the operators' endpoints: metrics and profiles tell as much of the service as the
 * admin endpoints may change of it.
 *
 * @param found - what the contract has there; null for a page
 * @param path - the path it asks for
 */
export function isForOperators(found: FoundRoute | null, path: string): boolean {
  if (found === null) return path.startsWith('/profiling');
  const { tag, path: route } = 'match' in found ? found.match.operation : found;
  return tag === 'admin' || route === '/metrics';
}
