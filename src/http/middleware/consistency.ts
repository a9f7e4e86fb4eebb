import type { Middleware } from 'koa';

const HEADER = 'Consistency-Token';

/** Stands for whatever is newest. */
const LATEST = 'latest';

/**
 * Lets standbys serve reads without a client seeing what is older than its own writes: each response has a token that the
 * client sends with its next requests, and a standby that has not replayed that change does not serve them. A write whose outcome
 * is not known, or that was rejected, has a token as well, so that what the client looks at next is not older than that.
 */
export function consistency(): Middleware {
  return async function consistency(ctx, next) {
    const { call, req } = ctx;
    const isRead = req.method === 'GET' || req.method === 'HEAD';
    const after = req.headers[HEADER.toLowerCase()]?.toString() ?? '';
    call.consistency = { standby: isRead, after: after.split(/[ \t,]+/).filter(Boolean), token: null };
    await next();
    const token = call.consistency.token ?? (isRead ? null : LATEST);
    if (token !== null) ctx.set(HEADER, token);
  };
}
