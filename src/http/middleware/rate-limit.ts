import type { Middleware } from 'koa';
import type { Logger } from '../../observe/logger.js';
import type { Metrics } from '../../observe/metrics.js';
import { quietly } from '../../observe/quietly.js';
import { limitKey } from '../limit/client-address.js';
import { type CountBatch, createSharedStore, type HitBatch, type LimitStore, Windows } from '../limit/stores.js';
import { problem } from '../problems.js';

/** A fixed window for each client. */
export interface Limit {
  readonly max: number;
  /** The length of a window, which begins with a client's first request. */
  readonly windowMs: number;
  /** IPv6 clients that share this number of leading bits count as one. */
  readonly ipv6PrefixBits: number;
  readonly store: LimitStore;
  readonly onDecision: (isAllowed: boolean) => void;
}

/**
 * Limits the requests of each client address. Each response has the remaining requests, in the headers of the IETF's
 * draft, so that a client can pace itself. Over the limit it is 429, with `Retry-After` (RFC 9110, section 10.2.3) and
 * the three headers that older clients read.
 *
 * @param exempt - routes that are not limited: health checks and scrapes
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export function rateLimit(limit: Limit, exempt: ReadonlySet<string>): Middleware {
  const { max, windowMs, ipv6PrefixBits, store, onDecision } = limit;
  const policy = `"default";q=${max};w=${wholeSeconds(windowMs)}`;

  return async function rateLimit(ctx, next) {
    if (exempt.has(ctx.call.route)) return next();
    const hit = store.hit(limitKey(ctx.call.client, ipv6PrefixBits));
    const { count, resetMs } = hit instanceof Promise ? await hit : hit;
    const isAllowed = count <= max;
    onDecision(isAllowed);
    const reset = wholeSeconds(resetMs);
    const left = `"default";r=${Math.max(max - count, 0)};t=${reset}`;
    ctx.call.headers.push('RateLimit-Policy', policy, 'RateLimit', left);
    if (isAllowed) return next();
    const retryAfter = Math.max(1, reset);
    ctx.set('RateLimit-Limit', String(max));
    ctx.set('RateLimit-Remaining', '0');
    ctx.set('RateLimit-Reset', String(reset));
    ctx.set('Retry-After', String(retryAfter));
    ctx.reply = problem('rate_limited', `The limit is ${max} requests. Try again in ${retryAfter} s.`);
  };
}

/** Rounded up, so that a client that waits this long is not early. Fractions of a millisecond are rounding errors. */
function wholeSeconds(durationMs: number): number {
  return Math.max(0, Math.ceil(Math.round(durationMs) / 1000));
}

/** The primary only counts and watches: a later response means that it hangs or is gone. */
const PRIMARY_TIMEOUTS = { timeoutMs: 200, retryAfterMs: 1000 };

export interface LimitOptions {
  /** The name of the service, the prefix of its Redis keys. */
  readonly service: string;
  readonly limit: { readonly max: number; readonly windowSeconds: number } | null;
  /** `memory`, or a Redis URL. */
  readonly limitStore: string;
  readonly limitIpv6PrefixBits: number;
  /** Lets the primary process count hits; null if this process is the only one. */
  readonly ask: ((hits: HitBatch) => Promise<CountBatch>) | null;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** Opens the store of the rate limit: Redis, the primary process, or this one. Null without a limit. */
export async function openLimit(options: LimitOptions): Promise<Limit | null> {
  const { service, limit, limitStore: url, limitIpv6PrefixBits: ipv6PrefixBits, ask, logger, metrics } = options;
  if (!limit) return null;
  const rule = { max: limit.max, windowMs: limit.windowSeconds * 1000 };
  const reportLocal = quietly((suppressed, error: unknown) =>
    logger.warn('rate limit is counted by each process alone', { error, ...(suppressed > 0 && { suppressed }) }),
  );
  function onState(state: 'shared' | 'local', cause: unknown): void {
    metrics.limitStore(state);
    if (state === 'local') reportLocal(cause);
    else logger.info('rate limit is counted for all processes again');
  }
  let store: LimitStore;
  if (url !== 'memory') {
    const { openRedisStore } = await import('../limit/redis-store.js');
    // Otherwise the first requests would be counted by this process alone.
    store = await openRedisStore({ ...rule, url, prefix: `${service}:limit`, onState });
  } else store = ask ? createSharedStore({ ...rule, ...PRIMARY_TIMEOUTS, ask, onState }) : new Windows(rule.windowMs);
  metrics.watch('rate_limit_clients', 'Client addresses that the rate limiter remembers.', () => store.size);
  const onDecision = (isAllowed: boolean) => metrics.limitDecision(isAllowed ? 'allowed' : 'limited');
  return { ...rule, ipv6PrefixBits, store, onDecision };
}
