import type { IncomingMessage } from 'node:http';
import { parseTraceparent, type RequestFacts, UNMATCHED_ROUTE } from '../../observe/facts.js';
import { createClientAddress, type TrustProxy } from '../limit/client-address.js';
import { type CorsOptions, corsHeaders } from '../middleware/cors.js';
import { type ProblemFormat, transportProblem } from '../problems.js';
import { asksForProblemJson, PROBLEM_JSON } from '../respond.js';
import { splitTarget } from './request-target.js';
import { ALLOWED_METHODS, type Refusal, type Refuse } from './transport-errors.js';

/** What is needed to respond instead of a handler. */
export interface RefusalsOptions {
  readonly problems: ProblemFormat;
  /** Null without CORS. */
  readonly cors: CorsOptions | null;
  readonly trustProxy: TrustProxy;
  /** The template of a path that is known. */
  readonly routeOf: (method: string, path: string) => string | null;
  /** A request was rejected: the same fact as of any other request. */
  readonly onRefused: (facts: RequestFacts & { readonly errorCode: string }) => void;
}

/** Stands in the log for a method or a path that could not be read. */
const UNREAD = '-';

/**
 * Responds to what never reaches the pipeline: malformed HTTP, requests that do not arrive, methods that are not offered.
 * The response has what every error has (problem body, request id, CORS headers), and leaves the same trace in log and
 * metrics. Where the head could not be read nothing is known of what the client accepts, nor of its origin.
 *
 * @param options - see `RefusalsOptions`
 */
export function createRefusals({ problems, cors, trustProxy, routeOf, onRefused }: RefusalsOptions): Refuse {
  const clientAddress = createClientAddress(trustProxy);
  return function refuse({ error, request, requestId, remoteAddress, waitedMs }) {
    const startedAt = performance.now();
    const { problem: details, status } = transportProblem(error);
    const body = problems.json(details, requestId, status);
    const contentType = asksForProblemJson(request?.headers.accept) ? PROBLEM_JSON : 'application/json';
    const headers = ['X-Request-Id', requestId, 'X-Content-Type-Options', 'nosniff', 'Cache-Control', 'no-store'];
    if (error.code === 'method_not_allowed') headers.push('Allow', ALLOWED_METHODS);
    if (cors) headers.push(...corsHeaders(cors, request ?? { headers: {} }).flat());
    headers.push('Content-Type', contentType);

    onRefused({
      ...factsOf(request),
      client: clientAddress({ headers: request?.headers ?? {}, socket: { remoteAddress } }),
      operationId: null,
      status,
      durationMs: waitedMs + performance.now() - startedAt,
      bytes: Buffer.byteLength(body),
      requestId,
      errorCode: error.code,
      stage: error.code === 'request_timeout' ? 'receiving' : null,
      detail: error.detail,
    });
    return { status, headers, body };
  };

  function factsOf(
    request: Refusal['request'],
  ): Pick<RequestFacts, 'method' | 'path' | 'route' | 'userAgent' | 'trace'> {
    if (!request) return { method: UNREAD, path: UNREAD, route: UNMATCHED_ROUTE, userAgent: undefined, trace: null };
    const { method = UNREAD, url = UNREAD, headers }: IncomingMessage = request;
    const { path } = splitTarget(url);
    return {
      method,
      path,
      route: routeOf(method, path) ?? UNMATCHED_ROUTE,
      userAgent: headers['user-agent'],
      trace: parseTraceparent(headers.traceparent),
    };
  }
}
