import type { Script } from '../load/protocol.js';
import type { Bench } from './bench.js';
import { requireNoErrors } from './errors.js';
import type { RunningServer } from './servers.js';

/** A server that is measured in turns with others. */
export interface Contender {
  /** For messages. */
  readonly name: string;
  readonly server: RunningServer;
  readonly connections: number;
  /** Called before each turn, because creates need new ids. */
  script(): Script;
  /** After each turn, without a measurement. */
  after?(): Promise<void>;
}

/** The results of one contender, a value for each round. */
export interface Turns {
  readonly rates: number[];
  readonly cpuMicros: number[];
  /** The maximum share of its core that the load generator used in a round. */
  generatorCpuShare: number;
  requests: number;
  /** A part of `requests`. */
  shed: number;
}

export interface TurnsOptions {
  readonly rounds: number;
  /** Of one turn. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** By `performance.now()`: after it no round begins, once there are `LEAST_ROUNDS`. */
  readonly deadline?: number;
}

/** Fewer rounds have no spread. */
const LEAST_ROUNDS = 2;

/**
 * Warms all contenders up and then measures them in turns, so that changes of the machine affect them equally. Each
 * round begins with another one, and every second round is reversed, so that none always follows the same neighbour.
 *
 * @returns in the order of the contenders
 * @throws MeasurementError for any wrong response
 */
export async function takeTurns(
  bench: Bench,
  what: string,
  contenders: readonly Contender[],
  options: TurnsOptions,
): Promise<readonly Turns[]> {
  const seen = contenders.map((): Turns => ({ rates: [], cpuMicros: [], generatorCpuShare: 0, requests: 0, shed: 0 }));
  for (const contender of contenders) await turn(bench, `${what}, warm-up`, contender, options.warmUpSeconds);
  for (let round = 0; round < options.rounds; round += 1) {
    if (round >= LEAST_ROUNDS && performance.now() > (options.deadline ?? Number.POSITIVE_INFINITY)) break;
    for (const index of turnOrder(contenders.length, round)) {
      const contender = contenders[index];
      const turns = seen[index];
      if (contender === undefined || turns === undefined) continue;
      const result = await turn(bench, `${what}, round ${round + 1}`, contender, options.seconds);
      turns.rates.push(result.requestsPerSecond);
      turns.cpuMicros.push(result.serverCpuMicros);
      turns.generatorCpuShare = Math.max(turns.generatorCpuShare, result.generatorCpuShare);
      turns.requests += result.requests;
      turns.shed += result.shed;
    }
  }
  return seen;
}

async function turn(bench: Bench, what: string, contender: Contender, seconds: number) {
  const { server, connections } = contender;
  const pace = { kind: 'seconds', seconds } as const;
  const result = await bench.generator.run(server, { connections, script: contender.script(), pace });
  requireNoErrors(`${what}, ${contender.name}`, result);
  await contender.after?.();
  return result;
}

/** The order of a round: indexes of `count` contenders. */
export function turnOrder(count: number, round: number): readonly number[] {
  const start = round % Math.max(1, count);
  const rotated = Array.from({ length: count }, (_, place) => (start + place) % count);
  return round % 2 === 0 ? rotated : rotated.reverse();
}
