import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';
import { Readable, Writable } from 'node:stream';
import { brotliDecompressSync, unzipSync } from 'node:zlib';
import type { Context, Middleware } from 'koa';
import type { UploadedFile } from '../../contract/body.js';
import { contentOf, parseMediaType } from '../../contract/media-types.js';
import { ClientGoneError, ProblemError, problem } from '../problems.js';
import { BufferedRequest } from '../transport/buffered-request.js';

const DECOMPRESS = new Map([
  ['gzip', unzipSync],
  ['x-gzip', unzipSync],
  ['deflate', unzipSync],
  ['br', brotliDecompressSync],
]);
const ACCEPTED_CODINGS = 'gzip, deflate, br, identity';

/** RFC 2046, section 5.1.1. */
const BOUNDARY = /^[\w'()+,./:=? -]{1,70}$/;
/** Formidable takes up to 0.1 ms for each. */
const MAX_PARTS = 1000;

/**
 * Receives the body into `ctx.content`. A wrong media type, or a body that is too large or incomplete, is rejected.
 *
 * @param limitBytes - the largest body, after decompression
 */
export function body(limitBytes: number): Middleware {
  return function body(ctx, next) {
    const { req } = ctx;
    const operation = ctx.found?.match.operation;
    if (!operation?.requestBody) return next();
    if (!(req instanceof BufferedRequest)) throw new TypeError('the body of this request cannot be collected');
    const { 'content-type': contentType, 'content-length': length = '0', 'transfer-encoding': coding } = req.headers;
    // RFC 9112, section 6.3.
    const isThere = coding !== undefined || length !== '0';
    if (!isThere && (contentType === undefined || !operation.requestBody.required)) return next();
    const content = contentOf(operation, contentType);
    if (typeof content === 'string') throw new ProblemError(problem('unsupported_media_type', content));
    ctx.call.phase = 'receiving';
    return readBytes(req, limitBytes).then((bytes) => {
      req.hold(bytes.length);
      ctx.content = { content, bytes };
      return next().finally(() => {
        ctx.content = null;
        req.free();
      });
    });
  };
}

/**
 * Decompresses a body, and parses a multipart form, when the request is admitted: many at once would block the process.
 * `limitBytes`: as for `body`.
 */
export function unpacking(limitBytes: number): Middleware {
  return function unpacking(ctx, next) {
    const { content: received, req } = ctx;
    if (!received?.bytes || !(req instanceof BufferedRequest)) return next();
    const decompress = DECOMPRESS.get(codingOf(req));
    if (decompress) {
      const bytes = decompressed(received.bytes, decompress, limitBytes);
      req.hold(bytes.length);
      ctx.content = { content: received.content, bytes };
    }
    return received.content.kind === 'multipart' ? parseMultipart(ctx).then(next) : next();
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

function tooLarge(limitBytes: number, headers: Readonly<Record<string, string>> = {}): ProblemError {
  return new ProblemError({ ...problem('body_too_large', `The body is larger than ${limitBytes} bytes.`), headers });
}

function malformedBody(detail: string): ProblemError {
  return new ProblemError(problem('malformed_json', `The body ${detail}.`, [{ pointer: '', detail }]));
}

/** Reads a body without parsing it. koa-body costs more than everything before it (docs/decisions/0004). */
async function readBytes(req: BufferedRequest, limitBytes: number): Promise<Buffer> {
  const coding = codingOf(req);
  const isPlain = coding === '' || coding === 'identity';
  if (!isPlain && !DECOMPRESS.has(coding)) {
    const detail = `The accepted values of Content-Encoding are: ${ACCEPTED_CODINGS}.`;
    // RFC 9110, section 15.5.16.
    const headers = { 'Accept-Encoding': ACCEPTED_CODINGS };
    throw new ProblemError({ ...problem('unsupported_media_type', detail), headers });
  }
  // Incompressible content gets slightly larger.
  const bytes = await req.collect(isPlain ? limitBytes : limitBytes + limitBytes / 64 + 64).catch((error: unknown) => {
    throw error instanceof ProblemError ? error : new ClientGoneError();
  });
  // It is still arriving, and reading the rest could take forever.
  if (bytes === null) throw tooLarge(limitBytes, { Connection: 'close' });
  return bytes;
}

/** @throws ProblemError if there is none, or too many parts */
function boundaryOf({ headers }: IncomingMessage, bytes: Buffer): string {
  const boundary = parseMediaType(headers['content-type'] ?? '')?.parameters.get('boundary') ?? '';
  if (!BOUNDARY.test(boundary)) throw malformedBody('is not a multipart form');
  let delimiters = 0;
  for (let at = bytes.indexOf(`--${boundary}`); at >= 0; at = bytes.indexOf(`--${boundary}`, at + 1)) delimiters++;
  if (delimiters > MAX_PARTS + 1)
    throw new ProblemError(problem('body_too_large', `The form has more than ${MAX_PARTS} parts.`));
  return boundary;
}

/** Parses the multipart form (RFC 7578) in `ctx.content` with koa-body, which is loaded for the first one. */
async function parseMultipart(ctx: Context): Promise<void> {
  const { content, bytes } = ctx.content ?? {};
  if (!content || !bytes) return;
  const fields = new Map<string, string[]>();
  const files = new Map<string, UploadedFile[]>();
  const chunks = new WeakMap<object, Buffer[]>();
  const names = content.fields.filter(({ value }) => value.kind === 'file').map(({ name }) => name);
  const boundary = boundaryOf(ctx.req, bytes);
  const headers = { ...ctx.req.headers, 'content-type': `multipart/form-data; boundary="${boundary}"` };
  const req = Object.assign(Readable.from(bytes.length > 0 ? [bytes] : []), { headers });
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
      // The body has been received, so it is within its limit.
      ...{ maxFileSize: Infinity, maxTotalFileSize: Infinity, maxFieldsSize: Infinity, maxFields: Infinity },
      allowEmptyFiles: true,
      minFileSize: 0,
      onPart(part, handle) {
        // A part with a file name is a file; other parts may have a media type too (RFC 7578, sections 4.2 and 4.4).
        // Formidable treats every part with a media type as a file.
        const isFile = part.originalFilename !== null || (part.mimetype !== null && names.includes(part.name ?? ''));
        part.mimetype = isFile ? (part.mimetype ?? 'application/octet-stream') : null;
        // The bytes are decoded. Formidable would use `Content-Transfer-Encoding` as a charset, and 8bit would end the process.
        if (!isFile) Object.assign(part, { transferEncoding: 'latin1' });
        handle(part);
      },
      fileWriteStreamHandler(file) {
        const own: Buffer[] = [];
        if (file) chunks.set(file, own);
        return new Writable({
          write(chunk: Buffer, _encoding, done) {
            own.push(chunk);
            done();
          },
        });
      },
    },
  });
  try {
    await parse(Object.create(ctx, { req: { value: req } }), async () => {});
  } catch (error) {
    const { httpCode } = error as { httpCode?: number };
    if (httpCode === 400) throw malformedBody('is not a multipart form');
    if (httpCode === 501) throw malformedBody('has an unknown Content-Transfer-Encoding');
    throw error;
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
  ctx.content = { content, parts: { fields, files } };
}
