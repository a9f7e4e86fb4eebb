import type { Middleware } from 'koa';
import type { AnyReply } from '../../contract/types.js';
import { errorReply, problem, statusProblem } from '../problems.js';
import { discardReply } from '../respond.js';
import type { RequestContext } from './request-context.js';

/** Headers of a response that an error takes the place of. Those of middleware (CORS, rate limit) stay. */
const OF_THE_RESPONSE = ['Content-Type', 'Content-Encoding', 'Content-Length', 'ETag', 'Location', 'Cache-Control'];

/**
 * The only failure exit: whatever is thrown becomes a problem, by `errorReply`. So does an error status without a body,
 * and a request that nothing responds to.
 *
 * @param onFailure - told of errors that nobody foresaw, which are the service's own
 */
export function errorBoundary(onFailure: (call: RequestContext, error: unknown) => void): Middleware {
  return async function errorBoundary(ctx, next) {
    try {
      await next();
      if (ctx.reply === null && ctx.body === undefined) ctx.reply = bareReply(ctx.status);
    } catch (error) {
      const { reply, isUnforeseen, isStaged, cause = null } = errorReply(error);
      if (isUnforeseen) onFailure(ctx.call, error);
      ctx.call.cause = cause;
      if (isStaged) ctx.call.stage = ctx.call.phase;
      discardReply(ctx.reply);
      ctx.reply = null;
      for (const name of OF_THE_RESPONSE) ctx.remove(name);
      ctx.body = undefined;
      if (reply) ctx.reply = reply;
      else ctx.res.destroy();
    }
  };
}

/** For a status that came without a body. 404 is what Koa begins with. */
function bareReply(status: number): AnyReply | null {
  if (status < 400) return null;
  if (status === 404) return problem('route_not_found', 'There is nothing at this path.');
  return statusProblem(status, 'There are no further details.');
}
