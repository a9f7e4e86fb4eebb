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
  /** How long the request was waited for in vain, ms. */
  waitedMs = 0;

  /**
   * @param code - what is wrong
   * @param detail - the same for a person; it never quotes what the client sent
   * @param pointer - where in the request; the empty one is all of it
   */
  constructor(
    readonly code: TransportErrorCode,
    readonly detail: string,
    readonly pointer = '',
  ) {
    super(detail);
    this.name = 'TransportError';
  }
}

/** The methods the service knows, for the 405 that CONNECT gets (RFC 9110, section 15.5.6). */
export const ALLOWED_METHODS = 'GET, HEAD, POST, PUT, DELETE, OPTIONS';

/** What is wrong with a CONNECT request. */
export function connectError(): TransportError {
  return new TransportError('method_not_allowed', 'This is not a proxy.');
}

/** What is wrong with a request with an unknown `Expect` (RFC 9110, section 10.1.1). */
export function expectationError(): TransportError {
  return new TransportError('expectation_failed', 'The only expectation that can be met is 100-continue.');
}

/** What Node adds to an error of its HTTP parser. */
type ParserError = NodeJS.ErrnoException & {
  readonly reason?: string;
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
};

/**
 * What an error of Node's HTTP parser, or of its timeouts, is to the client.
 *
 * @param error - as the server's `clientError` event gives it
 * @returns null for an error of the socket itself, which nobody is left to be told of
 */
export function transportErrorOf(error: ParserError): TransportError | null {
  const { code = '' } = error;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new TransportError('request_timeout', 'The request did not arrive in time.');
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new TransportError('headers_too_large', 'The request line and the headers are too large.');
  }
  if (code === 'HPE_INVALID_EOF_STATE')
    return new TransportError('malformed_request', 'The request ends in the middle.');
  if (!code.startsWith('HPE_')) return null;
  // The parser's reasons are fixed texts ("Invalid header value char") without anything of the request.
  const detail = error.reason ? `The request is not HTTP/1.1: ${error.reason}.` : 'The request is not HTTP/1.1.';
  return new TransportError('malformed_request', detail, pointerOf(error));
}

/** The header whose value the parser did not take, if its line began in the bytes that were read last. */
function pointerOf({ reason, rawPacket, bytesParsed }: ParserError): string {
  if (reason !== 'Invalid header value char') return '';
  const [, name] = /\n([\w-]+):[^\n]*$/.exec(rawPacket?.toString('latin1', 0, bytesParsed) ?? '') ?? [];
  return name === undefined ? '' : `/header/${name.toLowerCase()}`;
}
