/** The label of requests without a route, so that raw paths never become labels. */
export const UNMATCHED_ROUTE = 'unmatched';

/** Other methods have one label: clients may invent any number of them. */
export const KNOWN_METHODS = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']);

/** nginx's status for a client that disconnected before its response; it is never sent. */
export const CLIENT_GONE_STATUS = 499;

export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** The caller's span, 16 lower-case hexadecimal digits. */
  readonly parentId: string;
  /** Whether the caller records this trace. */
  readonly sampled: boolean;
}

/** The facts of a finished request, for its log line, metrics and span. */
export interface RequestFacts {
  readonly method: string;
  /** The path template of the operation, or `unmatched`. */
  readonly route: string;
  /** The path as sent, without the query string, which may contain a secret. */
  readonly path: string;
  readonly status: number;
  /** Monotonic time (`performance.now()`) of arrival. */
  readonly startedAt: number;
  /** From the request's head to the end of the response. */
  readonly durationMs: number;
  readonly bytes: number;
  readonly requestId: string;
  readonly client: string;
  readonly userAgent: string | undefined;
  readonly trace: TraceContext | null;
  readonly errorCode: string | null;
  /** The stage of the request when its time ran out, or its client disconnected. */
  readonly stage: string | null;
  /** The error of a request that no handler saw. */
  readonly detail?: string | undefined;
  /** The database's reason for a 503, for example `53100` or `SQLITE_FULL`. */
  readonly cause?: string | null;
}

export interface StoreCallFacts {
  readonly operation: string;
  /** The request that made the call, if any. */
  readonly call: object;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Null if it succeeded. */
  readonly error: unknown;
}

/** This program's own error codes; those of Node and of databases are in capitals. */
const OWN_CODE = /^[a-z_]{1,40}$/;

/** The stable code of an error, otherwise the name of its class, so that there are few values. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return 'other';
  return 'code' in error && typeof error.code === 'string' && OWN_CODE.test(error.code) ? error.code : error.name;
}

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.{0,200})?$/;

/**
 * Parses a `traceparent` header. As the specification demands, a later version is parsed like version 00 and may be
 * longer, here within a limit. A malformed header counts as absent, so that the trace starts here.
 *
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function parseTraceparent(header: string): TraceContext | null {
  const [, version, traceId, parentId, flags = '', rest] = TRACEPARENT.exec(header) ?? [];
  if (traceId === undefined || parentId === undefined || (version === '00' && rest !== undefined)) return null;
  return { traceId, parentId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}
