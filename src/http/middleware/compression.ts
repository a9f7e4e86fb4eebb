import { constants } from 'node:zlib';
import type { Middleware } from 'koa';
import type { CompressOptions } from 'koa-compress';
import { codedEtag, codedEtagIn } from '../etag.js';

export { default as compress } from 'koa-compress';

/** Below this, compressing costs more than it saves. */
const COMPRESS_FROM_BYTES = 1024;
/** Brotli's own default takes 50 times as long for 10 % less. */
const BROTLI_QUALITY = 4;
/** What shrinks. Tables of media types, the usual way to tell, do not know YAML. */
const COMPRESSIBLE = /^(?:text\/.+|application\/(?:json|.+\+json|yaml|javascript))$/;

export const COMPRESSION: CompressOptions = {
  threshold: COMPRESS_FROM_BYTES,
  filter: (contentType) => COMPRESSIBLE.test(contentType),
  br: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
};

/**
 * What koa-compress, which comes right after it, leaves to be done:
 * - A compressed representation has an entity tag of its own (RFC 9110, section 8.8.3), and a 304 has the tag it is about.
 * - HEAD gets the headers that GET gets.
 * - Where a client takes no coding at all, not even none, koa-compress throws; the plain response is better than an error.
 */
export function codedEtags(): Middleware {
  return async function codedEtags(ctx, next) {
    if (ctx.method === 'HEAD') ctx.method = 'GET';
    if (ctx.acceptsEncodings('br', 'gzip', 'deflate', 'identity') === false) ctx.compress = false;
    await next();
    const { etag } = ctx.response;
    const coding = ctx.response.get('Content-Encoding');
    if (coding && etag) ctx.response.etag = codedEtag(etag, coding);
    if (ctx.status === 304) ctx.response.etag = codedEtagIn(ctx.get('If-None-Match')) ?? etag;
  };
}
