import type { Bench } from '../bench.js';
import { median, pairedRatio, type Spread } from '../stats.js';
import { type Contender, type Turns, type TurnsOptions, takeTurns } from '../turns.js';

/** A measured point of a curve. */
export interface Point {
  readonly size: number;
  readonly requestsPerSecond: number;
  readonly serverCpuMicros: number;
  /** Time of a request relative to the curve's first size, by round; as 1/throughput. */
  readonly timeRatio: Spread;
  /** The same for CPU time. */
  readonly cpuRatio: Spread;
  /** Share of the requests that were rejected with 503, if that is allowed. */
  readonly shedShare: number;
  /** The maximum share of its core that the load generator used. */
  readonly generatorCpuShare: number;
}

export interface Curve {
  readonly name: string;
  readonly points: readonly Point[];
}

/** A contender and its size. */
export interface Sized {
  readonly size: number;
  readonly contender: Contender;
}

/** Turns of the growth part: enough rounds for a spread, each long enough for a garbage collection or two. */
const ROUNDS = 5;
const SECONDS = 1;
const WARM_UP_SECONDS = 1.5;

/** The turns of growth, shortened if the run is. */
export function growthTurns({ rounds, seconds, warmUpSeconds }: TurnsOptions): TurnsOptions {
  return {
    rounds: Math.min(ROUNDS, rounds),
    seconds: Math.min(SECONDS, seconds),
    warmUpSeconds: Math.min(WARM_UP_SECONDS, warmUpSeconds),
  };
}

export function takeGrowthTurns(bench: Bench, what: string, contenders: readonly Contender[]) {
  return takeTurns(bench, `growth, ${what}`, contenders, growthTurns(bench.options));
}

/** Measures a curve whose sizes take turns, so that its ratios are of the same minute. */
export async function measureCurve(bench: Bench, what: string, name: string, sized: readonly Sized[]): Promise<Curve> {
  const turns = await takeGrowthTurns(
    bench,
    `${what}, ${name}`,
    sized.map(({ contender }) => contender),
  );
  return curveOf(
    bench,
    what,
    name,
    sized.map(({ size }) => size),
    turns,
  );
}

/**
 * Makes a curve of turns, and logs it.
 *
 * @param sizes - of the turns, in order
 */
export function curveOf(
  bench: Bench,
  what: string,
  name: string,
  sizes: readonly number[],
  turns: readonly Turns[],
): Curve {
  const first = turns[0];
  const points = turns.map(
    (turn, index): Point => ({
      size: sizes[index] ?? Number.NaN,
      requestsPerSecond: median(turn.rates),
      serverCpuMicros: median(turn.cpuMicros),
      timeRatio: pairedRatio(first?.rates ?? [], turn.rates),
      cpuRatio: pairedRatio(turn.cpuMicros, first?.cpuMicros ?? []),
      shedShare: turn.shed / turn.requests,
      generatorCpuShare: turn.generatorCpuShare,
    }),
  );
  const list = points.map(
    ({ size, requestsPerSecond, timeRatio }) =>
      `${size}: ${requestsPerSecond.toFixed(0)}/s (${timeRatio.median.toFixed(2)}×)`,
  );
  bench.log(`${what}, ${name}: ${list.join(', ')}`);
  return { name, points };
}
