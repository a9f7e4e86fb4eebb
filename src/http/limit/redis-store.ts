import { Redis } from 'ioredis';
import { type CountBatch, createSharedStore, type HitBatch, type StoreStateListener } from './shared-store.js';
import type { LimitStore } from './store.js';

/** A request waits no longer than this for Redis. */
const TIMEOUT_MS = 100;
const RETRY_AFTER_MS = 500;

const CONNECT_TIMEOUT_MS = 1000;
const LAST_RECONNECT_DELAY_MS = 1000;

/** A connection on which nothing came back for so long is given up, so that questions do not pile up behind it. */
const SILENCE_TIMEOUT_MS = 2000;

/**
 * Adds each client's hits and starts its window with the first; a key that lost its expiry gets it back, so that nobody
 * is refused for ever. The script is atomic. KEYS: clients; ARGV: the window in ms, then each client's hits.
 */
const COUNT_SCRIPT = `
local answer = {}
for i, key in ipairs(KEYS) do
  local count = redis.call('INCRBY', key, ARGV[i + 1])
  local left = redis.call('PTTL', key)
  if left < 0 then
    redis.call('PEXPIRE', key, ARGV[1])
    left = tonumber(ARGV[1])
  end
  answer[2 * i - 1] = count
  answer[2 * i] = left
end
return answer
`;

export interface RedisStoreOptions {
  readonly max: number;
  readonly windowMs: number;
  /** `redis://` or `rediss://`, with credentials where they are needed. */
  readonly url: string;
  /** Keys begin with it, so that several services can share a Redis. */
  readonly prefix?: string;
  readonly onState?: StoreStateListener;
}

/**
 * Counts in Redis, for all hosts together. It connects in the background and reconnects by itself; while Redis is away
 * or slow, requests go on and are limited by this process alone.
 *
 * @param options - see `RedisStoreOptions`
 */
export function createRedisStore({
  max,
  windowMs,
  url,
  prefix = 'payments-api:limit:',
  onState,
}: RedisStoreOptions): LimitStore {
  const redis = new Redis(url, {
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SILENCE_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(50 * 2 ** Math.min(attempt, 10), LAST_RECONNECT_DELAY_MS),
    // What cannot be sent now fails now: the request that waits for it is counted locally instead.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
  });
  let connectionError: unknown = null;
  // The next question tells that Redis is away. Without a listener the event would be printed past the log.
  redis.on('error', (error) => {
    connectionError = error;
  });
  redis.on('ready', () => {
    connectionError = null;
  });

  async function ask({ keys, hits }: HitBatch): Promise<CountBatch> {
    // The window is part of the key, so that a limit that is changed does not inherit the windows of the one before.
    const windowKeys = keys.map((key) => `${prefix}${windowMs}:${key}`);
    if (redis.status !== 'ready') throw new Error('Redis is not connected', { cause: connectionError });
    const answer = await redis.eval(COUNT_SCRIPT, keys.length, ...windowKeys, windowMs, ...hits);
    return readAnswer(answer, keys.length);
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

function readAnswer(answer: unknown, clients: number): CountBatch {
  if (!Array.isArray(answer) || answer.length !== 2 * clients) throw new Error('Redis gave an answer of another shape');
  const numbers = answer.map(Number);
  return {
    counts: numbers.filter((_, index) => index % 2 === 0),
    resetsMs: numbers.filter((_, index) => index % 2 === 1),
  };
}
