import type { Middleware } from 'koa';

const HEADER = 'Consistency-Token';

/** Stands for the newest state. */
const LATEST = 'latest';

/**
 * Read-your-writes consistency on standbys: each response has a token that the client sends with its next requests,
 * and a standby that has not replayed the token's change does not serve them. A rejected write, or one with an unknown
 * outcome, has a token too, so that the next read is not older.
 */
export function consistency(): Middleware {
  return async function consistency(ctx, next) {
    const { call, req } = ctx;
    const isRead = req.method === 'GET' || req.method === 'HEAD';
    const after = req.headers[HEADER.toLowerCase()]?.toString() ?? '';
    call.consistency = { standby: isRead, after: after.split(/[ \t,]+/).filter(Boolean), token: null };
    await next();
    const token = call.consistency.token ?? (isRead ? null : LATEST);
    if (token !== null) call.headers.push(HEADER, token);
  };
}
