import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import type { ReceivedBody } from '../../contract/body.js';
import { contentOf } from '../../contract/media-types.js';
import type { CompiledOperation } from '../../contract/types.js';
import { readInflated, readMultipart } from '../koa-body.js';
import { ClientGoneError, ProblemError, problem, tooLarge } from '../problems.js';
import { BufferedRequest } from '../transport/buffered-request.js';

/**
 * Receives the body of a request whose operation takes one, into `ctx.content`. What follows has all of the request.
 *
 * @param limitBytes - the largest body that is taken; of a compressed one, once unpacked
 */
export function body(limitBytes: number): Middleware {
  return function body(ctx, next) {
    const { found } = ctx;
    const operation = found && 'match' in found ? found.match.operation : null;
    if (!operation?.requestBody) return next();
    return receive(ctx, operation, limitBytes).then((content) => {
      ctx.content = content;
      return next();
    });
  };
}

/** @throws ProblemError for a body of another media type, one that is too large, or one that does not arrive; ClientGoneError */
async function receive(ctx: Context, operation: CompiledOperation, limitBytes: number): Promise<ReceivedBody | null> {
  const contentType = ctx.req.headers['content-type'];
  const isThere = hasBody(ctx.req);
  if (!isThere && (contentType === undefined || operation.requestBody?.required === false)) return null;
  const content = contentOf(operation, contentType);
  if (typeof content === 'string') throw new ProblemError(problem('unsupported_media_type', content));
  ctx.call.phase = 'receiving';
  if (content.kind !== 'multipart') return { content, bytes: await readBytes(ctx, limitBytes) };
  return { content, parts: await readMultipart(ctx, limitBytes) };
}

/** Whether the request has a body at all (RFC 9112, section 6.3). */
function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/**
 * Reads the body of a request, unpacked.
 *
 * A plain body is collected as it comes: koa-body would cost more than the rest of the request's way in
 * (docs/decisions). A compressed one is rare and needs care, so there koa-body serves.
 */
async function readBytes(ctx: Context, limitBytes: number): Promise<Buffer> {
  const { req } = ctx;
  const encoding = req.headers['content-encoding'];
  const isPlain = encoding === undefined || encoding === '' || encoding === 'identity';
  if (!isPlain || !(req instanceof BufferedRequest)) {
    return readInflated(ctx, limitBytes);
  }
  const bytes = await req.collect(limitBytes).catch((error: unknown) => {
    throw error instanceof ProblemError ? error : new ClientGoneError();
  });
  if (bytes === null) throw tooLarge(limitBytes);
  return bytes;
}
