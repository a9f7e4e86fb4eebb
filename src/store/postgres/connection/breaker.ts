import type { StoreEvents } from '../../types.js';
import { Failure } from './failure.js';

export interface BreakerOptions {
  /** Sends the database a health check; its success closes the breaker. */
  readonly probe: () => Promise<unknown>;
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
   * further attempts would only wait.
   */
  async execute<T>(attempt: () => Promise<T>): Promise<T> {
    const outagesBefore = this.#outages;
    const ended = (outage: Failure | null) => {
      if (outagesBefore !== this.#outages || !this.#isClosed) return;
      this.#failures = outage === null ? 0 : this.#failures + 1;
      if (this.#failures >= FAILURES_TO_OPEN || outage?.isHang) this.#open();
    };
    try {
      const result = await attempt();
      ended(null);
      return result;
    } catch (error) {
      ended(error instanceof Failure && error.isOutage ? error : null);
      throw error;
    }
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
      const isBack = await this.#options.probe().then(
        () => true,
        () => false,
      );
      if (this.#disposed) return;
      this.#options.events.breaker?.(isBack ? 'closed' : 'open');
      if (!isBack) {
        this.#scheduleProbe(count + 1);
        return;
      }
      this.#isClosed = true;
      this.#failures = 0;
      this.#options.onClose();
    }, pauseMs).unref();
  }
}
