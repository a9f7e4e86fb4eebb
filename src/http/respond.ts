import type { ServerResponse } from 'node:http';
import { pipeline, Readable } from 'node:stream';
import type { AnyReply } from '../contract/contract.js';
import type { Exchange } from './exchange.js';
import { PROBLEM_TABLE, problemJson } from './problems.js';
import { WholeResponse } from './transport/whole-response.js';

/** A reply in its final form, ready for the wire. */
export interface RenderedReply {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: string | Buffer | Readable | null;
  /** Size of the body. */
  readonly bytes: number;
}

export const PROBLEM_JSON = 'application/problem+json';
/** A weight of zero: not acceptable. */
const REFUSED = /^\s*q=0(?:\.0*)?\s*$/i;

/**
 * Gives a reply its final form: the problem body of an error, and the headers that every answer carries.
 *
 * @param reply - what the handler returned
 * @param exchange - the request it answers
 */
export function renderReply(reply: AnyReply, exchange: Exchange): RenderedReply {
  const headers = ['X-Request-Id', exchange.requestId, 'X-Content-Type-Options', 'nosniff'];
  let body = reply.body ?? null;
  let contentType = reply.contentType ?? 'application/json';
  if (reply.problem) {
    const { code } = reply.problem;
    exchange.errorCode = code;
    body = problemJson(reply.problem, exchange.requestId);
    if (asksForProblemJson(exchange.request.headers.accept)) contentType = PROBLEM_JSON;
    headers.push('Cache-Control', 'no-store');
    const { retryAfterSeconds } = PROBLEM_TABLE[code];
    if (retryAfterSeconds !== undefined) headers.push('Retry-After', String(retryAfterSeconds));
  }
  if (reply.headers) {
    for (const name in reply.headers) {
      const value = reply.headers[name];
      if (value !== undefined) headers.push(name, value);
    }
  }
  if (exchange.extraHeaders) headers.push(...exchange.extraHeaders);
  if (body === null) {
    if (!isBodiless(reply.status)) headers.push('Content-Length', '0');
    return { status: reply.status, headers, body, bytes: 0 };
  }
  if (body instanceof Readable) {
    headers.push('Content-Type', contentType);
    return { status: reply.status, headers, body, bytes: Number(reply.headers?.['Content-Length'] ?? 0) };
  }
  const content = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const bytes = Buffer.byteLength(content);
  headers.push('Content-Type', contentType, 'Content-Length', String(bytes));
  return { status: reply.status, headers, body: content, bytes };
}

/**
 * Writes a reply, unless the request was answered already. Node leaves the body out where HEAD or the status forbid it.
 *
 * @param response - where to
 * @param rendered - what
 */
export function writeReply(response: ServerResponse, { status, headers, body, bytes }: RenderedReply): void {
  const isAscii = body === null || (typeof body === 'string' && body.length === bytes);
  if (isAscii && response instanceof WholeResponse && response.canSendWhole) {
    response.sendWhole(status, headers, body ?? '');
    return;
  }
  response.writeHead(status, headers);
  if (body === null) response.end();
  else if (!(body instanceof Readable)) response.end(body);
  else if (response.req.method !== 'HEAD') pipeline(body, response, () => {});
  else {
    body.destroy();
    response.end();
  }
}

/**
 * Lets go of a reply that is not sent: nobody would read its stream to the end.
 *
 * @param reply - what the handler returned
 */
export function discardReply(reply: AnyReply | null): void {
  if (reply?.body instanceof Readable) reply.body.destroy();
}

/** Whether a client names the media type among those it takes (RFC 9110, section 12.5.1); a wildcard does not ask for it. */
export function asksForProblemJson(accept: string | undefined): boolean {
  if (accept === undefined) return false;
  return accept.split(',').some((range) => {
    const [mediaType = '', ...parameters] = range.split(';');
    return mediaType.trim().toLowerCase() === PROBLEM_JSON && !parameters.some((text) => REFUSED.test(text));
  });
}

/** Statuses whose answers have neither a body nor its length (RFC 9110, section 8.6). */
function isBodiless(status: number): boolean {
  return status === 204 || status === 304;
}
