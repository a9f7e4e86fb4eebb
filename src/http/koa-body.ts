/** Bodies that koa-body reads, which is loaded when the first one comes: compressed ones, and multipart forms. */
import { Writable } from 'node:stream';
import type { Context } from 'koa';
import type { KoaBodyMiddlewareOptions } from 'koa-body';
import type { MultipartParts, UploadedFile } from '../contract/body.js';
import { ClientGoneError, ProblemError, problem, tooLarge } from './problems.js';

/**
 * Reads and unpacks a body that has a content coding: gzip, deflate or br.
 *
 * @param limitBytes - the largest body that is taken, once unpacked
 */
export async function readInflated(ctx: Context, limitBytes: number): Promise<Buffer> {
  // Codings are compared without case, and x-gzip is gzip (RFC 9110, sections 8.4.1 and 8.4.1.3); koa-body is exact.
  const coding = (ctx.req.headers['content-encoding'] ?? '').trim().toLowerCase();
  ctx.req.headers['content-encoding'] = coding === 'x-gzip' ? 'gzip' : coding;
  // koa-body reads text of any media type it is told; the bytes are wanted as they are, to be checked as UTF-8: hence
  // 'binary', which maps each to one character.
  await read(ctx, limitBytes, { encoding: 'binary', textLimit: limitBytes, textTypes: ['*/*'], multipart: false });
  return Buffer.from(String(ctx.request.body ?? ''), 'latin1');
}

/** Reads a multipart form (RFC 7578) into memory. */
export async function readMultipart(ctx: Context, limitBytes: number): Promise<MultipartParts> {
  if (Number(ctx.req.headers['content-length']) > limitBytes) throw tooLarge(limitBytes);
  if (ctx.req.headers['content-encoding'] !== undefined) throw unknownCoding('identity');
  const fields = new Map<string, string[]>();
  const files = new Map<string, UploadedFile[]>();
  const chunks = new WeakMap<object, Buffer[]>();
  await read(ctx, limitBytes, {
    multipart: true,
    text: false,
    formidable: {
      maxFileSize: limitBytes,
      maxTotalFileSize: limitBytes,
      maxFieldsSize: limitBytes,
      allowEmptyFiles: true,
      minFileSize: 0,
      fileWriteStreamHandler(file) {
        const own: Buffer[] = [];
        if (file) chunks.set(file, own);
        return new Writable({
          write(chunk: Buffer, _encoding, done) {
            own.push(Buffer.from(chunk));
            done();
          },
        });
      },
    },
  });
  for (const [name, value] of Object.entries(Object(ctx.request.body))) fields.set(name, [value].flat().map(String));
  for (const [name, value] of Object.entries(ctx.request.files ?? {})) {
    const own = [value].flat().map((file) => ({
      filename: file.originalFilename ?? '',
      mediaType: file.mimetype ?? 'application/octet-stream',
      bytes: Buffer.concat(chunks.get(file) ?? []),
    }));
    files.set(name, own);
  }
  return { fields, files };
}

async function read(ctx: Context, limitBytes: number, options: Partial<KoaBodyMiddlewareOptions>): Promise<void> {
  const { koaBody } = await import('koa-body');
  const parse = koaBody({
    json: false,
    urlencoded: false,
    onError(error) {
      throw error;
    },
    ...options,
  });
  try {
    await parse(ctx, async () => {});
  } catch (error) {
    // What is left of the body would stand in front of the next request on this connection.
    ctx.req.unpipe();
    ctx.req.resume();
    throw readingError(error, limitBytes);
  }
}

function readingError(error: unknown, limitBytes: number): unknown {
  const { status, httpCode, code } = error as { status?: number; httpCode?: number; code?: string | number };
  if (status === 413 || httpCode === 413) return tooLarge(limitBytes);
  if (status === 415) return unknownCoding('gzip, deflate, br or identity');
  if (code === 'ECONNRESET' || code === 'ECONNABORTED') return new ClientGoneError();
  if (httpCode === 400) return malformed('is not a multipart form');
  if (typeof code === 'string' && /^(Z|ERR)_/.test(code)) return malformed('cannot be unpacked');
  return error;
}

function unknownCoding(codings: string): ProblemError {
  return new ProblemError(problem('unsupported_media_type', `Content-Encoding must be ${codings}.`));
}

function malformed(detail: string): ProblemError {
  return new ProblemError(problem('malformed_json', `The body ${detail}.`, [{ pointer: '', detail }]));
}
