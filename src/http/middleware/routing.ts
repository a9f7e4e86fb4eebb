import type { Middleware } from 'koa';
import type { ContractApi } from '../../contract/dispatch.js';
import type { MethodMismatch, RouteMatch } from '../../contract/router.js';

export interface FoundOperation {
  readonly api: ContractApi;
  readonly match: RouteMatch;
}

export type FoundRoute = FoundOperation | MethodMismatch;

/** Finds the operation, on which limits, access, CORS, logs and metrics depend. */
export function routing(apis: readonly ContractApi[]): Middleware {
  return function routing(ctx, next) {
    const { call } = ctx;
    const found = findRoute(apis, call.method, call.path);
    ctx.found = found;
    if (found && 'match' in found) {
      call.route = found.match.operation.path;
      call.operationId = found.match.operation.operationId;
    } else if (found) call.route = found.path;
    return next();
  };
}

function findRoute(apis: readonly ContractApi[], method: string, path: string): FoundRoute | null {
  let known: MethodMismatch | null = null;
  for (const api of apis) {
    const found = api.find(method, path);
    if (found && 'operation' in found) return { api, match: found };
    if (found) known ??= found;
  }
  return known;
}
