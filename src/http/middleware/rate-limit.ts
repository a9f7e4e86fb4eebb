import type { Context, Middleware } from 'koa';
import { type LimitPolicy, rateLimitHeaders } from '../limit/headers.js';
import type { Decision, RateLimiter } from '../limit/limiter.js';
import { problem } from '../problems.js';

export interface RateLimitOptions {
  readonly limiter: RateLimiter;
  readonly policy: LimitPolicy;
  /** Routes that are not limited: probes and scrapes are responded to whatever a client does. */
  readonly exempt: ReadonlySet<string>;
  /** Told of every decision. */
  readonly onDecision: (isAllowed: boolean) => void;
}

/**
 * Limits the requests of each client address: over the limit, 429.
 *
 * @param options - see `RateLimitOptions`
 */
export function rateLimit({ limiter, policy, exempt, onDecision }: RateLimitOptions): Middleware {
  return async function rateLimit(ctx, next) {
    if (exempt.has(ctx.call.route)) return next();
    const hit = limiter.hit(ctx.call.client);
    const decision = hit instanceof Promise ? await hit : hit;
    onDecision(decision.allowed);
    const headers = rateLimitHeaders(decision, policy);
    for (let at = 0; at < headers.length; at += 2) ctx.set(headers[at] ?? '', headers[at + 1] ?? '');
    if (decision.allowed) return next();
    reject(ctx, decision);
  };
}

function reject(ctx: Context, { limit, resetMs }: Decision): void {
  const seconds = Math.max(1, Math.ceil(resetMs / 1000));
  ctx.reply = problem('rate_limited', `More than ${limit} requests; the next is taken in ${seconds} s.`);
}
