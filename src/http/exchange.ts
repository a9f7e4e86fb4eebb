import type { IncomingMessage, ServerResponse } from 'node:http';
import type { CompiledOperation } from '../contract/contract.js';
import { parseTraceparent, type RequestFacts, type TraceContext, UNMATCHED_ROUTE } from '../observe/facts.js';
import type { RepoCall } from '../store/repo.js';

/** Where a request is. */
export type Phase = 'limiting' | 'waiting' | 'receiving' | 'handling';

/**
 * A request and its one answer: what the stages of the pipeline leave for each other, and at its end the facts that
 * the log and the metrics show. It serves as the repository's call too, so that a request costs one object.
 */
export class Exchange implements RepoCall, RequestFacts {
  abandoned = false;
  sent = false;
  phase: Phase = 'limiting';
  answered = false;
  /** Names and values in turn, to be sent with whatever answer it gets. */
  extraHeaders: readonly string[] | null = null;

  readonly method: string;
  route: string = UNMATCHED_ROUTE;
  operationId: string | null = null;
  /** The operation whose handler was asked; null where the answer is the pipeline's own. */
  answeredBy: CompiledOperation | null = null;
  path = '';
  status = 0;
  durationMs = 0;
  bytes = 0;
  errorCode: string | null = null;
  stage: string | null = null;
  /** The caller's trace, or this request's own place in it where spans are recorded. */
  trace: TraceContext | null;
  /** Links of the deadline list. */
  previous: Exchange | null = null;
  next: Exchange | null = null;

  /**
   * @param request - the request, its head complete
   * @param response - where the answer goes
   * @param requestId - see `requestIdOf`
   * @param client - the client's address
   * @param startedAt - monotonic time of arrival, ms
   * @param deadline - monotonic time by which it is answered, ms
   */
  constructor(
    readonly request: IncomingMessage,
    readonly response: ServerResponse,
    readonly requestId: string,
    readonly client: string,
    readonly startedAt: number,
    readonly deadline: number,
  ) {
    this.method = request.method ?? 'GET';
    this.trace = parseTraceparent(request.headers.traceparent);
  }

  get userAgent(): string | undefined {
    return this.request.headers['user-agent'];
  }

  /** Completes the facts; nothing may be answered after it. */
  close(status: number, bytes: number): void {
    this.answered = true;
    this.status = status;
    this.bytes = bytes;
    this.durationMs = performance.now() - this.startedAt;
  }
}
