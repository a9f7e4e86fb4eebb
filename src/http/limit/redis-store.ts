import { Cluster, Redis, type RedisOptions } from 'ioredis';
import {
  type CountBatch,
  createSharedStore,
  type HitBatch,
  type LimitStore,
  type SharedStoreOptions,
} from './stores.js';

/** A request waits no longer than this for Redis. */
const TIMEOUT_MS = 100;
const RETRY_AFTER_MS = 500;

const CONNECT_TIMEOUT_MS = 1000;
const LAST_RECONNECT_DELAY_MS = 1000;

/** A connection on which nothing came back for this long is given up, so that calls do not pile up on it. */
const SILENCE_TIMEOUT_MS = 2000;

/**
 * Adds each client's hits and starts its window with the first; a key that lost its expiry gets it back, so that nobody
 * is rejected forever. The script is atomic. KEYS: clients; ARGV: the window in ms, then each client's hits.
 */
const COUNT_SCRIPT = `
local counts = {}
for i, key in ipairs(KEYS) do
  local count = redis.call('INCRBY', key, ARGV[i + 1])
  local left = redis.call('PTTL', key)
  if left < 0 then
    redis.call('PEXPIRE', key, ARGV[1])
    left = tonumber(ARGV[1])
  end
  counts[2 * i - 1] = count
  counts[2 * i] = left
end
return counts
`;

const reconnectDelay = (attempt: number) => Math.min(50 * 2 ** Math.min(attempt, 10), LAST_RECONNECT_DELAY_MS);

const CONNECTION: RedisOptions = {
  connectTimeout: CONNECT_TIMEOUT_MS,
  socketTimeout: SILENCE_TIMEOUT_MS,
  retryStrategy: reconnectDelay,
  // What cannot be sent now fails now: the request that waits for it is counted locally instead.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
};

export interface RedisStoreOptions extends Pick<SharedStoreOptions, 'max' | 'windowMs' | 'onState'> {
  /** `redis://` or `rediss://`, with credentials where they are needed; of a cluster any one node. */
  readonly url: string;
  /** Keys begin with it, so that several services can share a Redis. */
  readonly prefix: string;
}

/**
 * Counts in Redis, for all hosts together. It connects in the background and reconnects by itself; while Redis is
 * unreachable or slow, requests continue and are limited by this process alone.
 */
export function createRedisStore({ max, windowMs, url, prefix, onState }: RedisStoreOptions): LimitStore {
  let connectionError: unknown = null;
  let redis: Redis | Cluster = watched(new Redis(url, CONNECTION));
  redis.once('ready', () => void followCluster());

  /** The next call reports that Redis is unreachable. Without a listener the event would be printed past the log. */
  function watched<Client extends Redis | Cluster>(client: Client): Client {
    client.on('error', (error) => {
      connectionError = error;
    });
    client.on('ready', () => {
      connectionError = null;
    });
    return client;
  }

  /** One node of a cluster knows the others, which take over when it dies, or do the counting in the first place. */
  async function followCluster(): Promise<void> {
    const info = redis instanceof Redis ? await redis.info('cluster').catch(() => '') : '';
    if (!info.includes('cluster_enabled:1')) return;
    const { hostname, port, username, password, protocol } = new URL(url);
    redis.disconnect();
    redis = watched(
      new Cluster([{ host: hostname, port: Number(port || 6379) }], {
        clusterRetryStrategy: reconnectDelay,
        enableOfflineQueue: false,
        redisOptions: {
          ...CONNECTION,
          username: decodeURIComponent(username),
          password: decodeURIComponent(password),
          ...(protocol === 'rediss:' && { tls: {} }),
        },
      }),
    );
  }

  async function ask({ keys, hits }: HitBatch): Promise<CountBatch> {
    if (redis.status !== 'ready') throw new Error('Redis is not connected', { cause: connectionError });
    // The part in braces alone chooses the node of a cluster: a script may only use keys of one. The window is part of
    // the key, so that a limit that is changed does not inherit the windows of the one before.
    const windowKeys = keys.map((key) => `{${prefix}}${windowMs}:${key}`);
    const response: unknown = await redis.eval(COUNT_SCRIPT, keys.length, ...windowKeys, windowMs, ...hits);
    if (!Array.isArray(response) || response.length !== 2 * keys.length) throw new Error('unexpected reply of Redis');
    return keys.map((_, index) => ({ count: Number(response[2 * index]), resetMs: Number(response[2 * index + 1]) }));
  }

  return createSharedStore({
    max,
    windowMs,
    ask,
    onState,
    timeoutMs: TIMEOUT_MS,
    retryAfterMs: RETRY_AFTER_MS,
    onClose: () => redis.disconnect(),
  });
}
