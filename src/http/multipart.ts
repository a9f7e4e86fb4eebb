/** Multipart forms, read with koa-body, which is loaded for the first one. */
import { Writable } from 'node:stream';
import type { Context } from 'koa';
import type { MultipartParts, UploadedFile } from '../contract/body.js';
import type { RequestContent } from '../contract/types.js';
import { ClientGoneError, malformedBody, stillTooLarge, unknownCoding } from './problems.js';

/**
 * RFC 7578, into memory.
 *
 * @param content - the fields in the contract
 */
export async function readMultipart(
  ctx: Context,
  content: RequestContent,
  limitBytes: number,
): Promise<MultipartParts> {
  if (Number(ctx.req.headers['content-length']) > limitBytes) throw stillTooLarge(limitBytes);
  if (ctx.req.headers['content-encoding'] !== undefined) throw unknownCoding('identity');
  const fields = new Map<string, string[]>();
  const files = new Map<string, UploadedFile[]>();
  const chunks = new WeakMap<object, Buffer[]>();
  const names = content.fields.filter(({ value }) => value.kind === 'file').map(({ name }) => name);
  const { koaBody } = await import('koa-body');
  const parse = koaBody({
    multipart: true,
    json: false,
    urlencoded: false,
    text: false,
    onError(error) {
      throw error;
    },
    formidable: {
      maxFileSize: limitBytes,
      maxTotalFileSize: limitBytes,
      maxFieldsSize: limitBytes,
      allowEmptyFiles: true,
      minFileSize: 0,
      onPart(part, handle) {
        // What has a file name is a file, and a field may have a media type (RFC 7578, sections 4.2 and 4.4). Formidable takes
        // what has a media type for a file.
        const isFile = part.originalFilename !== null || (part.mimetype !== null && names.includes(part.name ?? ''));
        part.mimetype = isFile ? (part.mimetype ?? 'application/octet-stream') : null;
        handle(part);
      },
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
  try {
    await parse(ctx, async () => {});
  } catch (error) {
    // The rest of the body would precede the next request on this connection.
    ctx.req.unpipe();
    ctx.req.resume();
    throw readingError(error, limitBytes);
  }
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

function readingError(error: unknown, limitBytes: number): unknown {
  const { httpCode, code } = error as { httpCode?: number; code?: string | number };
  if (httpCode === 413) return stillTooLarge(limitBytes);
  if (code === 'ECONNRESET' || code === 'ECONNABORTED') return new ClientGoneError();
  if (httpCode === 400) return malformedBody('is not a multipart form');
  return error;
}
