import type { StoreEvents } from '../../types.js';
import { type Failure, isHang, isOutage } from './failure.js';

export type Attempt<T> = { readonly value: T } | { readonly failure: Failure };

export interface BreakerOptions {
  /** Asks the database for a sign of life; its success is what closes the breaker again. */
  readonly probe: () => Promise<Attempt<unknown>>;
  readonly onOpen: () => void;
  readonly onClose: () => void;
  readonly events: StoreEvents;
}

/** This many statements in a row must fail because the database is unreachable. */
const FAILURES_TO_OPEN = 5;

/** The pauses before each probe; the first is short, for most outages are blips. A failover is noticed within the last. */
const PROBE_PAUSES_MS = [100, 250, 500];

/**
 * A circuit breaker that tests the database by itself while it is open, so that service resumes without traffic.
 * Requests never are the test: one that came at the wrong moment would wait for a server that hangs. It reads no clock, so
 * setting the clock changes nothing.
 */
export class CircuitBreaker {
  readonly #options: BreakerOptions;
  #isClosed = true;
  #failures = 0;
  /** What began before an outage and ends after it says nothing new. */
  #outages = 0;
  #timer: NodeJS.Timeout | undefined;
  #disposed = false;

  /** @param options - the probe, and who is told */
  constructor(options: BreakerOptions) {
    this.#options = options;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /**
   * Runs an attempt, and counts how it ended: opens after several outages in a row, or at once where the server hangs, for
   * each further try would wait in vain.
   */
  async execute<T>(attempt: () => Promise<Attempt<T>>): Promise<Attempt<T>> {
    const outagesBefore = this.#outages;
    const result = await attempt();
    if (outagesBefore === this.#outages && this.#isClosed) {
      if (!('failure' in result) || !isOutage(result.failure)) {
        this.#failures = 0;
      } else {
        this.#failures += 1;
        if (this.#failures >= FAILURES_TO_OPEN || isHang(result.failure)) this.#open();
      }
    }
    return result;
  }

  /** Stops probing. */
  dispose(): void {
    this.#disposed = true;
    clearTimeout(this.#timer);
  }

  #open(): void {
    if (this.#disposed) return;
    this.#isClosed = false;
    this.#outages += 1;
    this.#options.onOpen();
    this.#options.events.breaker?.('open');
    this.#scheduleProbe(0);
  }

  #scheduleProbe(count: number): void {
    const pauseMs = PROBE_PAUSES_MS[Math.min(count, PROBE_PAUSES_MS.length - 1)];
    this.#timer = setTimeout(async () => {
      this.#options.events.breaker?.('half_open');
      const result = await this.#options.probe();
      if (this.#disposed) return;
      if ('failure' in result) {
        this.#options.events.breaker?.('open');
        this.#scheduleProbe(count + 1);
      } else {
        this.#isClosed = true;
        this.#failures = 0;
        this.#options.events.breaker?.('closed');
        this.#options.onClose();
      }
    }, pauseMs).unref();
  }
}
