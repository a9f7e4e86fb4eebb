import { PaymentsError } from './errors.js';

export interface RetryOptions {
  /** The number of attempts after the first one. Default 3. */
  readonly retries?: number;
  /** The maximum wait before the first retry; doubled with each one. Default 200. */
  readonly baseDelayMs?: number;
  /** The maximum wait, unless the service asks for more. Default 5000. */
  readonly maxDelayMs?: number;
  /** If the service asks to wait longer than this, the call fails at once. Default 30000. */
  readonly maxRetryAfterMs?: number;
}

/** A retry that is about to happen. */
export interface Retry {
  readonly error: PaymentsError;
  /** 1 for the first retry. */
  readonly retry: number;
  readonly delayMs: number;
}

export interface RetryContext {
  /** Ends the wait by throwing its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called before each wait. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** Whether an error may be retried; default: if it is transient. */
  readonly isRetryable?: (error: PaymentsError) => boolean;
}

/**
 * Retries an attempt after transient errors, with full jitter, so that clients do not return at the same moment.
 *
 * @param attempt - errors other than `PaymentsError` end the call
 */
export async function withRetries<T>(
  attempt: () => Promise<T>,
  { retries = 3, baseDelayMs = 200, maxDelayMs = 5_000, maxRetryAfterMs = 30_000 }: RetryOptions,
  { signal, onRetry, isRetryable = (error) => error.isTransient }: RetryContext,
): Promise<T> {
  let unknown: PaymentsError | null = null;
  for (let failures = 0; ; failures++) {
    try {
      return await attempt();
    } catch (error) {
      if (!(error instanceof PaymentsError) || !isRetryable(error)) throw error;
      if (error.outcomeUnknown) unknown = error;
      // If an earlier attempt may have happened, the caller must learn that, whatever the last error is.
      if (failures >= retries || error.retryAfterMs > maxRetryAfterMs) throw unknown ?? error;
      const jitterMs = Math.random() * Math.min(maxDelayMs, baseDelayMs * 2 ** failures);
      const delayMs = Math.min(error.retryAfterMs + jitterMs, MAX_TIMER_MS);
      onRetry?.({ error, retry: failures + 1, delayMs });
      await sleep(delayMs, signal);
    }
  }
}

/** A longer timer would fire at once. */
export const MAX_TIMER_MS = 2 ** 31 - 1;

/** @param signal - ends the wait by throwing its reason */
export async function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      release();
      resolve();
    }, delayMs);
    const release = onAbort(signal, () => {
      clearTimeout(timer);
      reject(signal?.reason);
    });
  });
}

const listeners = new WeakMap<EventTarget, Set<() => void>>();

/** One function for all: a signal takes it only once, and Node warns of more than ten listeners. */
function notify({ currentTarget }: Event): void {
  for (const listener of (currentTarget && listeners.get(currentTarget)) ?? []) listener();
}

/** Calls a function when a signal aborts. Returns what ends this. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) return () => {};
  const others = listeners.get(signal) ?? new Set();
  listeners.set(signal, others.add(listener));
  signal.addEventListener('abort', notify);
  return () => {
    others.delete(listener);
    if (others.size === 0) signal.removeEventListener('abort', notify);
  };
}
