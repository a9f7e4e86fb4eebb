import type { Middleware } from 'koa';
import type { ContractApi } from '../../contract/dispatch.js';
import type { MethodMismatch, RouteMatch } from '../../contract/router.js';

export type FoundRoute = { readonly api: ContractApi; readonly match: RouteMatch } | MethodMismatch;

/** Finds the operation, on which limits, access, CORS, logs and metrics depend. */
export function routing(apis: readonly ContractApi[]): Middleware {
  return function routing(ctx, next) {
    const { call } = ctx;
    ctx.found = null;
    for (const api of apis) {
      const match = api.find(call.method, call.path);
      if (match && 'operation' in match) {
        ctx.found = { api, match };
        call.route = match.operation.path;
        break;
      }
      ctx.found ??= match;
    }
    if (ctx.found && 'allow' in ctx.found) call.route = ctx.found.path;
    return next();
  };
}
