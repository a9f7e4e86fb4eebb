import { Cluster, Redis, type RedisOptions } from 'ioredis';
import {
  type CountBatch,
  createSharedStore,
  type HitBatch,
  type LimitStore,
  type SharedStoreOptions,
} from './stores.js';

/** The longest that a request waits for Redis. */
const TIMEOUT_MS = 100;
const RETRY_AFTER_MS = 500;

const CONNECT_TIMEOUT_MS = 1000;
const LAST_RECONNECT_DELAY_MS = 1000;

/** A connection without any response for this time is closed, so that calls do not pile up on it. */
const SILENCE_TIMEOUT_MS = 2000;

/**
 * The first hit of a client starts its window. A lost expiry is restored, so that no client is rejected forever. The
 * script is atomic. KEYS: clients; ARGV: the window in ms, then each client's hits.
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
  // Commands that cannot be sent fail at once, and the hits are counted locally.
  enableOfflineQueue: false,
  autoResendUnfulfilledCommands: false,
  maxRetriesPerRequest: 0,
};

export interface RedisStoreOptions extends Pick<SharedStoreOptions, 'max' | 'windowMs' | 'onState'> {
  /** `redis://` or `rediss://`, with credentials if needed; any node of a cluster. */
  readonly url: string;
  /** The prefix of keys, so that services can share a Redis. */
  readonly prefix: string;
}

/**
 * Counts in Redis, for all hosts. While Redis is unreachable or slow, this process limits requests on its own. Resolves
 * once Redis is connected, or the first attempt has failed.
 */
export async function openRedisStore({ max, windowMs, url, prefix, onState }: RedisStoreOptions): Promise<LimitStore> {
  let connectionError: unknown = null;
  let redis: Redis | Cluster = watched(new Redis(url, CONNECTION));
  await new Promise<void>((resolve) => {
    redis.once('ready', () => void followCluster().then(resolve)).once('close', () => resolve());
  });

  /** Records errors, which the next call reports. Without a listener ioredis would print them. */
  function watched<Client extends Redis | Cluster>(client: Client): Client {
    client.on('error', (error) => {
      connectionError = error;
    });
    client.on('ready', () => {
      connectionError = null;
    });
    return client;
  }

  /**
   * Connects to the whole cluster if the URL is one of its nodes: for failover, and because other nodes may own the
   * keys.
   */
  async function followCluster(): Promise<void> {
    const info = redis instanceof Redis ? await redis.info('cluster').catch(() => '') : '';
    if (!info.includes('cluster_enabled:1')) return;
    const { hostname, port, username, password, protocol } = new URL(url);
    const node = redis;
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
    await new Promise<void>((resolve) => {
      redis.once('ready', () => resolve()).once('close', () => resolve());
    });
    node.disconnect();
  }

  async function ask({ keys, hits }: HitBatch): Promise<CountBatch> {
    if (redis.status !== 'ready') throw new Error('Redis is not connected', { cause: connectionError });
    // The part in braces selects the cluster node: a script may only use keys of one. The key contains the window, so
    // that a changed limit does not inherit old windows.
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
