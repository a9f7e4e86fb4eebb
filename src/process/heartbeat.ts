import type { ProcessState } from './process-state.js';

export interface HeartbeatOptions {
  /** How often a worker gives a sign of life, and how often the primary looks, ms. */
  readonly periodMs?: number;
  /** A worker that gives none for so long hangs, ms. */
  readonly limitMs?: number;
}

/** A second costs nothing; in half a minute no pause of an honest event loop lasts, and few clients still wait. */
export const HEARTBEAT: Required<HeartbeatOptions> = { periodMs: 1000, limitMs: 30_000 };

/** What the primary thinks of a worker, by its signs of life. */
export interface Heartbeat {
  /** A sign of life came. */
  beat(): void;
  /** From now on it may be silent for so much longer, ms: it has said why. */
  excuse(forMs: number): void;
  /**
   * To be called once a period. Where it returns a number, the worker is to be killed.
   *
   * @param lateMs - by how much the call is late: the primary, too, did not run for so long
   * @returns how long the worker has been silent where it hangs, ms; else null
   */
  tick(lateMs: number): number | null;
  /** Whether its last sign of life is so old that others are better served elsewhere. */
  readonly isSilent: boolean;
}

/** Two missed beats: it is busy with something long. */
const SILENT_PERIODS = 2.5;
/** A process that wants to run and gets less than this of the time it asks for is starved, and does not hang. */
const STARVED_SHARE = 0.1;
/** States in which the process itself can do nothing: waiting for a disk, and stopped by a person or a debugger. */
const HELD = ['D', 'T', 't'];
/** What was held has so long for its next sign of life: it must run for that, and the primary must read it. */
const RESUME_PERIODS = 3;

/**
 * Judges whether a worker's event loop hangs. To kill a worker that does not loses requests that were accepted, so every
 * doubt is in its favour: only time in which the primary itself ran on time is counted, so that a machine that was paused
 * or is out of breath counts for nothing; and a worker that the kernel does not let run is given more.
 *
 * @param look - what the kernel says of it, null where that cannot be known
 * @param options - see `HeartbeatOptions`
 */
export function createHeartbeat(
  look: () => ProcessState | null,
  { periodMs = HEARTBEAT.periodMs, limitMs = HEARTBEAT.limitMs }: HeartbeatOptions = {},
): Heartbeat {
  let silentMs = 0;
  let excusedMs = 0;
  let cpuBeforeMs: number | null = null;
  /** How long it had been silent when it was last seen held, ms. */
  let heldMs = 0;

  function beat(): void {
    silentMs = 0;
    cpuBeforeMs = null;
    heldMs = 0;
  }

  function isHeld(): boolean {
    const state = look();
    if (!state) return false;
    const ranMs = state.cpuMs - (cpuBeforeMs ?? state.cpuMs);
    return HELD.includes(state.letter) || (state.letter === 'R' && ranMs < silentMs * STARVED_SHARE);
  }

  return {
    beat,
    excuse(forMs) {
      excusedMs = forMs;
    },
    tick(lateMs) {
      if (lateMs > periodMs / 2) return null;
      cpuBeforeMs ??= look()?.cpuMs ?? null;
      silentMs += periodMs;
      const untilMs = limitMs + excusedMs;
      const resumeMs = RESUME_PERIODS * periodMs;
      // Also what is held until just before its time is up gets time to resume.
      if (silentMs > untilMs - resumeMs && isHeld()) heldMs = silentMs;
      if (silentMs < Math.max(untilMs, heldMs + resumeMs)) return null;
      const hangsForMs = silentMs;
      // It takes a moment to die, and must not be killed, and counted, twice.
      beat();
      return hangsForMs;
    },
    get isSilent() {
      return silentMs > SILENT_PERIODS * periodMs;
    },
  };
}

/**
 * Calls back once a period, and tells how late it is.
 *
 * @param periodMs - the period, ms
 * @param onTick - told by how much the call is late, ms
 * @returns ends it
 */
export function everyPeriod(periodMs: number, onTick: (lateMs: number) => void): () => void {
  let lastMs = performance.now();
  const timer = setInterval(() => {
    const nowMs = performance.now();
    const lateMs = nowMs - lastMs - periodMs;
    lastMs = nowMs;
    onTick(lateMs);
  }, periodMs);
  return () => clearInterval(timer);
}
