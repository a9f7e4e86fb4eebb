import type { Context } from 'koa';
import type { RenderedReply } from './reply-writer.js';

/** Below this, compressing costs more than it saves. */
const COMPRESS_FROM_BYTES = 1024;

/**
 * Whether koa-compress has something to gain here, and may do it.
 *
 * @param ctx - Koa's context of the request
 * @param rendered - the answer
 */
export function isWorthCompressing(ctx: Context, { body, bytes }: RenderedReply): boolean {
  const isAtHand = typeof body === 'string' || Buffer.isBuffer(body);
  if (!isAtHand || bytes < COMPRESS_FROM_BYTES || ctx.req.headers['accept-encoding'] === undefined) return false;
  // Where nothing is acceptable, as in `identity;q=0` alone, koa-compress throws: the plain answer is better than none.
  return ctx.acceptsEncodings('br', 'gzip', 'deflate') !== false;
}

/**
 * Leaves the writing to Koa, so that koa-compress, which stands around the pipeline, sees the body.
 *
 * @param ctx - Koa's context of the request
 * @param rendered - the answer
 */
export function sendThroughKoa(ctx: Context, { status, headers, body }: RenderedReply): void {
  ctx.respond = true;
  // koa-compress leaves HEAD alone, whose headers would be those of another answer than GET's. Node sends no body.
  if (ctx.method === 'HEAD') ctx.method = 'GET';
  ctx.status = status;
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at];
    if (name !== undefined) ctx.append(name, headers[at + 1] ?? '');
  }
  ctx.body = body;
}
