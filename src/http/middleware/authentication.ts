import type { Context, Middleware, Next } from 'koa';
import { type Authenticator, createGuard, type Guard, type SecuredOperation } from '../../contract/security.js';

/** Authenticates requests by their operation's `security`, before any of their body is read. */
export function authentication(): Middleware {
  return function authentication(ctx, next) {
    const { found } = ctx;
    if (!found?.match.operation || found.match.operation.security.length === 0) return next();
    return authenticateRequest(ctx, next, found.api.authenticate, found.match.operation);
  };
}

/** Represents the pages to an authenticator. */
const PAGES = { operationId: 'pages', security: [{ pages: [] }], statuses: [401] };

/** Requires a bearer token for some pages, like an operation with such a security scheme. */
export function guardPages(prefixes: readonly string[], authenticate: Authenticator<unknown>): Middleware {
  const guard = createGuard({ pages: { name: 'pages', kind: 'bearer' } }, { pages: authenticate });
  return function guardPages(ctx, next) {
    const isGuarded = !ctx.found && prefixes.some((prefix) => ctx.call.path.startsWith(prefix));
    return isGuarded ? authenticateRequest(ctx, next, guard, PAGES) : next();
  };
}

async function authenticateRequest(ctx: Context, next: Next, guard: Guard, operation: SecuredOperation): Promise<void> {
  const request = { headers: ctx.req.headers, queryText: ctx.call.queryText };
  const { principals, rejection } = await guard(operation, request);
  ctx.principals = principals;
  if (rejection) ctx.reply = rejection;
  else await next();
}
