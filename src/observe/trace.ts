/** The position of a request in its caller's distributed trace. */
export interface TraceContext {
  /** 32 lower-case hexadecimal digits. */
  readonly traceId: string;
  /** The caller's span, 16 lower-case hexadecimal digits. */
  readonly parentId: string;
  /** Whether the caller records this trace. */
  readonly sampled: boolean;
}

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** `00-` + 32 + `-` + 16 + `-` + 2. */
const VERSION_00_LENGTH = 55;

/** A later version may be longer, but no sane one is longer than this. */
const LENGTH_LIMIT = 256;

/**
 * Parses a `traceparent` header. A later version is read as version 00 and may be longer, as the specification asks;
 * anything malformed counts as absent, so that the trace starts here.
 *
 * @param header - the header's value, where one came
 * @returns the caller's trace context, or null
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
