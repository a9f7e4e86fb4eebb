import { setTimeout as delay } from 'node:timers/promises';
import { isExpired } from '../batch.js';
import { StoreError } from '../types.js';
import type { PendingCall } from './connection/pending-calls.js';
import { LOCKED } from './writes.js';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 160;
const MARGIN_MS = 250;
/** The maximum number of locked rows with waiting writes. */
const ROWS_LIMIT = 1_024;

/**
 * Separates the writes of rows that another transaction has locked. One write of each row is retried in the normal
 * batches, which skip locked rows; the others wait for it. So a lock delays no other row and holds no connection, and
 * every write is either executed or certainly not.
 */
export class LockedRows {
  /** The last write of each row. */
  readonly #last = new Map<string, Promise<unknown>>();

  /** @throws StoreError `unavailable` if the row is still locked shortly before the deadline, or the attempt's error */
  async run<T>(id: string, call: PendingCall, attempt: () => Promise<T | typeof LOCKED>): Promise<T> {
    if (!this.#last.has(id)) {
      const result = await attempt();
      if (result !== LOCKED) return result;
    }
    if (!this.#last.has(id) && this.#last.size >= ROWS_LIMIT) {
      throw new StoreError('overloaded', 'too many rows are locked by other transactions', { reason: '55P03' });
    }
    const turn = (this.#last.get(id) ?? Promise.resolve()).then(() => retry(call, attempt));
    const settled = Promise.allSettled([turn]);
    this.#last.set(id, settled);
    void settled.then(() => {
      if (this.#last.get(id) === settled) this.#last.delete(id);
    });
    return await turn;
  }
}

async function retry<T>(call: PendingCall, attempt: () => Promise<T | typeof LOCKED>): Promise<T> {
  // Sent shortly before its deadline, a write could end with its outcome unknown.
  call.marginMs = MARGIN_MS;
  for (let pauseMs = FIRST_PAUSE_MS; !isExpired(call, performance.now()); ) {
    const result = await attempt().catch((error: unknown): typeof LOCKED => {
      if (error instanceof StoreError && error.code === 'deadline_exceeded') return LOCKED;
      throw error;
    });
    if (result !== LOCKED) return result;
    await delay(pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }
  throw new StoreError('unavailable', 'the row was locked by another transaction until the deadline', {
    reason: '55P03',
  });
}
