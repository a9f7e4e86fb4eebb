import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Context, Middleware } from 'koa';
import { JsonBytes, JsonPieces } from '../contract/json/json-text.js';
import { negotiate } from '../contract/media-types.js';
import { BODILESS_STATUSES } from '../contract/reply.js';
import type { AnyReply, ReplyContent } from '../contract/types.js';
import { CLIENT_GONE_STATUS } from '../observe/facts.js';
import type { RequestContext } from './middleware/request-context.js';
import { defectReply } from './problems.js';
import { checkHeader, SingleWriteResponse } from './transport/single-write-response.js';
import { writePieces } from './write-pieces.js';

declare module 'node:http' {
  interface OutgoingMessage {
    /** As set, not in lower case; missing in Node's types. */
    getRawHeaderNames(): string[];
  }
}

type Body = string | Buffer | Readable | JsonPieces | JsonBytes<unknown> | null;

interface Rendered {
  readonly status: number;
  /** Names and values in turn; null if Koa has set them on Node's response. */
  readonly headers: readonly string[] | null;
  readonly body: Body;
  /** Size of the body; 0 if it is a stream. */
  readonly bytes: number;
}

interface RenderedReply extends Rendered {
  readonly headers: readonly string[];
}

const PROBLEM_JSON = 'application/problem+json';
const PROBLEM_TYPES = ['application/json', PROBLEM_JSON];
/** Headers that describe one response. */
const OF_THE_RESPONSE = ['Content-Type', 'Content-Encoding', 'Content-Length', 'ETag', 'Location', 'Cache-Control'];

/**
 * The only writer of responses. After all other middleware, it sends `ctx.reply`, or Koa's response if a middleware
 * changed that.
 *
 * @param onFailure - called if a response could not be made or written; it becomes a 500 if nothing was sent
 */
export function respond(onFailure: (call: RequestContext, error: unknown) => void): Middleware {
  return async function respond(ctx, next) {
    await next();
    const { call, res } = ctx;
    if (ctx.req.socket.destroyed || res.destroyed) {
      call.stage = call.phase;
      call.status = CLIENT_GONE_STATUS;
      discardReply(ctx.reply);
      res.destroy();
      return;
    }
    try {
      const rest = write(call, res, ctx.reply === null ? renderKoa(ctx) : joined(res, render(ctx, ctx.reply)));
      if (rest) await rest;
    } catch (error) {
      onFailure(call, error);
      discardResponse(ctx);
      // A reset, so that the client does not mistake a part for the whole.
      if (res.headersSent) res.req.socket.resetAndDestroy();
      else await write(call, res, render(ctx, defectReply(call.pendingWrites)));
    }
  };
}

/**
 * Joins the headers of a reply with those that middleware set, and removes the latter from the response, so that it can
 * still be written in one piece. The reply's headers take precedence, except that `Vary` is combined.
 */
function joined(res: ServerResponse, reply: RenderedReply): RenderedReply {
  const names = res.getRawHeaderNames();
  if (names.length === 0) return reply;
  const own = reply.headers;
  const headers = [...own];
  for (const name of names) {
    const lower = name.toLowerCase();
    const at = own.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === lower);
    const value = res.getHeader(name) ?? '';
    if (at < 0) for (const one of [value].flat()) headers.push(name, String(one));
    else if (lower === 'vary') headers[at + 1] = [...new Set(`${value}, ${headers[at + 1]}`.split(', '))].join(', ');
    res.removeHeader(name);
  }
  return { ...reply, headers };
}

/** Gives a reply its final form, with the problem body of an error and the headers of every response. */
function render({ call, found, problems }: Context, reply: AnyReply): RenderedReply {
  const headers = ['X-Request-Id', call.requestId, 'X-Content-Type-Options', 'nosniff', ...call.headers];
  let { body, contentType = 'application/json' } = reply;
  if (reply.problem) {
    const { code } = reply.problem;
    call.errorCode = code;
    body = problems.json(reply.problem, call.requestId, reply.status);
    const declared = found?.match.operation?.replies[reply.status]?.content;
    contentType = problemMediaType(call.request.headers.accept, declared);
    headers.push('Cache-Control', 'no-store');
    const retryAfterSeconds = problems.retryAfterSeconds(code);
    if (retryAfterSeconds !== undefined) headers.push('Retry-After', String(retryAfterSeconds));
  }
  if (reply.headers) {
    for (const name in reply.headers) {
      const value = reply.headers[name];
      if (value === undefined) continue;
      checkHeader(name, value);
      headers.push(name, value);
    }
  }
  // Such a response has neither a body nor a length (RFC 9110, section 8.6).
  const isBodiless = BODILESS_STATUSES.includes(reply.status);
  if (isBodiless) {
    discardReply(reply);
    body = undefined;
  }
  if (body === undefined) {
    if (!isBodiless) headers.push('Content-Length', '0');
    return { status: reply.status, headers, body: null, bytes: 0 };
  }
  checkHeader('Content-Type', contentType);
  headers.push('Content-Type', contentType);
  if (body instanceof Readable || body instanceof JsonPieces) return { status: reply.status, headers, body, bytes: 0 };
  const content =
    typeof body === 'string' || Buffer.isBuffer(body) || body instanceof JsonBytes ? body : JSON.stringify(body);
  const bytes = typeof content === 'string' ? Buffer.byteLength(content) : content.length;
  headers.push('Content-Length', String(bytes));
  return { status: reply.status, headers, body: content, bytes };
}

