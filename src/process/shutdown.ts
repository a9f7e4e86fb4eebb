/** `process`, or a substitute in tests. */
export interface SignalSource {
  on(signal: StopSignal, listener: () => void): unknown;
}

export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/** The exit codes of a process that a signal ended, as in shells: 128 plus the signal's number. */
const EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 };
const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Under npm, Ctrl-C reaches the program twice, from the terminal and from npm; no person is that fast. */
const ECHO_MS = 20;

export interface StopHandlers {
  /** Shut down gracefully. */
  readonly onStop: (signal: StopSignal) => void;
  /** Exit at once, with this code. */
  readonly onKill: (exitCode: number, signal: StopSignal) => void;
}

/**
 * Handles SIGTERM, SIGINT, and SIGHUP of a closing terminal: the first ends the service gracefully, the second at once.
 *
 * @returns a function that replaces the handlers. The listeners stay: without one, Node would drop a signal that is
 *   pending, for example during a long start
 */
export function handleStopSignals(signals: SignalSource, handlers: StopHandlers): (others: StopHandlers) => void {
  let current = handlers;
  let stoppedAtMs: number | null = null;
  for (const signal of STOP_SIGNALS) {
    signals.on(signal, () => {
      const nowMs = performance.now();
      if (stoppedAtMs === null) {
        stoppedAtMs = nowMs;
        current.onStop(signal);
      } else if (nowMs - stoppedAtMs >= ECHO_MS) current.onKill(EXIT_CODES[signal], signal);
    });
  }
  return (others) => {
    current = others;
  };
}

/** Ends a command with a shell's exit code at the first signal. */
export function endAtSignals(signals: SignalSource, end: (exitCode: number) => void): void {
  for (const signal of STOP_SIGNALS) signals.on(signal, () => end(EXIT_CODES[signal]));
}

/** Workers leave signals to the primary: Ctrl-C and some supervisors signal the whole process group. */
export function ignoreStopSignals(signals: SignalSource): void {
  for (const signal of STOP_SIGNALS) signals.on(signal, () => {});
}

/** Times since the shutdown began. At `deadlineMs` requests in flight are cut; the rest is for the repository. */
export function shutdownPlan(timeoutMs: number) {
  return {
    graceMs: Math.min(1000, timeoutMs / 2),
    deadlineMs: timeoutMs - Math.min(1000, timeoutMs / 4),
    killMs: timeoutMs - Math.min(250, timeoutMs / 10),
  };
}
