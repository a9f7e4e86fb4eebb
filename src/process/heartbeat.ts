export interface HeartbeatOptions {
  /** How often a worker sends a heartbeat, and how often the primary checks, ms. */
  readonly periodMs: number;
  /** A worker without a heartbeat for this time hangs, ms. */
  readonly limitMs: number;
}

/** A second costs nothing; in half a minute no pause of an honest event loop lasts, and few clients still wait. */
export const HEARTBEAT: HeartbeatOptions = { periodMs: 1000, limitMs: 30_000 };

/** Two missed beats: it is busy with something long. */
const SILENT_PERIODS = 2.5;

/** Judges by its heartbeats whether a worker's event loop hangs. */
export class Heartbeat {
  readonly #options: HeartbeatOptions;
  #silentMs = 0;
  #excusedMs = 0;

  /** @param options - how often it beats, and when it counts as hanging */
  constructor(options: HeartbeatOptions) {
    this.#options = options;
  }

  /** A heartbeat arrived. */
  beat(): void {
    this.#silentMs = 0;
  }

  /** From now on it may be silent for this much longer, ms. To say so counts as a heartbeat. */
  excuse(forMs: number): void {
    this.#excusedMs = forMs;
    this.beat();
  }

  /**
   * To be called once a period in which the primary itself ran: a machine that was paused counts for nothing.
   *
   * @returns how long the worker has been silent where it hangs and is to be killed, ms; else null
   */
  tick(): number | null {
    const { periodMs, limitMs } = this.#options;
    this.#silentMs += periodMs;
    if (this.#silentMs < limitMs + this.#excusedMs) return null;
    const hangsForMs = this.#silentMs;
    // Dying takes a moment: it must not be killed and counted twice.
    this.beat();
    return hangsForMs;
  }

  /** Whether its last heartbeat is so old that new connections are better served elsewhere. */
  get isSilent(): boolean {
    return this.#silentMs > SILENT_PERIODS * this.#options.periodMs;
  }
}

/**
 * Calls back once a period, except where this process itself did not run for half a period or more.
 *
 * @param periodMs - the period, ms
 * @returns ends it
 */
export function everyPeriod(periodMs: number, onTick: () => void): () => void {
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const isOnTime = nowMs - lastMs <= 1.5 * periodMs;
    lastMs = nowMs;
    if (isOnTime) onTick();
  }, periodMs);
  return () => clearInterval(timer);
}
