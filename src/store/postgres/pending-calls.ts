import { deadlineExceeded, isExpired } from '../batching/batch.js';
import { type Call, type Consistency, StoreError } from '../types.js';
import { breakerOpen, toStoreError } from './connection/failure.js';

const SWEEP_INTERVAL_MS = 100;

/** One call of the store's, on its way. Batches take it for the caller's `Call`. */
export class PendingCall {
  readonly #call: Call;
  readonly #isWrite: boolean;
  #isSent = false;
  #isGivenUp = false;
  reject: (error: unknown) => void = () => {};
  /** How long before its deadline it is not sent any more, ms. */
  marginMs = 0;

  constructor(call: Call, isWrite: boolean) {
    this.#call = call;
    this.#isWrite = isWrite;
  }

  /** When it is too late to send anything for it. */
  get deadline(): number {
    return this.#call.deadline - this.marginMs;
  }

  get consistency(): Consistency | null {
    return this.#call.consistency ?? null;
  }

  get expiresAt(): number {
    return this.#call.deadline;
  }

  /** What still lies in a queue is dropped there. */
  get abandoned(): boolean {
    return this.#isGivenUp || this.#call.abandoned;
  }

  /** Whether a write was sent whose outcome is not known. */
  get isInDoubt(): boolean {
    return this.#isWrite && this.#isSent;
  }

  /** To be called just before a write leaves. */
  markSent(): void {
    if (!this.#isSent) this.#call.pendingWrites += 1;
    this.#isSent = true;
  }

  /** To be called when it is certain what became of the write, or that nothing did. */
  markKnown(): void {
    if (this.#isSent) this.#call.pendingWrites -= 1;
    this.#isSent = false;
  }

  /** Notes what the client is to send with its next reads. */
  noteToken(token: string | null | undefined): void {
    if (token && this.consistency) this.consistency.token = token;
  }

  /** Rejects the call, whatever its work comes to. */
  giveUp(error: unknown): void {
    this.#isGivenUp = true;
    this.reject(error);
  }
}

/**
 * The calls that wait for a response, so that each gets one by its deadline, whatever became of the statement that works
 * for it. Looking through them ten times a second costs less than a timer for each.
 */
export class PendingCalls {
  readonly #calls = new Set<PendingCall>();
  readonly #timer = setInterval(() => this.#expire(performance.now()), SWEEP_INTERVAL_MS).unref();
  #onEmpty: (() => void)[] = [];

  /**
   * @param call - rejected at its deadline at the latest
   * @param isWrite - whether its outcome is unknown once it was sent
   * @param work - does it
   * @returns what the work gives
   * @throws StoreError for a `Failure` of the work, or as the methods below give it; `deadline_exceeded` where it is too late
   */
  track<T>(call: Call, isWrite: boolean, work: (pending: PendingCall) => Promise<T>): Promise<T> {
    if (isExpired(call, performance.now())) return Promise.reject(deadlineExceeded());
    return new Promise((resolve, reject) => {
      const pending = new PendingCall(call, isWrite);
      pending.reject = reject;
      this.#calls.add(pending);
      work(pending).then(
        (result) => {
          this.#remove(pending);
          resolve(result);
        },
        (error: unknown) => {
          this.#remove(pending);
          reject(toStoreError(error, pending.isInDoubt));
        },
      );
    });
  }

  /** Rejects, with `unavailable`, every call of which it is certain that it changed nothing. */
  rejectUnsent(): void {
    for (const pending of this.#calls)
      if (!pending.isInDoubt) this.#giveUp(pending, toStoreError(breakerOpen(), false));
  }

  /** Resolves once no call waits any more. */
  empty(): Promise<void> {
    return this.#calls.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#onEmpty.push(resolve));
  }

  /** Stops looking for calls whose deadline has come. */
  close(): void {
    clearInterval(this.#timer);
  }

  /** Rejects the calls whose deadline comes before the next look; writes that were sent have the whole time. */
  #expire(now: number): void {
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
    this.#remove(pending);
  }

  #remove(pending: PendingCall): void {
    if (this.#calls.delete(pending) && this.#calls.size === 0) {
      const waiting = this.#onEmpty;
      this.#onEmpty = [];
      for (const resolve of waiting) resolve();
    }
  }
}
