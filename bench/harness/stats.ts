/** A median and quartiles. */
export interface Spread {
  readonly median: number;
  /** First quartile. */
  readonly low: number;
  /** Third quartile. */
  readonly high: number;
}

/** The median. NaN of no values. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Median and quartiles. NaN of no values. */
export function spread(values: readonly number[]): Spread {
  return { median: median(values), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/**
 * Compares two servers round by round: the machine's speed drifts by a third during a run, and rounds within seconds of
 * each other drift far less than medians over minutes.
 *
 * @param own - one value a round
 * @param other - the values of the same rounds, in the same order
 */
export function pairedRatio(own: readonly number[], other: readonly number[]): Spread {
  return spread(own.slice(0, other.length).map((value, round) => value / (other[round] ?? Number.NaN)));
}

/** By linear interpolation between the closest ranks. NaN of no values. */
function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = sorted[Math.floor(at)] ?? Number.NaN;
  const high = sorted[Math.ceil(at)] ?? Number.NaN;
  return low + (high - low) * (at - Math.floor(at));
}
