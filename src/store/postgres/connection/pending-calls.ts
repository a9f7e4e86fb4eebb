import { setTimeout as delay } from 'node:timers/promises';
import { Bag } from '../../../scheduling/bag.js';
import { deadlineExceeded, isExpired } from '../../batch.js';
import { type Call, type Consistency, StoreError } from '../../types.js';
import { breakerOpen, toStoreError } from './failure.js';

const SWEEP_INTERVAL_MS = 100;

/** A call in flight. Batches treat it as the caller's `Call`. */
export class PendingCall {
  #isSent = false;
  #isGivenUp = false;
  reject: (error: unknown) => void = () => {};
  /** The time before its deadline after which it is not sent any more. */
  marginMs = 0;
  bagIndex = -1;

  constructor(
    private readonly call: Call,
    private readonly isWrite: boolean,
  ) {}

  get deadline(): number {
    return this.call.deadline - this.marginMs;
  }

  get consistency(): Consistency | null {
    return this.call.consistency ?? null;
  }

  get expiresAt(): number {
    return this.call.deadline;
  }

  /** Abandoned calls are dropped from queues. */
  get abandoned(): boolean {
    return this.#isGivenUp || this.call.abandoned;
  }

  /** Whether a write was sent and may have been executed. */
  get isInDoubt(): boolean {
    return this.isWrite && this.#isSent;
  }

  /** Called just before a write is sent. */
  markSent(): void {
    if (!this.#isSent) this.call.pendingWrites += 1;
    this.#isSent = true;
  }

  /** Called when the write was certainly not executed. */
  markUnwritten(): void {
    if (this.#isSent) this.call.pendingWrites -= 1;
    this.#isSent = false;
  }

  /** Stores the token that the client sends with its next reads. */
  noteToken(token: string | null | undefined): void {
    if (token && this.consistency) this.consistency.token = token;
  }

  /** Rejects the call, whatever its work returns later. */
  giveUp(error: unknown): void {
    this.#isGivenUp = true;
    this.reject(error);
  }
}

/** Each call ends by its deadline, whatever happens to its statement. A sweep costs less than a timer for each. */
export class PendingCalls {
  readonly #calls = new Bag<PendingCall>();
  /** Only after pending input is read: after a pause of the process that may be all that is missing. */
  readonly #timer = setInterval(() => void setImmediate(() => this.#expire()), SWEEP_INTERVAL_MS).unref();

  /**
   * Runs the work of a call.
   *
   * @param call - rejected at its deadline at the latest
   * @param isWrite - whether its outcome is unknown once it was sent
   * @throws StoreError for a `Failure` of the work or at the deadline; `deadline_exceeded` if it has passed already
   */
  track<T>(call: Call, isWrite: boolean, work: (pending: PendingCall) => Promise<T>): Promise<T> {
    if (isExpired(call, performance.now())) return Promise.reject(deadlineExceeded());
    return new Promise((resolve, reject) => {
      const pending = new PendingCall(call, isWrite);
      pending.reject = reject;
      this.#calls.add(pending);
      work(pending).then(
        (result) => {
          this.#calls.delete(pending);
          resolve(result);
        },
        (error: unknown) => {
          this.#calls.delete(pending);
          reject(toStoreError(error, pending.isInDoubt));
        },
      );
    });
  }

  /** Rejects, with `unavailable`, every call that certainly changed nothing. */
  rejectUnsent(): void {
    for (const pending of this.#calls)
      if (!pending.isInDoubt) this.#giveUp(pending, toStoreError(breakerOpen(), false));
  }

  /** Resolves when no call is left; each ends by its deadline at the latest. */
  async close(): Promise<void> {
    while (this.#calls.size > 0) await delay(1);
    clearInterval(this.#timer);
  }

  /** Rejects the calls whose deadline comes before the next sweep; sent writes get their full time. */
  #expire(): void {
    const now = performance.now();
    for (const pending of this.#calls) {
      if (pending.expiresAt > (pending.isInDoubt ? now : now + SWEEP_INTERVAL_MS)) continue;
      this.#giveUp(
        pending,
        pending.isInDoubt
          ? new StoreError('outcome_unknown', 'Postgres did not respond before the deadline of a write')
          : new StoreError('unavailable', 'Postgres did not respond before the deadline', { reason: 'deadline' }),
      );
    }
  }

  #giveUp(pending: PendingCall, error: unknown): void {
    pending.giveUp(error);
    this.#calls.delete(pending);
  }
}
