import type { Middleware } from 'koa';
import type { AnyReply } from '../../contract/types.js';
import { errorReply, problem, statusProblem } from '../problems.js';
import { discardResponse } from '../respond.js';
import type { RequestContext } from './request-context.js';

/**
 * The only failure exit: everything thrown becomes a problem, by `errorReply`. So does an error status without a body,
 * and a request without a response.
 *
 * @param onFailure - called with unexpected errors, which are defects of the service
 */
export function errorBoundary(onFailure: (call: RequestContext, error: unknown) => void): Middleware {
  return async function errorBoundary(ctx, next) {
    try {
      await next();
      if (ctx.reply === null && ctx.body === undefined) ctx.reply = bareReply(ctx.status);
    } catch (error) {
      const { reply, isUnforeseen, isStaged, cause = null } = errorReply(error, ctx.call.pendingWrites);
      if (isUnforeseen) onFailure(ctx.call, error);
      ctx.call.cause = cause;
      if (isStaged) ctx.call.stage = ctx.call.phase;
      discardResponse(ctx);
      if (reply) ctx.reply = reply;
      else ctx.res.destroy();
    }
  };
}

/** For a status without a body. Koa begins with 404. */
function bareReply(status: number): AnyReply | null {
  if (status < 400) return null;
  if (status === 404) return problem('route_not_found', 'There is nothing at this path.');
  return statusProblem(status, 'There are no further details.');
}
