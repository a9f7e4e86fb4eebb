import { STATUS_CODES } from 'node:http';
import type { AnyReply, ProblemDetails, RequestError } from '../contract/types.js';
import { StoreError, type StoreErrorCode } from '../store/types.js';

export interface ProblemEntry {
  readonly status: number;
  readonly title: string;
  /** For temporary errors. */
  readonly retryAfterSeconds?: number;
}

/** The error codes of any service of this kind. A product adds its own. */
export const ENGINE_PROBLEMS = {
  malformed_request: { status: 400, title: 'The request is malformed HTTP' },
  malformed_json: { status: 400, title: 'The body is not JSON' },
  validation_failed: { status: 400, title: 'The request violates the contract' },
  unauthorized: { status: 401, title: 'Credentials are missing or invalid' },
  route_not_found: { status: 404, title: 'No such path' },
  endpoint_disabled: { status: 404, title: 'This endpoint is switched off' },
  method_not_allowed: { status: 405, title: 'The path does not support this method' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  precondition_failed: { status: 412, title: 'A precondition failed' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The media type is not supported' },
  expectation_failed: { status: 417, title: 'The expectation cannot be met' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key belongs to another request' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The request line or the headers are too large' },
  internal_error: { status: 500, title: 'Internal error' },
  repository_unavailable: { status: 503, title: 'The database is unreachable', retryAfterSeconds: 1 },
  overloaded: { status: 503, title: 'The service is overloaded', retryAfterSeconds: 1 },
  deadline_exceeded: { status: 503, title: 'The response took too long', retryAfterSeconds: 1 },
  outcome_unknown: { status: 503, title: 'The outcome of the write is unknown', retryAfterSeconds: 1 },
} as const satisfies Readonly<Record<string, ProblemEntry>>;

/** A reply that reports an error. The compiler knows the status of each code. */
export interface ReplyOfProblem<Code extends string, Status extends number> {
  readonly status: Status;
  readonly problem: ProblemDetails<Code>;
  readonly headers?: Readonly<Record<string, string>>;
}

type ProblemTable<Table> = { readonly [Code in keyof Table]: ProblemEntry };

/**
 * Makes error replies of a code (machine-readable and stable), a detail for a person, and, for a 400, the single
 * errors.
 */
export function problemsOf<Table extends ProblemTable<Table>>(table: Table) {
  return <Code extends keyof Table & string>(
    code: Code,
    detail: string,
    errors?: readonly RequestError[],
  ): ReplyOfProblem<Code, Table[Code]['status']> => ({
    status: table[code].status,
    problem: errors ? { code, detail, errors } : { code, detail },
  });
}

export const problem = problemsOf(ENGINE_PROBLEMS);

type EngineCode = keyof typeof ENGINE_PROBLEMS;
export type ProblemReply<Code extends EngineCode = EngineCode> = ReplyOfProblem<
  Code,
  (typeof ENGINE_PROBLEMS)[Code]['status']
>;

export class ProblemFormat {
  /** @param table - all codes it may send; those of other contracts may be missing, and have no own title */
  constructor(
    private readonly service: string,
    private readonly table: Readonly<Record<string, ProblemEntry>>,
  ) {}

  /** The problem body of RFC 9457. `requestId` becomes `instance`, so that a client's report leads to the log lines. */
  json({ code, detail, errors }: ProblemDetails, requestId: string, status: number): string {
    return JSON.stringify({
      type: `urn:problem:${this.service}:${code}`,
      title: this.#entry(code)?.title ?? STATUS_CODES[status] ?? 'Error',
      status,
      detail,
      instance: requestId,
      code,
      ...(errors && { errors }),
    });
  }

  /** How long a client should wait before a retry; undefined if a retry does not help. */
  retryAfterSeconds(code: string): number | undefined {
    return this.#entry(code)?.retryAfterSeconds;
  }

  #entry(code: string): ProblemEntry | undefined {
    return Object.hasOwn(this.table, code) ? this.table[code] : undefined;
  }
}

/** Thrown to end the request with a problem. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';

  /** @param isStaged - whether the request's stage is part of the error */
  constructor(
    readonly reply: ProblemReply,
    readonly isStaged = false,
  ) {
    super(reply.problem.detail);
  }
}

/** The 405 of a known path. */
export function methodNotAllowed(method: string, allow: string): AnyReply {
  return { ...problem('method_not_allowed', `${method} is not one of ${allow}.`), headers: { Allow: allow } };
}

/** Thrown if the client is gone: no response can be sent. */
export class ClientGoneError extends Error {
  override readonly name = 'ClientGoneError';
}

export interface ErrorReply {
  /** Null if the client is gone. */
  readonly reply: AnyReply | null;
  /** Whether it is unexpected: a defect of the service, logged with its stack. */
  readonly isUnforeseen?: boolean;
  /** Whether the request's stage is part of the error. */
  readonly isStaged?: boolean;
  /** The database's error code, if there is one. */
  readonly cause?: string | null;
}

/** The errors of the store for clients; the driver's message is only logged. */
export const REPO_PROBLEMS: Readonly<Record<StoreErrorCode, readonly [EngineCode, detail: string]>> = {
  unavailable: [
    'repository_unavailable',
    'The database cannot serve this request now; nothing was changed. Try again.',
  ],
  overloaded: ['overloaded', 'Too many calls wait for the database; nothing was changed. Try again later.'],
  deadline_exceeded: [
    'deadline_exceeded',
    'The database did not begin the operation in time; nothing was changed. Try again.',
  ],
  outcome_unknown: [
    'outcome_unknown',
    'The database did not confirm the write, which may have happened. Repeat it with its Idempotency-Key, or read the result first.',
  ],
  broken: ['internal_error', 'The database rejected the operation.'],
};

/** The only mapping from errors to HTTP. @param pendingWrites - see `Call`; above 0, the failure came after a write */
export function errorReply(error: unknown, pendingWrites: number): ErrorReply {
  if (error instanceof ProblemError) return { reply: error.reply, isStaged: error.isStaged };
  if (error instanceof ClientGoneError) return { reply: null };
  if (error instanceof StoreError) {
    const [code, detail] = REPO_PROBLEMS[pendingWrites > 0 ? 'outcome_unknown' : error.code];
    return { reply: problem(code, detail), isUnforeseen: error.code === 'broken', isStaged: true, cause: error.reason };
  }
  // Errors of Koa's `ctx.throw`, and of middleware that uses it, which are meant for the client (package http-errors).
  if (error instanceof Error && 'expose' in error && error.expose === true && 'status' in error) {
    const reply = statusProblem(Number(error.status), error.message);
    const headers = 'headers' in error ? { headers: Object(error.headers) } : {};
    return { reply: { ...reply, ...headers } };
  }
  return { reply: defectReply(pendingWrites), isUnforeseen: true };
}

/** The response to a request that a defect of the service ends. */
export function defectReply(pendingWrites: number): AnyReply {
  const written = pendingWrites > 0 ? ' after the write, which may have happened' : '';
  return problem('internal_error', `The service failed${written}; its log has the cause under the request id.`);
}

/** The problem of a status that middleware chose itself. Its code is the status in words. */
export function statusProblem(status: number, detail: string): AnyReply {
  const code = (STATUS_CODES[status] ?? 'error').toLowerCase().replaceAll(/[^a-z]+/g, '_');
  return { status, problem: { code, detail } };
}
