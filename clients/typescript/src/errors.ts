import type { ErrorCode, InvalidField, Problem } from './types.js';

/**
 * The client's own error codes, besides those of the service:
 * - `network_error`: there was no response; a write may have happened
 * - `timeout`: there was no response in time; a write may have happened
 * - `unexpected_response`: the response does not come from the service, but for example from a proxy
 */
export type ClientErrorCode = 'network_error' | 'timeout' | 'unexpected_response';

/** The codes of the contract and of this client; a later version of the service may send others. */
export type PaymentsErrorCode = ErrorCode | ClientErrorCode | (string & Record<never, never>);

export interface PaymentsErrorDetails {
  readonly code: PaymentsErrorCode;
  /** The HTTP status; 0 without a response. */
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly InvalidField[];
  readonly method: string;
  readonly url: string;
  readonly requestId: string;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Any failure of a call, except an aborted signal, whose reason is thrown. */
export class PaymentsError extends Error {
  override readonly name = 'PaymentsError';
  /** The machine-readable error. The service may add codes: treat unknown ones by `status`. */
  readonly code: PaymentsErrorCode;
  readonly status: number;
  readonly detail: string;
  /** All invalid fields of the request, for `validation_failed`; otherwise empty. */
  readonly errors: readonly InvalidField[];
  readonly method: string;
  readonly url: string;
  /** Include it in a problem report: it leads to the call in the service's log. */
  readonly requestId: string;
  /** The time that the service asks to wait before the next attempt. */
  readonly retryAfterMs: number;

  constructor(details: PaymentsErrorDetails) {
    const { code, status, detail, errors = [], method, url, requestId, retryAfterMs = 0, cause } = details;
    super(messageOf(details), cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.errors = errors;
    this.method = method;
    this.url = url;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether a write may have happened despite this error. */
  get outcomeUnknown(): boolean {
    return (
      this.code === 'outcome_unknown' ||
      this.status === 0 ||
      (this.code === 'unexpected_response' && (this.status < 300 || this.status >= 500))
    );
  }

  /** Whether the same call may succeed later. */
  get isTransient(): boolean {
    return this.outcomeUnknown || this.status === 408 || this.status === 429 || this.status === 503;
  }
}

/** One line: the code, the first invalid field, the request, and the cause. */
function messageOf({ code, detail, errors = [], method, url, cause }: PaymentsErrorDetails): string {
  const [first, ...others] = errors;
  const field = first ? `${first.pointer} ${first.detail}` : detail;
  const more = others.length > 0 ? ` (and ${others.length} more)` : '';
  const reason = rootCause(cause);
  return `${code}: ${field}${more} [${method} ${url}]${reason ? `: ${reason}` : ''}`;
}

/** The message of the innermost cause, at most ten deep: `fetch` hides the reason there. */
function rootCause(cause: unknown, depth = 0): string {
  if (!(cause instanceof Error)) return cause === undefined ? '' : textOf(cause);
  if (cause.cause !== undefined && depth < 10) return rootCause(cause.cause, depth + 1);
  // A host with several addresses has several errors, and an empty message.
  if (cause instanceof AggregateError && cause.errors.length > 0 && depth < 10) {
    return rootCause(cause.errors[0], depth + 1);
  }
  return cause.message;
}

/** Objects without a prototype cannot become text. */
function textOf(value: unknown): string {
  try {
    return String(value);
  } catch {
    return '';
  }
}

export interface SentRequest {
  readonly method: string;
  readonly url: string;
  readonly requestId: string;
}

/**
 * The error in a response.
 *
 * @param response - with an error status, or not JSON
 * @param body - its parsed body, of any type
 */
export function errorFromResponse(response: Response, body: unknown, request: SentRequest): PaymentsError {
  const common = {
    ...request,
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? request.requestId,
    retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
  };
  if (!isProblem(body)) {
    const source = response.redirected ? `, from ${response.url}` : '';
    const detail = `A response with status ${response.status} that is not the service's own${source}.`;
    return new PaymentsError({ ...common, code: 'unexpected_response', detail });
  }
  return new PaymentsError({ ...common, code: body.code, detail: body.detail, errors: body.errors ?? [] });
}

function isProblem(body: unknown): body is Problem {
  if (typeof body !== 'object' || body === null || !('code' in body) || !('detail' in body)) return false;
  const hasErrors = !('errors' in body) || Array.isArray(body.errors);
  return typeof body.code === 'string' && typeof body.detail === 'string' && hasErrors;
}

/** `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3); 0 if missing. */
function retryAfterMs(header: string | null): number {
  if (header === null) return 0;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const time = Date.parse(header);
  return Number.isNaN(time) ? 0 : Math.max(0, time - Date.now());
}