/**
 * The media type of a problem, of those that the contract declares: the one that the client prefers (RFC 9110, section
 * 12.5.1). Of equal preferences, problem+json counts only if the client names it.
 */
function problemMediaType(accept: string | undefined, content: readonly ReplyContent[] | undefined): string {
  const declared = PROBLEM_TYPES.filter((name) => content?.some(({ mediaType }) => mediaType === name));
  const offered = declared.length === 1 ? declared : [...PROBLEM_TYPES];
  const [first = ''] = offered;
  if (accept?.toLowerCase().includes(PROBLEM_JSON)) offered.reverse();
  return negotiate(accept, offered) ?? first;
}

/** Turns `ctx.reply` into Koa's own response, for middleware that reads or changes it. */
export function materialise(ctx: Context): void {
  const { reply } = ctx;
  if (reply === null) return;
  ctx.reply = null;
  const { status, headers, body } = render(ctx, reply);
  ctx.status = status;
  setHeaders(ctx, headers);
  if (body instanceof JsonBytes) ctx.body = body.whole();
  else if (body !== null) ctx.body = body instanceof JsonPieces ? body.toReadable() : body;
}

/** @param headers - names and values in turn */
function setHeaders(ctx: Context, headers: readonly string[]): void {
  for (let at = 0; at < headers.length; at += 2) {
    const name = headers[at] ?? '';
    const value = headers[at + 1] ?? '';
    if (name === 'Vary') ctx.vary(value);
    else ctx.set(name, value);
  }
}

function renderKoa(ctx: Context): Rendered {
  const { status, res, call } = ctx;
  const isBodiless = BODILESS_STATUSES.includes(status);
  const body = isBodiless ? null : plainBody(ctx.body);
  res.setHeader('X-Request-Id', call.requestId);
  res.setHeader('X-Content-Type-Options', 'nosniff');
  setHeaders(ctx, call.headers);
  if (body instanceof Readable) return { status, headers: null, body, bytes: 0 };
  const bytes = body === null ? 0 : Buffer.byteLength(body);
  if (!isBodiless) res.setHeader('Content-Length', bytes);
  return { status, headers: null, body, bytes };
}

/** Converts each kind of body that Koa accepts to one that Node can write. */
function plainBody(body: unknown): Exclude<Body, JsonPieces | JsonBytes<unknown>> {
  if (body === null || body === undefined) return null;
  if (typeof body === 'string' || Buffer.isBuffer(body) || body instanceof Readable) return body;
  if (body instanceof ReadableStream) return Readable.from(body);
  if (body instanceof Blob) return Readable.from(body.stream());
  if (body instanceof Response) return body.body && Readable.from(body.body);
  return JSON.stringify(body);
}

/** Node omits the body for HEAD and for statuses without one. Resolves when a streamed body has been sent. */
function write(
  call: RequestContext,
  res: ServerResponse,
  { status, headers, body, bytes }: Rendered,
): Promise<void> | undefined {
  call.status = status;
  call.bytes = call.method === 'HEAD' ? 0 : bytes;
  if (body instanceof JsonPieces || body instanceof Readable) {
    if (headers) res.writeHead(status, [...headers]);
    if (call.method !== 'HEAD') return writeStream(call, res, body);
    if (body instanceof Readable) body.destroy();
    res.end();
  } else if (headers && res instanceof SingleWriteResponse && res.canSend) {
    res.send(status, headers, body instanceof JsonBytes ? body.pieces : (body ?? ''));
  } else {
    const content = body instanceof JsonBytes ? body.whole() : body;
    if (headers) res.writeHead(status, [...headers]);
    if (content !== null && res instanceof SingleWriteResponse) res.endInPieces(content);
    else res.end(content);
  }
  return undefined;
}

async function writeStream(call: RequestContext, res: ServerResponse, body: JsonPieces | Readable): Promise<void> {
  if (body instanceof JsonPieces) {
    call.bytes = await writePieces(res, call.client, body);
    return;
  }
  body.on('data', (chunk: Buffer | string) => {
    call.bytes += Buffer.byteLength(chunk);
  });
  try {
    // With `end`, a body that fails would close the response as if it were whole.
    await pipeline(body, res, { end: false });
    res.end();
  } catch (error) {
    // If the client has left, the body has ended with an error too.
    if (!res.destroyed) throw error;
  }
}

/** Discards a response that an error replaces. Headers of middleware (CORS, rate limit) stay. */
export function discardResponse(ctx: Context): void {
  discardReply(ctx.reply);
  ctx.reply = null;
  for (const name of OF_THE_RESPONSE) ctx.remove(name);
  ctx.body = undefined;
}

/** Discards a reply that is not sent, and its stream. */
export function discardReply(reply: AnyReply | null): void {
  if (reply?.body instanceof Readable) reply.body.destroy();
}
