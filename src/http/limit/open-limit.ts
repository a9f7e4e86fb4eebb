import type { Logger } from '../../observe/logger.js';
import type { Metrics } from '../../observe/metrics.js';
import { type LimitPolicy, limitPolicy } from './headers.js';
import { createRateLimiter, type RateLimiter } from './limiter.js';
import { createMemoryStore } from './memory-store.js';
import { createRemoteStore } from './remote-store.js';
import type { CountBatch, HitBatch } from './shared-store.js';
import type { LimitStore } from './store.js';

export interface OpenLimitOptions {
  readonly limit: { readonly max: number; readonly windowSeconds: number } | null;
  /** `memory`, or the URL of a Redis. */
  readonly limitStore: string;
  /** Has the hits counted by the primary process; null where this process is the only one. */
  readonly ask: ((hits: HitBatch) => Promise<CountBatch>) | null;
  readonly logger: Logger;
  readonly metrics: Metrics;
}

/** A limit that is enforced. */
export interface OpenLimit {
  readonly limiter: RateLimiter;
  readonly policy: LimitPolicy;
  readonly onDecision: (isAllowed: boolean) => void;
}

/**
 * Opens the rate limit where it is counted: in Redis, in the primary process, or in this one.
 *
 * @param options - see `OpenLimitOptions`
 * @returns null where there is no limit
 */
export async function openLimit(options: OpenLimitOptions): Promise<OpenLimit | null> {
  const { limit, metrics } = options;
  if (!limit) return null;
  const { max } = limit;
  const windowMs = limit.windowSeconds * 1000;
  const limiter = createRateLimiter({ max, store: await openStore(options, { max, windowMs }) });
  metrics.watch({
    name: 'rate_limit_clients',
    help: 'Client addresses the rate limiter remembers.',
    read: () => limiter.size,
  });
  return {
    limiter,
    policy: limitPolicy(max, windowMs),
    onDecision: (isAllowed) => metrics.limitDecision(isAllowed ? 'allowed' : 'limited'),
  };
}

async function openStore(
  { limitStore: url, ask, logger, metrics }: OpenLimitOptions,
  window: { readonly max: number; readonly windowMs: number },
): Promise<LimitStore> {
  const onState = (state: 'shared' | 'local', cause: unknown) => {
    metrics.limitStore(state);
    if (state === 'local') logger.warn('rate limit counted in this process alone', { error: cause });
    else logger.info('rate limit counted for all again');
  };
  if (url !== 'memory') {
    const { createRedisStore } = await import('./redis-store.js');
    return createRedisStore({ ...window, onState, url });
  }
  return ask ? createRemoteStore({ ...window, onState, ask }) : createMemoryStore(window);
}
