export interface HeartbeatOptions {
  /** How often a worker sends a heartbeat, and the primary checks for it. */
  readonly periodMs: number;
  /** A worker without a heartbeat for this time hangs. */
  readonly limitMs: number;
}

/** No healthy event loop pauses for half a minute, and few clients wait for longer. */
export const HEARTBEAT: HeartbeatOptions = { periodMs: 1000, limitMs: 30_000 };

/** Two missed heartbeats: the worker is busy with something long. */
const SILENT_PERIODS = 2.5;

/** Detects by missing heartbeats that a worker's event loop hangs. */
export class Heartbeat {
  #silentMs = 0;
  #excusedMs = 0;

  constructor(private readonly options: HeartbeatOptions) {}

  beat(): void {
    this.#silentMs = 0;
  }

  /** Allows this much more time without a heartbeat. The call itself counts as one. */
  excuse(forMs: number): void {
    this.#excusedMs = forMs;
    this.beat();
  }

  /**
   * Called once per period in which the primary itself ran, so that a paused machine does not count. Returns the time
   * since the last heartbeat, ms, if the worker hangs and must be killed; otherwise null.
   */
  tick(): number | null {
    const { periodMs, limitMs } = this.options;
    this.#silentMs += periodMs;
    if (this.#silentMs < limitMs + this.#excusedMs) return null;
    const hangsForMs = this.#silentMs;
    // It takes a moment to die, and must not be killed and counted twice.
    this.beat();
    return hangsForMs;
  }

  /** Whether new connections should go to other workers. */
  get isSilent(): boolean {
    return this.#silentMs > SILENT_PERIODS * this.options.periodMs;
  }
}

/** Skips periods in which this process itself was blocked for half the time. @returns a function that stops it */
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
