import { setTimeout as delay } from 'node:timers/promises';
import type { StoreEvents } from '../../types.js';
import { Failure } from './failure.js';

interface BreakerOptions {
  /** Sends a health check; success closes the breaker. */
  readonly probe: () => Promise<unknown>;
  readonly onOpen: () => void;
  readonly onClose: () => void;
  readonly events: StoreEvents;
}

/**
 * The server accepts no more connections, but some exist, and a call waits for one of them. This shows neither an
 * outage nor its end: the others may be dead.
 */
export const FULL = Symbol('full');

/** The number of consecutive outages that open the breaker. */
const FAILURES_TO_OPEN = 5;

/** Short at first, because most outages are. The last bounds how late a failover is noticed. */
const PROBE_PAUSES_MS = [100, 250, 500];

/**
 * Probes the database while it is open, so that service resumes without traffic. Requests are never the probe: they
 * would wait for a hung server. It does not depend on the wall clock.
 */
export class CircuitBreaker {
  #isClosed = true;
  #failures = 0;
  /** An attempt that started before an outage and ends after it is not counted. */
  #outages = 0;
  #disposed = false;

  constructor(private readonly options: BreakerOptions) {}

  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Opens after several consecutive outages, or at once if the server hangs: further attempts would only wait. */
  async execute<T>(attempt: () => Promise<T>): Promise<T> {
    const outagesBefore = this.#outages;
    const ended = (outage: Failure | null) => {
      if (outagesBefore !== this.#outages || !this.#isClosed) return;
      this.#failures = outage === null ? 0 : this.#failures + 1;
      if (this.#failures >= FAILURES_TO_OPEN || outage?.isHang) this.#open();
    };
    try {
      const result = await attempt();
      if (result !== FULL) ended(null);
      return result;
    } catch (error) {
      ended(error instanceof Failure && error.isOutage ? error : null);
      throw error;
    }
  }

  dispose(): void {
    this.#disposed = true;
  }

  #open(): void {
    if (this.#disposed) return;
    this.#isClosed = false;
    this.#outages += 1;
    this.options.onOpen();
    this.options.events.breaker?.('open');
    void this.#probe();
  }

  /** Probes until the database responds. */
  async #probe(): Promise<void> {
    for (let count = 0; !this.#isClosed; count += 1) {
      await delay(PROBE_PAUSES_MS[Math.min(count, PROBE_PAUSES_MS.length - 1)], undefined, { ref: false });
      if (this.#disposed) return;
      this.options.events.breaker?.('half_open');
      const isBack = await this.options.probe().then(
        () => true,
        () => false,
      );
      if (this.#disposed) return;
      this.options.events.breaker?.(isBack ? 'closed' : 'open');
      this.#isClosed = isBack;
    }
    this.#failures = 0;
    this.options.onClose();
  }
}
