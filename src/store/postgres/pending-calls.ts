import { deadlineExceeded, isExpired } from '../batch.js';
import { type RepoCall, RepoError } from '../repo.js';

interface PendingCall {
  readonly call: RepoCall;
  readonly write: boolean;
  readonly reject: (error: RepoError) => void;
}

const SWEEP_INTERVAL_MS = 100;

/**
 * The calls that wait for an answer, so that each gets one by its deadline, whatever became of the statement that works
 * for it. Looking through them ten times a second costs less than a timer for each.
 */
export class PendingCalls {
  readonly #calls = new Set<PendingCall>();
  readonly #timer = setInterval(() => this.#expire(performance.now() + SWEEP_INTERVAL_MS), SWEEP_INTERVAL_MS).unref();
  #onEmpty: (() => void)[] = [];

  /**
   * @param call - rejected at its deadline at the latest
   * @param write - whether its outcome is unknown once it was sent
   * @param work - does it
   * @returns what the work gives
   * @throws RepoError what the work throws or the methods below give; `deadline_exceeded` where it is too late already
   */
  track<T>(call: RepoCall, write: boolean, work: () => Promise<T>): Promise<T> {
    if (isExpired(call, performance.now())) {
      return Promise.reject(deadlineExceeded());
    }
    return new Promise((resolve, reject) => {
      const pending: PendingCall = { call, write, reject };
      this.#calls.add(pending);
      work().then(
        (result) => {
          this.#remove(pending);
          resolve(result);
        },
        (error: unknown) => {
          this.#remove(pending);
          reject(error);
        },
      );
    });
  }

  /** Rejects, with `unavailable`, every call of which it is certain that it changed nothing. */
  rejectUnsent(): void {
    for (const pending of this.#calls) {
      if (!(pending.write && pending.call.sent)) {
        this.#give(pending, new RepoError('unavailable', 'the circuit breaker opened while the call waited'));
      }
    }
  }

  /** Resolves once no call waits any more. */
  empty(): Promise<void> {
    return this.#calls.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#onEmpty.push(resolve));
  }

  /** Stops looking for calls whose deadline has come. */
  close(): void {
    clearInterval(this.#timer);
  }

  /** Rejects the calls whose deadline comes before the next look. */
  #expire(limit: number): void {
    for (const pending of this.#calls) {
      if (pending.call.deadline <= limit) {
        this.#give(
          pending,
          pending.write && pending.call.sent
            ? new RepoError('outcome_unknown', 'Postgres did not answer before the deadline of a write')
            : new RepoError('unavailable', 'Postgres did not answer before the deadline'),
        );
      }
    }
  }

  #give(pending: PendingCall, error: RepoError): void {
    // What still lies in a queue is dropped there.
    pending.call.abandoned = true;
    pending.reject(error);
    this.#remove(pending);
  }

  #remove(pending: PendingCall): void {
    if (this.#calls.delete(pending) && this.#calls.size === 0) {
      const waiting = this.#onEmpty;
      this.#onEmpty = [];
      for (const resolve of waiting) {
        resolve();
      }
    }
  }
}
