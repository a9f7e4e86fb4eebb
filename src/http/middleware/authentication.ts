import type { Context, Middleware, Next } from 'koa';
import { type Authenticator, Guard } from '../../contract/security.js';
import type { FoundOperation } from './routing.js';

/** Lets requests to the contract's operations in by its `security`, before anything of their body is read. */
export function authentication(): Middleware {
  return function authentication(ctx, next) {
    const { found } = ctx;
    if (!found || !('match' in found) || found.match.operation.security.length === 0) return next();
    return admit(ctx, found, next);
  };
}

async function admit(ctx: Context, { api, match }: FoundOperation, next: Next): Promise<void> {
  const request = { headers: ctx.req.headers, queryText: ctx.call.queryText };
  const { principals, rejection } = await api.admit(match.operation, request);
  ctx.principals = principals;
  if (rejection) ctx.reply = rejection;
  else await next();
}

/** Stands for the pages in what an authenticator is told. */
const PAGES = 'pages';

/**
 * Lets those to some pages who have a bearer token, as an operation with such a security scheme would.
 *
 * @param prefixes - of the pages' paths
 * @param authenticate - who may
 */
export function guardPages(prefixes: readonly string[], authenticate: Authenticator<unknown>): Middleware {
  const guard = new Guard({ [PAGES]: { name: PAGES, kind: 'bearer' } }, { [PAGES]: authenticate });
  return function guardPages(ctx, next) {
    const { found, call } = ctx;
    const isGuarded = !found && prefixes.some((prefix) => call.path.startsWith(prefix));
    return isGuarded ? admitPage(ctx, next) : next();
  };

  async function admitPage(ctx: Context, next: Next): Promise<void> {
    const request = { headers: ctx.req.headers, queryText: ctx.call.queryText };
    const secured = { operationId: PAGES, security: [{ [PAGES]: [] }], statuses: [401] };
    const { rejection } = await guard.admit(secured, request);
    if (rejection) ctx.reply = rejection;
    else await next();
  }
}
