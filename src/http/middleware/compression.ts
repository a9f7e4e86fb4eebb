import { Readable, Transform } from 'node:stream';
import { constants } from 'node:zlib';
import type { Middleware } from 'koa';
import compress from 'koa-compress';
import { JsonBytes } from '../../contract/json/json-text.js';
import type { AnyReply } from '../../contract/types.js';
import { codedEtag, codedEtagIn } from '../etag.js';

/** Below this, compressing costs more than it saves. */
const COMPRESS_FROM_BYTES = 1024;
/** Brotli's default takes 50 times as long for 10 % less. */
const BROTLI_QUALITY = 4;
/** Compressible media types. The usual tables do not know YAML. */
const COMPRESSIBLE = /^(?:text\/.+|application\/(?:json|.+\+json|yaml|javascript))$/;

/**
 * Compresses responses with koa-compress, and completes it:
 * - A compressed representation gets its own entity tag (RFC 9110, section 8.8.3), and a 304 the tag that it confirms.
 * - HEAD gets the same headers as GET.
 * - If making the body fails, the response ends.
 * - If a client accepts no coding at all, not even identity, koa-compress throws; a plain response is better than an
 *   error.
 * - A reply that is not compressed stays a reply: making it Koa's response would take half as long as a get.
 */
export function compression(): Middleware {
  const compressed = compress({
    threshold: COMPRESS_FROM_BYTES,
    filter: (contentType) => COMPRESSIBLE.test(contentType),
    br: { params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY } },
  });

  return async function compression(ctx, next) {
    ctx.call.headers.push('Vary', 'Accept-Encoding');
    await next();
    const accepted = ctx.req.headers['accept-encoding'];
    if (ctx.reply && ctx.reply.status !== 304 && (accepted === undefined || isSmall(ctx.reply))) return;
    if (ctx.method === 'HEAD') ctx.method = 'GET';
    if (ctx.acceptsEncodings('br', 'gzip', 'deflate', 'identity') === false) ctx.compress = false;
    const source: unknown = ctx.body;
    await compressed(ctx, () => Promise.resolve());
    const { body } = ctx;
    // koa-compress joins them with `pipe`, which does not forward errors: the response would never end.
    if (source instanceof Readable && body instanceof Transform) source.once('error', (error) => body.destroy(error));
    const { etag } = ctx.response;
    const coding = ctx.response.get('Content-Encoding');
    if (coding && etag) ctx.response.etag = codedEtag(etag, coding);
    if (ctx.status === 304) ctx.response.etag = codedEtagIn(ctx.get('If-None-Match'), etag) ?? etag;
  };
}

function isSmall({ body }: AnyReply): boolean {
  if (typeof body === 'string') return Buffer.byteLength(body) < COMPRESS_FROM_BYTES;
  return (Buffer.isBuffer(body) || body instanceof JsonBytes) && body.length < COMPRESS_FROM_BYTES;
}
