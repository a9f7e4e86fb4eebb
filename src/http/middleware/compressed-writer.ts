import type { IncomingMessage } from 'node:http';
import { constants } from 'node:zlib';
import Koa, { type Context } from 'koa';
import compress from 'koa-compress';
import type { RenderedReply } from '../respond.js';

/** Writes an answer compressed where that is worth it and the client takes it; else it gives false and does nothing. */
export type CompressedWriter = (ctx: Context, rendered: RenderedReply) => boolean;

/** Below this, compressing costs more than it saves. */
const COMPRESS_FROM_BYTES = 1024;
/** Brotli's own default takes 50 times as long for 10 % less. */
const BROTLI_QUALITY = 4;
/** What shrinks. Tables of media types, the usual way to tell, do not know YAML. */
const COMPRESSIBLE = /^(?:text\/.+|application\/(?:json|.+\+json|yaml|javascript))$/;

/**
 * Makes the writer of `--compress`: koa-compress in a Koa of its own, which sees the answers it has something to gain
 * from. All others are written as they are without `--compress`, at no further cost.
 *
 * @param onError - told of what Koa meets while it writes: mostly a socket that broke off
 */
export function createCompressedWriter(onError: (error: unknown) => void): CompressedWriter {
  const answers = new WeakMap<IncomingMessage, RenderedReply>();
  const koa = new Koa();
  koa.on('error', onError);
  koa.use(
    compress({
      threshold: COMPRESS_FROM_BYTES,
      filter: (contentType) => COMPRESSIBLE.test(contentType),
      br: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
    }),
  );
  koa.use((ctx) => {
    const rendered = answers.get(ctx.req);
    if (rendered) put(ctx, rendered);
  });
  const write = koa.callback();
  return (ctx, rendered) => {
    if (!isWorthCompressing(ctx, rendered)) return false;
    answers.set(ctx.req, rendered);
    void write(ctx.req, ctx.res);
    return true;
  };
}

function isWorthCompressing(ctx: Context, { body, bytes }: RenderedReply): boolean {
  const isAtHand = typeof body === 'string' || Buffer.isBuffer(body);
  if (!isAtHand || bytes < COMPRESS_FROM_BYTES || ctx.req.headers['accept-encoding'] === undefined) return false;
  // Where nothing is acceptable, as in `identity;q=0` alone, koa-compress throws: the plain answer is better than none.
  return ctx.acceptsEncodings('br', 'gzip', 'deflate') !== false;
}

function put(ctx: Context, { status, headers, body }: RenderedReply): void {
  // koa-compress leaves HEAD alone, whose headers would be those of another answer than GET's. Node sends no body.
  if (ctx.method === 'HEAD') ctx.method = 'GET';
  ctx.status = status;
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at];
    if (name !== undefined) ctx.append(name, headers[at + 1] ?? '');
  }
  ctx.body = body;
}
