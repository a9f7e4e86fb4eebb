import type { Decision } from './limiter.js';

/** The parts of the headers that are the same in every response. */
export interface LimitPolicy {
  readonly limit: string;
  readonly description: string;
}

/**
 * Describes a limit for `rateLimitHeaders`, once.
 *
 * @param max - requests allowed in a window
 * @param windowMs - its length
 */
export function limitPolicy(max: number, windowMs: number): LimitPolicy {
  return { limit: String(max), description: `"default";q=${max};w=${seconds(windowMs)}` };
}

/**
 * The headers of a response to a client that is limited: those of the IETF's draft on every response, so that a client
 * can pace itself; beside them, where the request was rejected, the three that older clients read, and `Retry-After`
 * (RFC 9110, section 10.2.3).
 *
 * @param decision - what the limiter said
 * @param policy - the limit it enforces
 * @returns names and values in turn
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export function rateLimitHeaders({ allowed, remaining, resetMs }: Decision, policy: LimitPolicy): string[] {
  const reset = seconds(resetMs);
  const headers = ['RateLimit-Policy', policy.description, 'RateLimit', `"default";r=${remaining};t=${reset}`];
  if (allowed) return headers;
  const retryAfter = resetMs > 0 ? reset : '1';
  headers.push('RateLimit-Limit', policy.limit, 'RateLimit-Remaining', String(remaining), 'RateLimit-Reset', reset);
  headers.push('Retry-After', retryAfter);
  return headers;
}

/** Whole seconds, rounded up, so that a client that waits for them does not come too early. */
function seconds(durationMs: number): string {
  return String(Math.max(0, Math.ceil(durationMs / 1000)));
}
