import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { parseTraceparent, type RequestFacts, type TraceContext, UNMATCHED_ROUTE } from '../../observe/facts.js';
import type { Call, Consistency } from '../../store/types.js';
import { createClientAddress, type TrustProxy } from '../limit/client-address.js';
import type { ProblemError } from '../problems.js';
import { BufferedRequest } from '../transport/buffered-request.js';
import { splitTarget } from '../transport/request-target.js';

/** Sets `ctx.call`: the request with its id, the client's address and its deadline. */
export function requestContext({ timeoutMs, trustProxy }: { timeoutMs: number; trustProxy: TrustProxy }): Middleware {
  const clientAddress = createClientAddress(trustProxy);
  return function requestContext(ctx, next) {
    ctx.call = new RequestContext(ctx.req, clientAddress(ctx.req), timeoutMs);
    return next();
  };
}

/** RFC 9110, section 5.6.2. */
const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/;

export type Phase = 'limiting' | 'receiving' | 'waiting' | 'handling';

/** The store's `Call`, and at the end the facts for log, metrics and spans. A single object, to save time. */
export class RequestContext implements Call, RequestFacts {
  abandoned = false;
  bagIndex = -1;
  pendingWrites = 0;
  consistency: Consistency | null = null;
  phase: Phase = 'limiting';

  readonly method: string;
  readonly path: string;
  /** The query without the question mark, undecoded. */
  readonly queryText: string;
  readonly requestId: string;
  /** Monotonic time of arrival, ms. */
  readonly startedAt: number;
  /** Monotonic time after which no client waits for the response, ms. */
  readonly deadline: number;
  /** The error of the request itself. */
  readonly rejection: ProblemError | null;
  route: string = UNMATCHED_ROUTE;
  status = 0;
  durationMs = 0;
  bytes = 0;
  errorCode: string | null = null;
  /** Headers of any response: names and values in turn. Setting them on Node's response costs more. */
  readonly headers: string[] = [];
  stage: string | null = null;
  cause: string | null = null;
  /** The caller's trace, or this request's span if spans are recorded. */
  trace: TraceContext | null;
  /** Ends the wait for a response; set while the deadline is watched. */
  expire: ((error: Error) => void) | null = null;
  /** Called when the request starts or stops waiting for an event; set while it is in flight. */
  onIdle: ((isIdle: boolean) => void) | null = null;

  constructor(
    readonly request: IncomingMessage,
    readonly client: string,
    timeoutMs: number,
  ) {
    const { method = 'GET', url = '/', headers } = request;
    this.method = method;
    const { path, queryText } = splitTarget(url);
    this.path = path;
    this.queryText = queryText;
    const { 'x-request-id': sentId, traceparent } = headers;
    // A bad id is replaced, because it must never fail the request.
    this.requestId = typeof sentId === 'string' && TOKEN.test(sentId) ? sentId : randomUUID();
    const own = request instanceof BufferedRequest ? request : null;
    this.startedAt = performance.now() - (own?.waitedMs ?? 0);
    this.deadline = this.startedAt + timeoutMs;
    this.rejection = own?.rejection ?? null;
    this.trace = traceparent === undefined ? null : parseTraceparent(String(traceparent));
  }

  /** The error of a request that no handler saw. */
  get detail(): string | undefined {
    return this.rejection?.message;
  }

  get userAgent(): string | undefined {
    return this.request.headers['user-agent'];
  }

  /** Waits for an event that the client asked for (a long poll). Meanwhile the request is not in flight. */
  async idle<T>(event: Promise<T>): Promise<T> {
    const { onIdle } = this;
    onIdle?.(true);
    try {
      return await event;
    } finally {
      onIdle?.(false);
    }
  }

  /** Whether no client waits for a response any more. */
  get isOver(): boolean {
    return this.abandoned || this.request.socket.destroyed;
  }

  get hasLeft(): boolean {
    const { socket } = this.request;
    return socket.readableEnded || socket.destroyed;
  }
}
