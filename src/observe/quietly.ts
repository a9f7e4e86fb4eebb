const QUIET_MS = 10_000;

/**
 * Limits reports to one in ten seconds. `suppressed`: the number of calls since the last report that were not reported.
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
