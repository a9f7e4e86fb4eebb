import type { ErrorCode, Fault, ProblemDetails } from '../contract/contract.js';
import type { RepoErrorCode } from '../store/repo.js';

/**
 * The one place where an error code becomes HTTP. `retryAfterSeconds`: sent as `Retry-After`, for errors that pass.
 */
const PROBLEMS = {
  malformed_request: { status: 400, title: 'The request is not HTTP' },
  malformed_json: { status: 400, title: 'The body is not JSON' },
  validation_failed: { status: 400, title: 'The request does not fit the contract' },
  payment_not_found: { status: 404, title: 'No such payment' },
  route_not_found: { status: 404, title: 'No such path' },
  endpoint_disabled: { status: 404, title: 'This endpoint is switched off' },
  method_not_allowed: { status: 405, title: 'The path does not know this method' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  payment_exists: { status: 409, title: 'The id is taken' },
  version_conflict: { status: 409, title: 'The payment has another version' },
  precondition_failed: { status: 412, title: 'A precondition does not hold' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The body has another media type' },
  expectation_failed: { status: 417, title: 'The expectation cannot be met' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The request line or the headers are too large' },
  internal_error: { status: 500, title: 'Something went wrong here' },
  repository_unavailable: { status: 503, title: 'The database is away', retryAfterSeconds: 1 },
  overloaded: { status: 503, title: 'Too much to do', retryAfterSeconds: 1 },
  deadline_exceeded: { status: 503, title: 'The answer took too long', retryAfterSeconds: 1 },
  outcome_unknown: { status: 503, title: 'The outcome of the write is unknown', retryAfterSeconds: 1 },
} as const satisfies Record<ErrorCode, { status: number; title: string; retryAfterSeconds?: number }>;

type StatusOf<Code extends ErrorCode> = (typeof PROBLEMS)[Code]['status'];

/** Every code with its status and title, for the pages and tests that list them. */
export const PROBLEM_TABLE: Readonly<Record<ErrorCode, { status: number; title: string; retryAfterSeconds?: number }>> =
  PROBLEMS;

/** A reply that reports an error; its status follows from its code, and the compiler knows which. */
export interface ProblemReply<Code extends ErrorCode = ErrorCode> {
  readonly status: StatusOf<Code>;
  readonly problem: ProblemDetails<Code>;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Makes the reply for an error.
 *
 * @param code - what went wrong, machine-readable and stable
 * @param detail - what went wrong this time, for a person
 * @param errors - each single fault, for a 400
 */
export function problem<Code extends ErrorCode>(
  code: Code,
  detail: string,
  errors?: readonly Fault[],
): ProblemReply<Code> {
  return { status: PROBLEMS[code].status, problem: errors ? { code, detail, errors } : { code, detail } };
}

/** What a failure of the repository is to a client. */
export const REPO_PROBLEMS: Readonly<Record<RepoErrorCode, ErrorCode>> = {
  unavailable: 'repository_unavailable',
  overloaded: 'overloaded',
  deadline_exceeded: 'deadline_exceeded',
  outcome_unknown: 'outcome_unknown',
  broken: 'internal_error',
};

/** What a client reads of a failure of the repository; the driver's own words stay in the log. */
export const REPO_PROBLEM_DETAILS: Readonly<Record<RepoErrorCode, string>> = {
  unavailable: 'The database cannot be reached; nothing was changed. Try again.',
  overloaded: 'Too much is waiting for the database; nothing was changed. Try again later.',
  deadline_exceeded: 'The database did not get to it in time; nothing was changed. Try again.',
  outcome_unknown:
    'The connection to the database was lost after the write was sent: it may or may not have happened. Read the payment to find out before trying again.',
  broken: 'The database refused the operation.',
};

/**
 * The problem body of RFC 9457, as JSON text.
 *
 * @param details - code, detail and faults
 * @param requestId - becomes `instance`, so that a client's report leads to the log lines
 */
export function problemJson(details: ProblemDetails, requestId: string): string {
  const { status, title } = PROBLEMS[details.code];
  return JSON.stringify({
    type: `urn:problem:payments-api:${details.code}`,
    title,
    status,
    detail: details.detail,
    instance: requestId,
    code: details.code,
    ...(details.errors && { errors: details.errors }),
  });
}
