import type { Middleware } from 'koa';
import type { ContractApi } from '../../contract/dispatch.js';
import type { RouteMatch } from '../../contract/router.js';

export interface FoundRoute {
  readonly api: ContractApi;
  readonly match: RouteMatch;
}

/** Finds the operation, on which limits, access, CORS, logs and metrics depend. */
export function routing(apis: readonly ContractApi[]): Middleware {
  return function routing(ctx, next) {
    const { call } = ctx;
    let found: FoundRoute | null = null;
    for (const api of apis) {
      const match = api.find(call.method, call.path);
      if (match && (match.operation || !found)) found = { api, match };
      if (match?.operation) break;
    }
    ctx.found = found;
    if (found) call.route = found.match.path;
    return next();
  };
}
