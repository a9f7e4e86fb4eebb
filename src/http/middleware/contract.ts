import type { Middleware } from 'koa';
import { methodNotAllowed } from '../problems.js';
import { discardReply } from '../respond.js';

/** Dispatches the contract's operations. Other paths are left to the next middleware. */
export function contract(): Middleware {
  return async function contract(ctx, next) {
    const { found, call } = ctx;
    if (found === null) return next();
    const { operation, allow, rawParams } = found.match;
    if (operation === null) {
      ctx.reply = methodNotAllowed(call.method, allow);
      return;
    }
    call.phase = 'handling';
    const reply = await found.api.dispatch(operation, {
      rawParams,
      headers: ctx.req.headers,
      rawHeaders: ctx.req.rawHeaders,
      queryText: call.queryText,
      principals: ctx.principals,
      body: ctx.content,
      call,
    });
    if (call.abandoned) discardReply(reply);
    else ctx.reply = reply;
  };
}
