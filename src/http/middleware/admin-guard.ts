import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { CompiledOperation } from '../../contract/contract.js';

/** Whether a request may use the endpoints that are for operators. */
export type AdminGuard = (request: IncomingMessage) => boolean;

/**
 * Guards the operators' endpoints by a bearer token (RFC 6750, section 2.1). It is compared in constant time, by its
 * hash, so that neither its content nor its length shows in how long a refusal takes.
 *
 * @param token - the token; null lets everybody in
 */
export function createAdminGuard(token: string | null): AdminGuard {
  if (token === null) return () => true;
  const expected = hash(token);
  return ({ headers: { authorization = '' } }) => {
    const sent = /^bearer +(.+)$/i.exec(authorization)?.[1] ?? '';
    return timingSafeEqual(hash(sent), expected);
  };
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * Whether a request asks for one of the operators' endpoints: metrics and profiles tell as much of the service as the
 * admin endpoints may change of it.
 *
 * @param operation - the operation it asks for; null for a page
 * @param path - the path it asks for
 */
export function isForOperators(operation: CompiledOperation | null, path: string): boolean {
  if (operation) return operation.tag === 'admin' || operation.operationId === 'getMetrics';
  return path.startsWith('/profiling');
}
