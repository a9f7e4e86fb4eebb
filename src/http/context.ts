import type { IncomingMessage } from 'node:http';
import { parseTraceparent, type RequestFacts, type TraceContext, UNMATCHED_ROUTE } from '../observe/facts.js';
import type { Call, Consistency } from '../store/types.js';

/** Where a request is. */
export type Phase = 'limiting' | 'receiving' | 'waiting' | 'handling';

/**
 * A request, from its head to the end of its response: what a handler passes on to the store, and at the end the facts
 * that log, metrics and spans show. One object serves for all of it, so that a request costs no more.
 */
export class RequestContext implements Call, RequestFacts {
  abandoned = false;
  pendingWrites = 0;
  consistency: Consistency | null = null;
  phase: Phase = 'limiting';

  readonly method: string;
  route: string = UNMATCHED_ROUTE;
  operationId: string | null = null;
  status = 0;
  durationMs = 0;
  bytes = 0;
  errorCode: string | null = null;
  stage: string | null = null;
  cause: string | null = null;
  /** The caller's trace, or this request's own place in it where spans are recorded. */
  trace: TraceContext | null;
  /** Links of the deadline list. */
  previous: RequestContext | null = null;
  next: RequestContext | null = null;
  /** Ends the wait for a response; set while the deadline is watched. */
  expire: ((error: Error) => void) | null = null;
  /** Told when the request begins and ends to wait for an event; set while it is in flight. */
  onIdle: ((isIdle: boolean) => void) | null = null;

  /**
   * @param request - the request, its head complete
   * @param path - of its target
   * @param queryText - what follows the question mark, undecoded
   * @param requestId - see `requestIdOf`
   * @param client - the client's address
   * @param startedAt - monotonic time of arrival, ms
   * @param deadline - monotonic time after which nobody waits for the response, ms
   */
  constructor(
    readonly request: IncomingMessage,
    readonly path: string,
    readonly queryText: string,
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

  /**
   * Waits for something that the client asked to wait for (a long poll). Meanwhile the request is not in flight, so that
   * those who wait keep nobody from being served.
   *
   * @param event - what is waited for
   */
  async idle<T>(event: Promise<T>): Promise<T> {
    const { onIdle } = this;
    onIdle?.(true);
    try {
      return await event;
    } finally {
      onIdle?.(false);
    }
  }

  /** Whether nobody waits for a response any more. */
  get isOver(): boolean {
    return this.abandoned || this.request.socket.destroyed;
  }

  get hasLeft(): boolean {
    const { socket } = this.request;
    return socket.readableEnded || socket.destroyed;
  }
}
