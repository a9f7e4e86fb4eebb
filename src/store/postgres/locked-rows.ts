import { setTimeout as delay } from 'node:timers/promises';
import { isExpired } from '../batching/batch.js';
import { StoreError } from '../types.js';
import type { PendingCall } from './pending-calls.js';
import { LOCKED } from './writes.js';

const FIRST_PAUSE_MS = 10;
const LONGEST_PAUSE_MS = 160;
const MARGIN_MS = 250;
/** Rows that may be waited for at once. */
const ROWS_LIMIT = 1_024;

/**
 * The writes of rows that somebody else has locked, apart from all others: a person's open transaction, or another program.
 * Of each row one write is tried again from time to time, in the batches of its neighbours, which pass a locked row over; the
 * rest of its writes queue after it. So the lock costs its neighbours nothing and takes no connection, and every write
 * is either executed or certainly not.
 */
export class LockedRows {
  /** The last write of each row. */
  readonly #last = new Map<string, Promise<unknown>>();

  /**
   * @param id - of the row
   * @param call - of the write
   * @param attempt - makes the write, or finds the row locked
   * @throws StoreError `unavailable` when the row is still locked shortly before the deadline, or what the attempt throws
   */
  async run<T>(id: string, call: PendingCall, attempt: () => Promise<T | typeof LOCKED>): Promise<T> {
    const before = this.#last.get(id);
    if (before === undefined) {
      const result = await attempt();
      if (result !== LOCKED) return result;
    }
    if (!this.#last.has(id) && this.#last.size >= ROWS_LIMIT) {
      throw new StoreError('overloaded', 'too many rows are locked by other transactions', { reason: '55P03' });
    }
    const turn = (this.#last.get(id) ?? Promise.resolve()).then(() => retry(call, attempt));
    const settled = turn.then(
      () => {},
      () => {},
    );
    this.#last.set(id, settled);
    void settled.then(() => {
      if (this.#last.get(id) === settled) this.#last.delete(id);
    });
    return await turn;
  }
}

async function retry<T>(call: PendingCall, attempt: () => Promise<T | typeof LOCKED>): Promise<T> {
  // A write that is sent shortly before its deadline could be taken for one whose outcome is unknown.
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
