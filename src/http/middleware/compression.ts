import { constants } from 'node:zlib';
import type { Middleware } from 'koa';
import type { CompressOptions } from 'koa-compress';
import { codedEtag, codedEtagIn } from '../etag.js';

export { default as compress } from 'koa-compress';

/** Below this, compressing costs more than it saves. */
const COMPRESS_FROM_BYTES = 1024;
/** Brotli's default takes 50 times as long for 10 % less. */
const BROTLI_QUALITY = 4;
/** Compressible media types. The usual tables do not know YAML. */
const COMPRESSIBLE = /^(?:text\/.+|application\/(?:json|.+\+json|yaml|javascript))$/;

export const COMPRESSION: CompressOptions = {
  threshold: COMPRESS_FROM_BYTES,
  filter: (contentType) => COMPRESSIBLE.test(contentType),
  br: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
};

/**
 * Completes koa-compress, the next middleware:
 * - A compressed representation gets its own entity tag (RFC 9110, section 8.8.3), and a 304 the tag it is about.
 * - HEAD gets the same headers as GET.
 * - If a client accepts no coding at all, not even identity, koa-compress throws; a plain response is better than an
 *   error.
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
