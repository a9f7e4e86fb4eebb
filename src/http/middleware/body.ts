import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import type { Context, Middleware } from 'koa';
import { JsonDocument, JsonError } from '../../contract/json-document.js';
import { ClientGoneError, ProblemError, type ProblemReply, problem } from '../problems.js';
import { BufferedRequest } from '../transport/buffered-request.js';
import { TransportError } from '../transport/transport-errors.js';

/** Nested deeper than this, JSON is an attack or an accident; common parsers stop far earlier. */
const MAX_JSON_DEPTH = 512;
const JSON_MEDIA_TYPE = /^application\/(?:json|[a-z0-9!#$&^_.+-]+\+json)$/;
const UTF8_NAMES = new Set(['utf-8', 'utf8', 'us-ascii', 'ascii']);

/**
 * Receives the body of a request whose operation takes one, into `ctx.document`: parsed, or what is wrong with it as
 * JSON, to be reported together with the other errors of the request. What follows has all of the request.
 *
 * @param limitBytes - the largest body that is taken; of a compressed one, once unpacked
 */
export function body(limitBytes: number): Middleware {
  const readCompressed = createInflatingReader();
  return async function body(ctx, next) {
    const { found, call } = ctx;
    if (!found || !('match' in found) || !found.match.operation.requestBody) return next();
    const contentType = ctx.req.headers['content-type'];
    if (contentType !== undefined || hasBody(ctx.req)) {
      const rejected = checkMediaType(contentType);
      if (rejected) {
        ctx.reply = rejected;
        return;
      }
      call.phase = 'receiving';
      ctx.document = documentOf(await readBody(ctx, limitBytes, readCompressed));
    }
    return next();
  };
}

/**
 * Refuses a body that is not JSON in UTF-8, before a byte of it is read.
 *
 * @param contentType - the header as it was sent
 * @returns null where it is fine, else the 415
 */
function checkMediaType(contentType: string | undefined): ProblemReply | null {
  if (contentType === 'application/json') return null;
  const [mediaType = '', ...parameters] = (contentType ?? '').split(';');
  if (!JSON_MEDIA_TYPE.test(mediaType.trim().toLowerCase())) {
    const sent = contentType ? `not ${JSON.stringify(contentType.slice(0, 100))}` : 'and Content-Type must say so';
    return problem('unsupported_media_type', `The body must be application/json, ${sent}.`);
  }
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=');
    const charset = value.trim().replace(/^"(.*)"$/, '$1');
    if (name.trim().toLowerCase() === 'charset' && !UTF8_NAMES.has(charset.toLowerCase())) {
      return problem(
        'unsupported_media_type',
        `JSON is UTF-8 (RFC 8259), not ${JSON.stringify(charset.slice(0, 100))}.`,
      );
    }
  }
  return null;
}

/**
 * Whether the request has a body at all (RFC 9112, section 6.3).
 *
 * @param request - the request, its head complete
 */
function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length'];
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

/**
 * Reads the body of a request.
 *
 * A plain body is collected as it comes: koa-body would cost more than the rest of the request's way in
 * (docs/decisions). A compressed one is rare and needs care, so there koa-body serves.
 *
 * @param ctx - Koa's context of the request
 * @param limitBytes - the largest body that is taken; of a compressed one, once unpacked
 * @param readCompressed - reads a compressed body; see `createInflatingReader`
 * @returns its bytes, unpacked
 * @throws ProblemError for a body that is too large, TransportError for one that is not HTTP, and ClientGoneError
 */
function readBody(ctx: Context, limitBytes: number, readCompressed: CompressedReader): Promise<Buffer> {
  const { req } = ctx;
  const encoding = req.headers['content-encoding'];
  const isPlain = encoding === undefined || encoding === '' || encoding === 'identity';
  if (!isPlain || !(req instanceof BufferedRequest)) return readCompressed(ctx, limitBytes);
  return req.collect(limitBytes).then(
    (bytes) => {
      if (bytes === null) throw tooLarge(limitBytes);
      return bytes;
    },
    (error: unknown) => {
      throw error instanceof TransportError ? error : new ClientGoneError();
    },
  );
}

/**
 * The body as a document, or what is wrong with it as JSON, to be reported together with the other faults of the request.
 *
 * @param bytes - the body
 * @throws ProblemError where it is not UTF-8
 */
function documentOf(bytes: Buffer): JsonDocument | JsonError {
  try {
    return JsonDocument.parse(textOf(bytes), MAX_JSON_DEPTH);
  } catch (error) {
    if (error instanceof JsonError) return error;
    throw error;
  }
}

/**
 * The text of a body, which must be UTF-8 (RFC 8259, section 8.1).
 *
 * @throws ProblemError where it is not
 */
function textOf(bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const detail = 'is not UTF-8';
  throw new ProblemError(problem('malformed_json', 'The body is not UTF-8.', [{ pointer: '', detail }]));
}

/** The 413 that names the limit. */
function tooLarge(limitBytes: number): ProblemError {
  return new ProblemError(problem('body_too_large', `The body is larger than ${limitBytes} bytes.`));
}

/** Reads and unpacks a body that has a content coding. */
type CompressedReader = (ctx: Context, limitBytes: number) => Promise<Buffer>;

/**
 * Reads compressed bodies (gzip, deflate, br) with koa-body, which is loaded when the first one comes.
 */
function createInflatingReader(): CompressedReader {
  return async (ctx, limitBytes) => {
    const { koaBody } = await import('koa-body');
    // Codings are compared without case, and x-gzip is gzip (RFC 9110, sections 8.4.1 and 8.4.1.3); koa-body is exact.
    const coding = (ctx.req.headers['content-encoding'] ?? '').trim().toLowerCase();
    ctx.req.headers['content-encoding'] = coding === 'x-gzip' ? 'gzip' : coding;
    // The bytes are wanted as they are, to be checked as UTF-8: hence 'binary', which maps each to one character.
    const read = koaBody({
      encoding: 'binary',
      textLimit: limitBytes,
      textTypes: ['json', '+json'],
      json: false,
      urlencoded: false,
      multipart: false,
      onError(error) {
        throw error;
      },
    });
    try {
      await read(ctx, async () => {});
    } catch (error) {
      // What is left of the body would stand in front of the next request on this connection.
      ctx.req.unpipe();
      ctx.req.resume();
      throw inflationError(error, limitBytes);
    }
    return Buffer.from(String(ctx.request.body ?? ''), 'latin1');
  };
}

function inflationError(error: unknown, limitBytes: number): unknown {
  const { status, code } = error as { status?: number; code?: string };
  if (status === 413) return tooLarge(limitBytes);
  if (status === 415) {
    return new ProblemError(
      problem('unsupported_media_type', 'Content-Encoding must be gzip, deflate, br or identity.'),
    );
  }
  if (code === 'ECONNRESET' || code === 'ECONNABORTED') return new ClientGoneError();
  if (code?.startsWith('Z_') || code?.startsWith('ERR_')) {
    const detail = 'cannot be unpacked';
    return new ProblemError(problem('malformed_json', 'The body cannot be unpacked.', [{ pointer: '', detail }]));
  }
  return error;
}
