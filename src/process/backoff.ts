interface BackoffOptions {
  /** The wait before the second attempt of a row, ms. */
  readonly firstMs?: number;
  readonly maxMs?: number;
  /** A process that ran for this time did not fail by starting. */
  readonly stableMs?: number;
}

/**
 * How long to wait before a process that ended is started again: not at all after a long run, else twice as long each
 * time.
 *
 * @param options - see `BackoffOptions`
 * @returns told how long the process ran (ms, 0 where it never was ready), gives the wait, ms
 */
export function createBackoff({
  firstMs = 100,
  maxMs = 10_000,
  stableMs = 30_000,
}: BackoffOptions = {}): (ranMs: number) => number {
  let failures = 0;
  return (ranMs) => {
    if (ranMs >= stableMs) {
      failures = 0;
      return 0;
    }
    failures += 1;
    return Math.min(maxMs, firstMs * 2 ** (failures - 1));
  };
}
