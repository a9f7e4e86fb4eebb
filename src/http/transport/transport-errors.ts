import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';

/** What can be wrong with a request before it reaches a handler; each is also an `ErrorCode` of the contract. */
export type TransportErrorCode =
  | 'malformed_request'
  | 'headers_too_large'
  | 'request_timeout'
  | 'expectation_failed'
  | 'method_not_allowed';

/**
 * A request that is not HTTP, or did not arrive. Where its handler is reading the body already, the request emits this
 * as its `error`, and the handler answers it.
 */
export class TransportError extends Error {
  /**
   * @param code - what is wrong
   * @param detail - the same for a person; it never quotes what the client sent
   */
  constructor(
    readonly code: TransportErrorCode,
    readonly detail: string,
  ) {
    super(detail);
    this.name = 'TransportError';
  }
}

/** What no handler shall see, to be answered all the same. */
export interface Refusal {
  readonly error: TransportError;
  /** The request, where its head could be read. */
  readonly request: IncomingMessage | null;
  readonly requestId: string;
  /** Of the connection. */
  readonly remoteAddress: string | undefined;
  /** How long it was waited for in vain, ms. */
  readonly waitedMs: number;
}

/** The answer to a refusal. It ends the connection, which is said beside `headers`. */
export interface RefusalAnswer {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** Answers what no handler shall see, and tells log and metrics of it. */
export type Refuse = (refusal: Refusal) => RefusalAnswer;

/** The methods the service knows, for the 405 that CONNECT gets (RFC 9110, section 15.5.6). */
export const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, DELETE, OPTIONS';

const CONNECT_DETAIL = 'This is no proxy.';
const EXPECTATION_DETAIL = 'The only expectation that can be met is 100-continue.';

/** The fault of a CONNECT request. */
export function connectError(): TransportError {
  return new TransportError('method_not_allowed', CONNECT_DETAIL);
}

/** The fault of a request with an unknown `Expect` (RFC 9110, section 10.1.1). */
export function expectationError(): TransportError {
  return new TransportError('expectation_failed', EXPECTATION_DETAIL);
}

/** Whether the parser stopped because the client closed its side in the middle of a request. */
export function isUnexpectedEnd(error: NodeJS.ErrnoException): boolean {
  return error.code === 'HPE_INVALID_EOF_STATE';
}

/**
 * What an error of Node's HTTP parser, or of its timeouts, is to the client.
 *
 * @param error - as the server's `clientError` event gives it
 * @returns null for an error of the socket itself, which nobody is left to be told of
 */
export function transportErrorOf(error: NodeJS.ErrnoException & { readonly reason?: string }): TransportError | null {
  const { code = '' } = error;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new TransportError('request_timeout', 'The request did not arrive in time.');
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new TransportError('headers_too_large', 'The request line and the headers are too large.');
  }
  if (isUnexpectedEnd(error)) return new TransportError('malformed_request', 'The request ends in the middle.');
  if (!code.startsWith('HPE_')) return null;
  // The parser's reasons are fixed texts ("Invalid header value char") without anything of the request.
  const detail = error.reason ? `The request is not HTTP/1.1: ${error.reason}.` : 'The request is not HTTP/1.1.';
  return new TransportError('malformed_request', detail);
}

/**
 * What the parser lets pass although RFC 9112 (sections 2.3, 3.2 and 6.1) forbids it. Node would answer a missing Host
 * itself, but without a body.
 *
 * @param request - a request whose head is complete
 */
export function faultOfHead(request: IncomingMessage): TransportError | null {
  const { httpVersionMajor, httpVersionMinor, headers } = request;
  if (httpVersionMajor !== 1) return new TransportError('malformed_request', 'Only HTTP/1.1 and HTTP/1.0 are spoken.');
  if (httpVersionMinor === 0) {
    if (headers['transfer-encoding'] === undefined) return null;
    return new TransportError('malformed_request', 'HTTP/1.0 has no Transfer-Encoding.');
  }
  if (headers.host === undefined) return new TransportError('malformed_request', 'HTTP/1.1 requires a Host header.');
  if (hostCount(request.rawHeaders) === 1) return null;
  return new TransportError('malformed_request', 'There is more than one Host header.');
}

/** `headers` keeps only the first Host, so that a second one, meant for another server on the way, would be hidden. */
function hostCount(rawHeaders: readonly string[]): number {
  let count = 0;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at];
    if (name?.length === 4 && name.toLowerCase() === 'host') count += 1;
  }
  return count;
}

/** The headers, with those that frame the body and end the connection. */
function framed({ headers, body }: RefusalAnswer): string[] {
  return [...headers, 'Content-Length', String(Buffer.byteLength(body)), 'Connection', 'close'];
}

/**
 * The bytes of an answer where there is no response object to write it with.
 *
 * @param answer - what is answered
 */
export function rawAnswer(answer: RefusalAnswer): string {
  const headers = framed(answer);
  let head = `HTTP/1.1 ${answer.status} ${STATUS_CODES[answer.status] ?? ''}\r\nDate: ${new Date().toUTCString()}\r\n`;
  for (let at = 0; at < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`;
  return `${head}\r\n${answer.body}`;
}

/**
 * Answers a request that no handler shall see, and closes its connection.
 *
 * @param response - where to
 * @param answer - what is answered
 */
export function writeRefusal(response: ServerResponse, answer: RefusalAnswer): void {
  response.writeHead(answer.status, framed(answer));
  response.end(answer.body);
}
