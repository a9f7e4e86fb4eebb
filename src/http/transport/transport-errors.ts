import { ProblemError, type ProblemReply, problem } from '../problems.js';

/*
 * Errors of malformed or incomplete requests. If the handler is already reading the body, the request emits the error,
 * and the handler responds with it. No detail quotes the client's input.
 */

/** @param pointer - the invalid part of the request; '' is all of it */
export function malformed(detail: string, pointer = ''): ProblemError {
  return closing(problem('malformed_request', detail, [{ pointer, detail }]));
}

export function headersTooLarge(detail: string): ProblemError {
  return closing(problem('headers_too_large', detail));
}

export function requestTimeout(detail: string): ProblemError {
  return closing(problem('request_timeout', detail));
}

export const METHODS = 'GET, HEAD, POST, PUT, DELETE, OPTIONS';

/** The error of a CONNECT request: a 405 with the supported methods (RFC 9110, section 15.5.6). */
export function connectError(): ProblemError {
  return closing(problem('method_not_allowed', 'This is not a proxy.'), { Allow: METHODS });
}

/** The error of an unknown `Expect` (RFC 9110, section 10.1.1). */
export function expectationError(): ProblemError {
  return closing(problem('expectation_failed', 'The only supported expectation is 100-continue.'));
}

/** The start of the next request is unknown. */
function closing(reply: ProblemReply, headers: Readonly<Record<string, string>> = {}): ProblemError {
  return new ProblemError({ ...reply, headers: { Connection: 'close', ...headers } }, true);
}

type ParserError = NodeJS.ErrnoException & {
  readonly reason?: string;
  readonly rawPacket?: Buffer;
  readonly bytesParsed?: number;
};

/** Converts an error of the `clientError` event. Null for a socket error, after which no response is possible. */
export function parserError(error: ParserError): ProblemError | null {
  const { code = '', reason } = error;
  if (code === 'HPE_HEADER_OVERFLOW') return headersTooLarge('The request line and the headers are too large.');
  if (code === 'HPE_INVALID_EOF_STATE') return malformed('The request is incomplete.');
  if (!code.startsWith('HPE_')) return null;
  // The parser's reasons are fixed texts ("Invalid header value char") without client input.
  const detail = reason ? `The request is malformed HTTP/1.1: ${reason}.` : 'The request is malformed HTTP/1.1.';
  return malformed(detail, pointerOf(error));
}

/** The header with the invalid value, if its line began in the last packet. */
function pointerOf({ reason, rawPacket, bytesParsed }: ParserError): string {
  if (reason !== 'Invalid header value char') return '';
  const [, name] = /\n([\w-]+):[^\n]*$/.exec(rawPacket?.toString('latin1', 0, bytesParsed) ?? '') ?? [];
  return name === undefined ? '' : `/header/${name.toLowerCase()}`;
}
