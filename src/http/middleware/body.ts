import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Writable } from 'node:stream';
import { brotliDecompressSync, unzipSync } from 'node:zlib';
import type { Context, Middleware } from 'koa';
import type { MultipartParts, ReceivedBody, UploadedFile } from '../../contract/body.js';
import { contentOf } from '../../contract/media-types.js';
import type { CompiledOperation, RequestContent } from '../../contract/types.js';
import {
  ClientGoneError,
  malformedBody,
  ProblemError,
  problem,
  stillTooLarge,
  tooLarge,
  unknownCoding,
} from '../problems.js';
import { BufferedRequest } from '../transport/buffered-request.js';

const DECOMPRESS = new Map([
  ['gzip', unzipSync],
  ['x-gzip', unzipSync],
  ['deflate', unzipSync],
  ['br', brotliDecompressSync],
]);

/** Receives the body into `ctx.content`. @param limitBytes - the largest body, after decompression */
export function body(limitBytes: number): Middleware {
  return function body(ctx, next) {
    const { found, req } = ctx;
    const operation = found && 'match' in found ? found.match.operation : null;
    if (!operation?.requestBody) return next();
    if (!(req instanceof BufferedRequest)) throw new TypeError('the body of this request cannot be collected');
    return receive(ctx, req, operation, limitBytes).then((content) => {
      if (content === null) return next();
      req.hold(content.bytes?.length ?? req.receivedBytes);
      ctx.content = content;
      return next().finally(() => {
        ctx.content = null;
        req.free();
      });
    });
  };
}

/**
 * Decompresses a body when the request is admitted: many at once would block the process. `limitBytes`: as for `body`.
 */
export function decompression(limitBytes: number): Middleware {
  return function decompression(ctx, next) {
    const { content, req } = ctx;
    if (!content?.bytes || !(req instanceof BufferedRequest)) return next();
    const decompress = DECOMPRESS.get(codingOf(req));
    if (!decompress) return next();
    const bytes = decompressed(content.bytes, decompress, limitBytes);
    req.hold(bytes.length);
    ctx.content = { content: content.content, bytes };
    return next();
  };
}

/** What Node gives with `info`, which its types do not show. */
interface Decompressed {
  readonly buffer: Buffer;
  readonly engine: { readonly bytesWritten: number };
}

function decompressed(bytes: Buffer, decompress: typeof unzipSync, limitBytes: number): Buffer {
  let result: Decompressed;
  try {
    result = Object(decompress(bytes, { maxOutputLength: limitBytes, info: true }));
  } catch (error) {
    throw error instanceof RangeError ? tooLarge(limitBytes) : malformedBody('cannot be decompressed');
  }
  // Node ignores what follows; another server in between may not.
  if (result.engine.bytesWritten < bytes.length) throw malformedBody('has bytes after its compressed content');
  return result.buffer;
}

/** Codings are case-insensitive, and x-gzip is gzip (RFC 9110, sections 8.4.1 and 8.4.1.3). */
function codingOf(request: IncomingMessage): string {
  return request.headers['content-encoding']?.trim().toLowerCase() ?? '';
}

/** @throws ProblemError for a wrong media type, or a body that is too large or incomplete; ClientGoneError */
async function receive(
  ctx: Context,
  req: BufferedRequest,
  operation: CompiledOperation,
  limitBytes: number,
): Promise<ReceivedBody | null> {
  const { 'content-type': contentType, 'content-length': length = '0', 'transfer-encoding': coding } = req.headers;
  // RFC 9112, section 6.3.
  const isThere = coding !== undefined || length !== '0';
  if (!isThere && (contentType === undefined || operation.requestBody?.required === false)) return null;
  const content = contentOf(operation, contentType);
  if (typeof content === 'string') throw new ProblemError(problem('unsupported_media_type', content));
  ctx.call.phase = 'receiving';
  if (content.kind !== 'multipart') return { content, bytes: await readBytes(req, limitBytes) };
  return { content, parts: await readMultipart(ctx, content, limitBytes) };
}

/** Reads a body without parsing it. koa-body costs more than everything before it (docs/decisions/0004). */
async function readBytes(req: BufferedRequest, limitBytes: number): Promise<Buffer> {
  const coding = codingOf(req);
  const isPlain = coding === '' || coding === 'identity';
  if (!isPlain && !DECOMPRESS.has(coding)) throw unknownCoding('gzip, deflate, br, identity');
  // Incompressible content gets slightly larger.
  const bytes = await req.collect(isPlain ? limitBytes : limitBytes + limitBytes / 64 + 64).catch((error: unknown) => {
    throw error instanceof ProblemError ? error : new ClientGoneError();
  });
  if (bytes === null) throw stillTooLarge(limitBytes);
  return bytes;
}

/**
 * Reads a multipart form (RFC 7578) into memory with koa-body, which is loaded for the first one.
 *
 * @param content - the fields in the contract
 */
async function readMultipart(ctx: Context, content: RequestContent, limitBytes: number): Promise<MultipartParts> {
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
      maxFields: Infinity,
      allowEmptyFiles: true,
      minFileSize: 0,
      onPart(part, handle) {
        // What has a file name is a file, and a field may have a media type (RFC 7578, sections 4.2 and 4.4). Formidable takes
        // what has a media type for a file.
        const isFile = part.originalFilename !== null || (part.mimetype !== null && names.includes(part.name ?? ''));
        part.mimetype = isFile ? (part.mimetype ?? 'application/octet-stream') : null;
        // The bytes, already decoded. Formidable would take `Content-Transfer-Encoding` for a charset, and end the process for 8bit.
        if (!isFile) Object.assign(part, { transferEncoding: 'latin1' });
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
  for (const [name, value] of Object.entries(Object(ctx.request.body))) {
    const own = [value].flat().map((text) => Buffer.from(String(text), 'latin1'));
    if (!own.every(isUtf8)) throw malformedBody('is not UTF-8');
    fields.set(name, own.map(String));
  }
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
  if (httpCode === 501) return malformedBody('has an unknown Content-Transfer-Encoding');
  return error;
}
