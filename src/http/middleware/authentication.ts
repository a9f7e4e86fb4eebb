import type { Middleware } from 'koa';
import { type Authenticator, Guard } from '../../contract/security.js';

/** Lets requests to the contract's operations in by its `security`, before anything of their body is read. */
export function authentication(): Middleware {
  return async function authentication(ctx, next) {
    const { found, call } = ctx;
    if (!found || !('match' in found) || found.match.operation.security.length === 0) return next();
    const { principals, rejection } = await found.api.admit(found.match.operation, {
      headers: ctx.req.headers,
      queryText: call.queryText,
    });
    if (rejection) {
      ctx.reply = rejection;
      return;
    }
    ctx.principals = principals;
    return next();
  };
}

/** Stands for the pages in what an authenticator is told. */
const PAGES = 'pages';

/**
 * Lets those to some pages who have a bearer token, as an operation with such a security scheme would.
 *
 * @param prefix - of the pages' paths
 * @param authenticate - who may
 */
export function guardPages(prefix: string, authenticate: Authenticator<unknown>): Middleware {
  const guard = new Guard({ [PAGES]: { name: PAGES, kind: 'bearer' } }, { [PAGES]: authenticate });
  return async function guardPages(ctx, next) {
    const { found, call } = ctx;
    if (found || !call.path.startsWith(prefix)) return next();
    const request = { headers: ctx.req.headers, queryText: call.queryText };
    const secured = { operationId: PAGES, security: [{ [PAGES]: [] }], statuses: [401] };
    const { rejection } = await guard.admit(secured, request);
    if (rejection) ctx.reply = rejection;
    else return next();
  };
}
