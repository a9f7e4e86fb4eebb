import { ProblemError, type ProblemReply, problem } from '../problems.js';

/*
 * What can be wrong with malformed HTTP, or with a request that does not arrive. Where its handler is reading the body already, the request
 * emits the error, and the handler responds with it. No detail quotes what the client sent.
 */

/** @param pointer - where in the request; the empty one is all of it */
export function malformed(detail: string, pointer = ''): ProblemError {
  return closing(problem('malformed_request', detail, [{ pointer, detail }]));
}

export function headersTooLarge(detail: string): ProblemError {
  return closing(problem('headers_too_large', detail));
}

export function requestTimeout(detail: string): ProblemError {
  return closing(problem('request_timeout', detail));
}

/** Every method that some path has. */
export const METHODS = 'GET, HEAD, POST, PUT, DELETE, OPTIONS';

/** What is wrong with a CONNECT request: a 405 with the methods that the service knows (RFC 9110, section 15.5.6). */
export function connectError(): ProblemError {
  return closing(problem('method_not_allowed', 'This is not a proxy.'), { Allow: METHODS });
}

/** What is wrong with a request with an unknown `Expect` (RFC 9110, section 10.1.1). */
export function expectationError(): ProblemError {
  return closing(problem('expectation_failed', 'The only supported expectation is 100-continue.'));
}

/** Where the next request begins is unknown. */
function closing(reply: ProblemReply, headers: Readonly<Record<string, string>> = {}): ProblemError {
  return new ProblemError({ ...reply, headers: { Connection: 'close', ...headers } }, true);
}

/** What Node adds to an error of its HTTP parser. */
type ParserError = NodeJS.ErrnoException & {
  readonly reason?: string;
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
};

/**
 * What an error of Node's HTTP parser is to the client.
 *
 * @param error - as the server's `clientError` event gives it
 * @returns null for an error of the socket itself, which nobody is left to be told of
 */
export function parserError(error: ParserError): ProblemError | null {
  const { code = '', reason } = error;
  if (code === 'HPE_HEADER_OVERFLOW') return headersTooLarge('The request line and the headers are too large.');
  if (code === 'HPE_INVALID_EOF_STATE') return malformed('The request is incomplete.');
  if (!code.startsWith('HPE_')) return null;
  // The parser's reasons are fixed texts ("Invalid header value char") without anything of the request.
  const detail = reason ? `The request is malformed HTTP/1.1: ${reason}.` : 'The request is malformed HTTP/1.1.';
  return malformed(detail, pointerOf(error));
}

/** The header whose value the parser did not take, if its line began in the bytes that were read last. */
function pointerOf({ reason, rawPacket, bytesParsed }: ParserError): string {
  if (reason !== 'Invalid header value char') return '';
  const [, name] = /\n([\w-]+):[^\n]*$/.exec(rawPacket?.toString('latin1', 0, bytesParsed) ?? '') ?? [];
  return name === undefined ? '' : `/header/${name.toLowerCase()}`;
}
