import { type Expected, problem } from './model.js';

/** A request whose response does not depend on the stored data. */
export interface FixedRequest {
  readonly method: string;
  readonly path: string;
  readonly expected: Expected;
}

const UP: Expected = { status: 200, headers: {}, body: { kind: 'text', text: '{"status":"up"}' } };

function methodNotAllowed(method: string, path: string, allow: string): FixedRequest {
  return { method, path, expected: problem('method_not_allowed', [], { allow }) };
}

export const FIXED_REQUESTS: readonly FixedRequest[] = [
  { method: 'GET', path: '/health', expected: UP },
  { method: 'GET', path: '/health/live?anything', expected: UP },
  { method: 'GET', path: '/v1/payments/', expected: problem('route_not_found') },
  { method: 'DELETE', path: '/v1/payments/a/b', expected: problem('route_not_found') },
  { method: 'GET', path: '/v2/payments', expected: problem('route_not_found') },
  { method: 'GET', path: '/metrics', expected: problem('endpoint_disabled') },
  methodNotAllowed('DELETE', '/v1/payments', 'GET, HEAD, POST'),
  methodNotAllowed('PATCH', '/v1/payments/a', 'GET, HEAD, PUT, DELETE'),
  methodNotAllowed('POST', '/v1/payments/%E0', 'GET, HEAD, PUT, DELETE'),
  methodNotAllowed('PUT', '/admin/repo', 'GET, HEAD, DELETE'),
  methodNotAllowed('DELETE', '/health', 'GET, HEAD'),
  methodNotAllowed('OPTIONS', '/openapi.json', 'GET, HEAD'),
];
