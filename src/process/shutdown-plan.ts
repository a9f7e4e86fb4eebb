/** When what happens in a shutdown; all times from its beginning. */
export interface ShutdownPlan {
  /** Idle connections are kept this long. */
  readonly graceMs: number;
  /** Requests in flight are cut after this time; what is left of the time is for closing the repository. */
  readonly deadlineMs: number;
  /** Whatever still runs is ended after this time. */
  readonly killMs: number;
}

/**
 * Divides the time of a shutdown.
 *
 * @param timeoutMs - `--shutdown-timeout`; all is over before it
 */
export function shutdownPlan(timeoutMs: number): ShutdownPlan {
  return {
    graceMs: Math.min(1000, timeoutMs / 2),
    deadlineMs: timeoutMs - Math.min(1000, timeoutMs / 4),
    killMs: timeoutMs - Math.min(250, timeoutMs / 10),
  };
}
