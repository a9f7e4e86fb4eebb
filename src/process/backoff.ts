const FIRST_MS = 100;
const MAX_MS = 10_000;
/** A process that ran for this time did not fail by starting. */
const STABLE_MS = 30_000;

/**
 * How long to wait before a process that ended is started again: not at all after a long run, else twice as long each
 * time.
 *
 * @returns told how long the process ran (ms, 0 where it never was ready), gives the wait, ms
 */
export function createBackoff(): (ranMs: number) => number {
  let failures = 0;
  return (ranMs) => {
    failures = ranMs >= STABLE_MS ? 0 : failures + 1;
    return failures === 0 ? 0 : Math.min(MAX_MS, FIRST_MS * 2 ** (failures - 1));
  };
}
