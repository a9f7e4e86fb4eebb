/** The same trouble is reported at most this often. */
const QUIET_MS = 10_000;

/**
 * Limits how often the same trouble is reported: at most once in ten seconds, and the next report is told how many
 * were left out.
 *
 * @param report - reports it; `suppressed` is the number of calls since the last report that were left out
 */
export function quietly<Args extends readonly unknown[]>(
  report: (suppressed: number, ...args: Args) => void,
  now: () => number = () => performance.now(),
): (...args: Args) => void {
  let quietUntilMs = -Infinity;
  let suppressed = 0;
  return (...args) => {
    if (now() < quietUntilMs) {
      suppressed += 1;
      return;
    }
    quietUntilMs = now() + QUIET_MS;
    const left = suppressed;
    suppressed = 0;
    report(left, ...args);
  };
}
