import type { Logger } from '../../observe/logger.js';
import type { Metrics } from '../../observe/metrics.js';
import { quietly } from '../../observe/quietly.js';
import { type CountBatch, type HitBatch, type LimitStore, RateLimiter } from './limiter.js';
import { createSharedStore } from './shared-store.js';
import { Windows } from './windows.js';

/** The primary does nothing but count and watch: a response later than this means it is stuck or gone. */
const PRIMARY_TIMEOUT_MS = 200;
const PRIMARY_RETRY_AFTER_MS = 1000;

export interface OpenLimitOptions {
  /** The name of the service, in front of what it keeps in Redis. */
  readonly service: string;
  readonly limit: { readonly max: number; readonly windowSeconds: number } | null;
  /** `memory`, or the URL of a Redis. */
  readonly limitStore: string;
  readonly limitIpv6PrefixBits: number;
  /** Has the hits counted by the primary process; null where this process is the only one. */
  readonly ask: ((hits: HitBatch) => Promise<CountBatch>) | null;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A limit that is enforced. */
export interface OpenLimit {
  readonly limiter: RateLimiter;
  readonly onDecision: (isAllowed: boolean) => void;
}

/**
 * Opens the rate limit where it is counted: in Redis, in the primary process, or in this one.
 *
 * @param options - see `OpenLimitOptions`
 * @returns null where there is no limit
 */
export async function openLimit(options: OpenLimitOptions): Promise<OpenLimit | null> {
  const { limit, limitIpv6PrefixBits: ipv6PrefixBits, metrics } = options;
  if (!limit) return null;
  const rule = { max: limit.max, windowMs: limit.windowSeconds * 1000, ipv6PrefixBits };
  const store = await openStore(options, rule);
  metrics.watch('rate_limit_clients', 'Client addresses the rate limiter remembers.', () => store.size);
  return {
    limiter: new RateLimiter(rule, store),
    onDecision: (isAllowed) => metrics.limitDecision(isAllowed ? 'allowed' : 'limited'),
  };
}

async function openStore(
  { service, limitStore: url, ask, logger, metrics }: OpenLimitOptions,
  window: { readonly max: number; readonly windowMs: number },
): Promise<LimitStore> {
  const reportLocal = quietly((suppressed, error: unknown) =>
    logger.warn('rate limit counted in this process alone', { error, ...(suppressed > 0 && { suppressed }) }),
  );
  function onState(state: 'shared' | 'local', cause: unknown): void {
    metrics.limitStore(state);
    if (state === 'local') reportLocal(cause);
    else logger.info('rate limit counted for all again');
  }
  if (url !== 'memory') {
    const { createRedisStore } = await import('./redis-store.js');
    return createRedisStore({ ...window, url, prefix: `${service}:limit`, onState });
  }
  if (!ask) return new Windows(window.windowMs);
  const patience = { timeoutMs: PRIMARY_TIMEOUT_MS, retryAfterMs: PRIMARY_RETRY_AFTER_MS };
  return createSharedStore({ ...window, ...patience, ask, onState });
}
