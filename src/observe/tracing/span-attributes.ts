import type { Attributes } from '@opentelemetry/api';
import { CLIENT_GONE_STATUS, type RequestFacts, UNMATCHED_ROUTE } from '../facts.js';

/** Text that a client chose is cut to this, as spans are kept in memory until they are sent. */
const TEXT_LIMIT_CHARS = 512;

/** Methods that may stand in a span's name; others would make as many names as clients think of. */
const KNOWN_METHODS = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']);

/**
 * The name of a request's span: method and route where there is a route.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#name
 */
export function requestSpanName({ method, route }: RequestFacts): string {
  const verb = KNOWN_METHODS.has(method) ? method : 'HTTP';
  return route === UNMATCHED_ROUTE ? verb : `${verb} ${route}`;
}

/**
 * The attributes of a request's span, under their standard names.
 *
 * @param request - the request, finished
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server
 */
export function requestAttributes(request: RequestFacts): Attributes {
  const { method, route, status, userAgent } = request;
  const attributes: Attributes = {
    'http.request.method': KNOWN_METHODS.has(method) ? method : '_OTHER',
    'url.path': request.path.slice(0, TEXT_LIMIT_CHARS),
    'client.address': request.client,
    'http.response.header.x-request-id': [request.requestId],
  };
  if (!KNOWN_METHODS.has(method)) attributes['http.request.method_original'] = method;
  if (route !== UNMATCHED_ROUTE) attributes['http.route'] = route;
  if (status !== CLIENT_GONE_STATUS) attributes['http.response.status_code'] = status;
  if (userAgent !== undefined) attributes['user_agent.original'] = userAgent.slice(0, TEXT_LIMIT_CHARS);
  const errorType = requestErrorType(request);
  if (errorType !== null) attributes['error.type'] = errorType;
  return attributes;
}

/**
 * What made a request fail. A 4xx is the service doing its work, so it does not count.
 *
 * @param request - the request, finished
 * @returns a name out of a small set, or null where it did not fail
 */
export function requestErrorType({ status, errorCode }: RequestFacts): string | null {
  if (status === CLIENT_GONE_STATUS) return 'client_gone';
  return status >= 500 ? (errorCode ?? String(status)) : null;
}
