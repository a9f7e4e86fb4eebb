import type { Context, Middleware } from 'koa';
import type { RateLimiter } from '../limit/limiter.js';
import { problem } from '../problems.js';

export interface RateLimitOptions {
  readonly limiter: RateLimiter;
  /** Routes that are not limited: probes and scrapes are responded to whatever a client does. */
  readonly exempt: ReadonlySet<string>;
  /** Told of every decision. */
  readonly onDecision: (isAllowed: boolean) => void;
}

/**
 * Limits the requests of each client address. Each response tells what is left, in the headers of the IETF's draft, so
 * that a client can pace itself. Over the limit it is 429, with `Retry-After` (RFC 9110, section 10.2.3) and the three
 * headers that older clients read.
 *
 * @param options - see `RateLimitOptions`
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export function rateLimit({ limiter, exempt, onDecision }: RateLimitOptions): Middleware {
  const { max, windowMs } = limiter.rule;
  const policy = `"default";q=${max};w=${wholeSeconds(windowMs)}`;

  return async function rateLimit(ctx, next) {
    if (exempt.has(ctx.call.route)) return next();
    const hit = limiter.hit(ctx.call.client);
    const { count, resetMs } = hit instanceof Promise ? await hit : hit;
    const isAllowed = count <= max;
    onDecision(isAllowed);
    const reset = wholeSeconds(resetMs);
    ctx.set('RateLimit-Policy', policy);
    ctx.set('RateLimit', `"default";r=${Math.max(max - count, 0)};t=${reset}`);
    if (isAllowed) return next();
    reject(ctx, max, reset);
  };
}

function reject(ctx: Context, max: number, reset: number): void {
  const retryAfter = Math.max(1, reset);
  ctx.set('RateLimit-Limit', String(max));
  ctx.set('RateLimit-Remaining', '0');
  ctx.set('RateLimit-Reset', String(reset));
  ctx.set('Retry-After', String(retryAfter));
  ctx.reply = problem('rate_limited', `More than ${max} requests; the next is taken in ${retryAfter} s.`);
}

/** Rounded up, so that a client that waits for them does not come too early. */
function wholeSeconds(durationMs: number): number {
  return Math.max(0, Math.ceil(durationMs / 1000));
}
