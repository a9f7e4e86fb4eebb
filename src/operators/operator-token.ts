import { createHash, timingSafeEqual } from 'node:crypto';
import type { Authenticator } from '../contract/security.js';

/** Who calls operators' endpoints, by security scheme. */
export interface OperatorPrincipals {
  readonly operatorToken: 'operator';
}

/** The paths of operators' endpoints and pages: none of them is for pages of other origins. */
export function isOperatorsPath(path: string): boolean {
  return /^\/(?:admin|console|metrics|profiling)(?:\/|$)/.test(path);
}

/**
 * Authenticates operators by a bearer token (RFC 6750, section 2.1). It is compared in constant time, by its hash, so
 * that neither its content nor its length shows in how long a rejection takes.
 *
 * @param token - the token; null lets everybody in
 */
export function authenticateOperators(token: string | null): Authenticator<'operator', never> {
  if (token === null) return () => ({ principal: 'operator' });
  const expected = hash(token);
  return (credentials) =>
    timingSafeEqual(hash(credentials ?? ''), expected) ? { principal: 'operator' } : 'unauthenticated';
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
