/** `process`, or a substitute in tests. */
export interface SignalSource {
  on(signal: StopSignal, listener: () => void): unknown;
}

export type StopSignal = keyof typeof STOP_SIGNALS;

/** With the exit codes of a process that a signal ended, as in shells: 128 plus the signal's number. */
const STOP_SIGNALS = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 } as const;

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
  onStopSignals(signals, (exitCode, signal) => {
    const nowMs = performance.now();
    if (stoppedAtMs === null) {
      stoppedAtMs = nowMs;
      current.onStop(signal);
    } else if (nowMs - stoppedAtMs >= ECHO_MS) current.onKill(exitCode, signal);
  });
  return (others) => {
    current = others;
  };
}

/** Calls a listener at each signal, with a shell's exit code, instead of ending the process. */
export function onStopSignals(signals: SignalSource, listener: (exitCode: number, signal: StopSignal) => void): void {
  for (const signal of Object.keys(STOP_SIGNALS) as StopSignal[]) {
    signals.on(signal, () => listener(STOP_SIGNALS[signal], signal));
  }
}

/** Times since the shutdown began. At `deadlineMs` requests in flight are cut; the rest is for the repository. */
export function shutdownPlan(timeoutMs: number) {
  return {
    graceMs: Math.min(1000, timeoutMs / 2),
    deadlineMs: timeoutMs - Math.min(1000, timeoutMs / 4),
    killMs: timeoutMs - Math.min(250, timeoutMs / 10),
  };
}
