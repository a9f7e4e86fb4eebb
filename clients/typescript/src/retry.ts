import { PaymentsError } from './errors.js';

export interface RetryOptions {
  /** How many further attempts follow the first one. Default 3. */
  readonly retries?: number;
  /** The wait before the first retry, at most; it doubles with each one. Default 200. */
  readonly baseDelayMs?: number;
  /** The longest wait of the client's own choice. Default 5000. */
  readonly maxDelayMs?: number;
  /** Where the service asks to wait longer than this, the call fails at once instead. Default 30000. */
  readonly maxRetryAfterMs?: number;
}

/**
 * Repeats an attempt while it fails in a way that may pass, with full jitter between attempts, so that many clients do
 * not come back at the same instant.
 *
 * @param attempt - gets the last error after which the outcome is unknown, or null; what it throws beside `PaymentsError` ends the call
 * @param options - how often, and how long to wait
 * @param signal - ends the waiting
 */
export async function withRetries<T>(
  attempt: (earlier: PaymentsError | null) => Promise<T>,
  { retries = 3, baseDelayMs = 200, maxDelayMs = 5_000, maxRetryAfterMs = 30_000 }: RetryOptions,
  signal: AbortSignal | undefined,
): Promise<T> {
  let unknown: PaymentsError | null = null;
  for (let failures = 0; ; failures++) {
    try {
      return await attempt(unknown);
    } catch (error) {
      if (!(error instanceof PaymentsError) || !error.isTransient) throw error;
      if (error.outcomeUnknown) unknown = error;
      // Once an attempt may have happened, that is what the caller must learn, whatever the last one said.
      if (failures >= retries || error.retryAfterMs > maxRetryAfterMs) throw unknown ?? error;
      const jitterMs = Math.random() * Math.min(maxDelayMs, baseDelayMs * 2 ** failures);
      await sleep(error.retryAfterMs + jitterMs, signal);
    }
  }
}

/**
 * Waits.
 *
 * @param delayMs - how long
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
