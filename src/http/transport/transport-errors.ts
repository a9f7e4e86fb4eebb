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
 * as its `error`, and the handler responds to it.
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

/** What no handler sees, to get a response all the same. */
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

/** The response to a rejected request. It ends the connection, which is said beside `headers`. */
export interface RefusalResponse {
  readonly status: number;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: string;
}

/** Responds to what no handler sees, and tells log and metrics of it. */
export type Refuse = (rejection: Refusal) => RefusalResponse;

/** The methods the service knows, for the 405 that CONNECT gets (RFC 9110, section 15.5.6). */
export const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, DELETE, OPTIONS';

const CONNECT_DETAIL = 'This is not a proxy.';
const EXPECTATION_DETAIL = 'The only expectation that can be met is 100-continue.';

/** What is wrong with a CONNECT request. */
export function connectError(): TransportError {
  return new TransportError('method_not_allowed', CONNECT_DETAIL);
}

/** What is wrong with a request with an unknown `Expect` (RFC 9110, section 10.1.1). */
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

/** The headers, with those that frame the body and end the connection. */
function framed({ headers, body }: RefusalResponse): string[] {
  return [...headers, 'Content-Length', String(Buffer.byteLength(body)), 'Connection', 'close'];
}

/**
 * The bytes of a response where there is no response object to write it with.
 *
 * @param rejection - the response
 */
export function rawResponse(rejection: RefusalResponse): string {
  const headers = framed(rejection);
  let head = `HTTP/1.1 ${rejection.status} ${STATUS_CODES[rejection.status] ?? ''}\r\nDate: ${new Date().toUTCString()}\r\n`;
  for (let at = 0; at < headers.length; at += 2) head += `${headers[at]}: ${headers[at + 1]}\r\n`;
  return `${head}\r\n${rejection.body}`;
}

/**
 * Responds to a request that no handler sees, and closes its connection.
 *
 * @param response - where to
 * @param rejection - the response
 */
export function writeRefusal(response: ServerResponse, rejection: RefusalResponse): void {
  response.writeHead(rejection.status, framed(rejection));
  response.end(rejection.body);
}
