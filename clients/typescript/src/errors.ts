import type { ErrorCode, Fault, Problem } from './types.js';

/**
 * What the client adds to the codes of the service:
 * - `network_error`: no answer came; a write may have happened
 * - `timeout`: no answer came in time; a write may have happened
 * - `unexpected_answer`: what answered is not the service, but a proxy perhaps
 */
export type ClientErrorCode = 'network_error' | 'timeout' | 'unexpected_answer';

export interface PaymentsErrorDetails {
  readonly code: ErrorCode | ClientErrorCode;
  /** The HTTP status; 0 where no answer came. */
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly Fault[];
  readonly requestId: string;
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** Anything that went wrong with a call, except that its signal was aborted: that throws the signal's own reason. */
export class PaymentsError extends Error {
  override readonly name = 'PaymentsError';
  /** What went wrong, for programs to decide by. The service may add codes: treat one you do not know by `status`. */
  readonly code: ErrorCode | ClientErrorCode;
  readonly status: number;
  readonly detail: string;
  /** Every fault of the request, with the code `validation_failed`; else empty. */
  readonly errors: readonly Fault[];
  /** Name it when you report a problem: it leads to the call in the log of the service. */
  readonly requestId: string;
  /** How long the service asks to wait before the next attempt. */
  readonly retryAfterMs: number;

  constructor({ code, status, detail, errors = [], requestId, retryAfterMs = 0, cause }: PaymentsErrorDetails) {
    super(`${code}: ${detail}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.detail = detail;
    this.errors = errors;
    this.requestId = requestId;
    this.retryAfterMs = retryAfterMs;
  }

  /** Whether a write that failed so may have happened nevertheless. */
  get outcomeUnknown(): boolean {
    return (
      this.code === 'outcome_unknown' || this.status === 0 || (this.code === 'unexpected_answer' && this.status >= 500)
    );
  }

  /** Whether the same call may do better later. */
  get isTransient(): boolean {
    return this.outcomeUnknown || this.status === 408 || this.status === 429 || this.status === 503;
  }
}

/**
 * The error that an answer stands for.
 *
 * @param response - an answer with an error status
 * @param body - its parsed body, whatever it is
 * @param requestId - the id of the call, where the answer names none
 */
export function errorFromAnswer(response: Response, body: unknown, requestId: string): PaymentsError {
  const common = {
    status: response.status,
    requestId: response.headers.get('x-request-id') ?? requestId,
    retryAfterMs: retryAfterMs(response.headers.get('retry-after')),
  };
  if (!isProblem(body)) {
    const detail = `An answer with status ${response.status} that is not the service's own.`;
    return new PaymentsError({ ...common, code: 'unexpected_answer', detail });
  }
  return new PaymentsError({ ...common, code: body.code, detail: body.detail, errors: body.errors ?? [] });
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body;
}

/** `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3); 0 where there is none. */
function retryAfterMs(header: string | null): number {
  if (header === null) return 0;
  if (/^\d+$/.test(header)) return Number(header) * 1000;
  const time = Date.parse(header);
  return Number.isNaN(time) ? 0 : Math.max(0, time - Date.now());
}
