/** Where signals come from: `process`. */
export interface SignalSource {
  on(signal: StopSignal, listener: () => void): unknown;
}

export type StopSignal = 'SIGTERM' | 'SIGINT' | 'SIGHUP';

/** The exit codes of a process that ended by a signal, as shells report them: 128 and its number. */
const EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGTERM: 143, SIGINT: 130, SIGHUP: 129 };
const STOP_SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

/** Ctrl-C reaches a program below npm twice, from the terminal and from npm; no person is that fast. */
const ECHO_MS = 20;

export interface StopHandlers {
  /** The first signal: end in good order. */
  readonly onStop: (signal: StopSignal) => void;
  /** A further one: end at once, with this exit code. */
  readonly onKill: (exitCode: number, signal: StopSignal) => void;
}

/**
 * SIGTERM, SIGINT, and SIGHUP of a terminal that closes: the first ends the service in good order, the second at once.
 *
 * @returns puts other handlers in their place. The listeners stay: Node drops a signal that has come but was not told yet,
 *   as during a start that takes long, when its last listener goes.
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

/** Has a command end with a shell's exit code at the first signal. */
export function endAtSignals(signals: SignalSource, end: (exitCode: number) => void): void {
  for (const signal of STOP_SIGNALS) signals.on(signal, () => end(EXIT_CODES[signal]));
}

/** A worker leaves signals to its primary: Ctrl-C and some supervisors send them to the whole process group. */
export function ignoreStopSignals(signals: SignalSource): void {
  for (const signal of STOP_SIGNALS) signals.on(signal, () => {});
}

/** When what happens in a shutdown; all times from its beginning. */
export interface ShutdownPlan {
  /** Idle connections are kept this long. */
  readonly graceMs: number;
  /** Requests in flight are cut after this time; what is left of the time is for closing the repository. */
  readonly deadlineMs: number;
  /** Whatever still runs is ended after this time. */
  readonly killMs: number;
}

/** Divides the time of a shutdown. */
export function shutdownPlan(timeoutMs: number): ShutdownPlan {
  return {
    graceMs: Math.min(1000, timeoutMs / 2),
    deadlineMs: timeoutMs - Math.min(1000, timeoutMs / 4),
    killMs: timeoutMs - Math.min(250, timeoutMs / 10),
  };
}
