import type { TraceContext } from './trace.js';

/** Label of every request that no route takes, so that raw paths never become labels. */
export const UNMATCHED_ROUTE = 'unmatched';

/** What is known of one finished exchange: emitted once, and shown as a log line, as metrics and as a span. */
export interface RequestFacts {
  readonly method: string;
  /** The path template of the operation, or `unmatched`. */
  readonly route: string;
  readonly operationId: string | null;
  /** The path as it was sent. A query string is not logged, since it may carry what is secret. */
  readonly path: string;
  readonly status: number;
  /** From the request's head to the end of the answer. */
  readonly durationMs: number;
  /** Bytes of the answer's body, as sent. */
  readonly bytes: number;
  readonly requestId: string;
  /** The client's address. */
  readonly client: string;
  readonly userAgent: string | undefined;
  /** The caller's W3C trace context, where a valid one came. */
  readonly trace: TraceContext | null;
  /** The stable code of the error that was answered. */
  readonly errorCode: string | null;
  /** Where the request was when its time ran out, or its client went away. */
  readonly stage: string | null;
  /** What was wrong with what arrived, where no handler saw it. */
  readonly detail?: string;
}
