/** Label of every request that no route matches, so that raw paths never become labels. */
export const UNMATCHED_ROUTE = 'unmatched';

/** As nginx logs a client that disconnected before its response; no client is sent it. */
export const CLIENT_GONE_STATUS = 499;

/** The position of a request in a distributed trace. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** The caller's span, 16 lower-case hexadecimal digits. */
  readonly parentId: string;
  /** Whether the caller records this trace. */
  readonly sampled: boolean;
}

/** What is known of one finished request: emitted once, and shown as a log line, as metrics and as a span. */
export interface RequestFacts {
  readonly method: string;
  /** The path template of the operation, or `unmatched`. */
  readonly route: string;
  readonly operationId: string | null;
  /** The path as it was sent, without its query string, which may carry a secret. */
  readonly path: string;
  readonly status: number;
  /** From the request's head to the end of the response. */
  readonly durationMs: number;
  /** Bytes of the response body, as sent. */
  readonly bytes: number;
  readonly requestId: string;
  readonly client: string;
  readonly userAgent: string | undefined;
  /** The caller's W3C trace context, if a valid one came. */
  readonly trace: TraceContext | null;
  /** The stable code of the error in the response. */
  readonly errorCode: string | null;
  /** Where the request was when its time ran out, or its client disconnected. */
  readonly stage: string | null;
  /** What was wrong with a request that no handler saw. */
  readonly detail?: string | undefined;
  /** Why a 503 was sent, as the database calls it: for example `53100` or `SQLITE_FULL`. */
  readonly cause?: string | null;
}

/** A request as a trace shows it, from its arrival on. */
export interface ArrivedRequest extends RequestFacts {
  /** Monotonic time (`performance.now()`, ms) of arrival. */
  readonly startedAt: number;
}

/** A finished call of the store. */
export interface StoreCallFacts {
  readonly operation: string;
  /** The call's own argument: the request it works for, where a request made it. */
  readonly call: object;
  /** Monotonic time, ms. */
  readonly startedAt: number;
  /** Monotonic time, ms. */
  readonly endedAt: number;
  /** What it failed with, else null. */
  readonly error: unknown;
}

/** Codes of this program's own errors; those of Node and of databases are in capitals. */
const OWN_CODE = /^[a-z_]{1,40}$/;

/**
 * Names an error by something that has few values.
 *
 * @returns the stable code of the error, else the name of its class
 */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return 'other';
  return 'code' in error && typeof error.code === 'string' && OWN_CODE.test(error.code) ? error.code : error.name;
}

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;
/** `00-` + 32 + `-` + 16 + `-` + 2. */
const VERSION_00_LENGTH = 55;
/** A later version may be longer, but not without a bound. */
const LENGTH_LIMIT = 256;

/**
 * Parses a `traceparent` header. A later version is read as version 00 and may be longer, as the specification asks;
 * a malformed one counts as absent, so that the trace starts here.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function parseTraceparent(header: string | string[] | undefined): TraceContext | null {
  if (typeof header !== 'string' || header.length < VERSION_00_LENGTH || header.length > LENGTH_LIMIT) return null;
  const match = TRACEPARENT.exec(header);
  if (match === null) return null;
  const [, version, traceId, parentId, flags, rest] = match;
  if (traceId === undefined || parentId === undefined || flags === undefined) return null;
  if (version === '00' && rest !== undefined) return null;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
