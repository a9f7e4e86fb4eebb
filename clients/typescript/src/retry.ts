import { PaymentsError } from './errors.js';

export interface RetryOptions {
  /** The number of attempts after the first one. Default 3. */
  readonly retries?: number;
  /** The wait before the first retry, at most; it doubles with each one. Default 200. */
  readonly baseDelayMs?: number;
  /** The longest wait of the client's own choice. Default 5000. */
  readonly maxDelayMs?: number;
  /** If the service asks to wait longer than this, the call fails at once instead. Default 30000. */
  readonly maxRetryAfterMs?: number;
}

/** What is known when an attempt is about to be repeated. */
export interface Retry {
  readonly error: PaymentsError;
  /** 1 for the first retry. */
  readonly retry: number;
  readonly delayMs: number;
}

export interface RetryContext {
  /** Ends the waiting, by throwing its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Called before each wait. */
  readonly onRetry?: ((retry: Retry) => void) | undefined;
  /** Whether an error is worth another attempt; default: whether it is transient. */
  readonly isRetryable?: (error: PaymentsError) => boolean;
}

/**
 * Repeats an attempt while it fails in a way that may pass, with full jitter between attempts, so that many clients do
 * not come back at the same instant.
 *
 * @param attempt - what it throws besides `PaymentsError` ends the call
 * @param options - the number of retries, and the waits
 * @param context - of the call
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
      // Once an attempt may have happened, that is what the caller must learn, whatever the last one said.
      if (failures >= retries || error.retryAfterMs > maxRetryAfterMs) throw unknown ?? error;
      const jitterMs = Math.random() * Math.min(maxDelayMs, baseDelayMs * 2 ** failures);
      const delayMs = error.retryAfterMs + jitterMs;
      onRetry?.({ error, retry: failures + 1, delayMs });
      await sleep(delayMs, signal);
    }
  }
}

/**
 * Waits.
 *
 * @param delayMs - the duration
 * @param signal - ends the waiting, by throwing its reason
 */
export async function sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const finish = () => {
      signal?.removeEventListener('abort', abort);
      resolve();
    };
    const timer = setTimeout(finish, delayMs);
    const abort = () => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
