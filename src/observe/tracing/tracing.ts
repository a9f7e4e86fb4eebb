import type { RepoCall } from '../../store/repo.js';
import type { RequestFacts } from '../facts.js';
import type { TraceContext } from '../trace.js';

/** A request as a trace shows it. What is known of it is read twice: when it arrives and when it is answered. */
export interface TracedRequest extends RequestFacts {
  /** Monotonic time (`performance.now()`, ms) of arrival. */
  readonly startedAt: number;
}

/** A repository call that ended. */
export interface TracedRepoCall {
  /** The method's name, `findPayment` say. */
  readonly operation: string;
  /** Monotonic time, ms. */
  readonly startedAt: number;
  /** Monotonic time, ms. */
  readonly endedAt: number;
  /** What it failed with, else null. */
  readonly error: unknown;
}

/**
 * Distributed traces. Times are handed over instead of a context that follows the asynchronous calls: the request
 * object, which every call carries anyway, is what leads from a repository call to its parent, so that a service
 * without tracing pays nothing. Where tracing is off there is no `Tracing`, but null.
 */
export interface Tracing {
  /**
   * Opens the span of a request, as a child of its caller's span where a valid `traceparent` came.
   *
   * @param request - the same object that `endRequest` is given, and repository calls pass on
   * @returns where the new span stands in its trace, for the log
   */
  startRequest(request: TracedRequest): TraceContext;
  /** Ends the span of a request, once everything is known of it. */
  endRequest(request: TracedRequest): void;
  /**
   * Records a repository call as a child of its request's span. It may end after its request was answered; a call
   * that belongs to no request is not recorded.
   */
  recordRepoCall(call: RepoCall, repoCall: TracedRepoCall): void;
  /**
   * Sends what has not been sent. It never fails: what could not be sent is reported, and lost.
   *
   * @param limitMs - how long the collector may take
   */
  close(limitMs: number): Promise<void>;
}
