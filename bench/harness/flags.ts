import { parseArgs } from 'node:util';
import { isServerName, SERVER_NAMES, type ServerName } from './servers.js';
import { GROWTH_PARTS, type GrowthPart, isGrowthPart, isWorkName, WORK_NAMES, type WorkName } from './works.js';
import { hasWrk } from './wrk.js';

/** What a run measures, and for how long. */
export interface RunOptions {
  readonly isQuick: boolean;
  readonly isGrowth: boolean;
  readonly growthParts: readonly GrowthPart[];
  /** Whether peers without a target are left out, and servers are kept between works, to save time. */
  readonly isSparing: boolean;
  readonly works: readonly WorkName[];
  readonly servers: readonly ServerName[];
  readonly rounds: number;
  /** Of one round. */
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly latencySeconds: number;
  /** Before each turn of the open loop. While a server waits, V8 frees its memory and then collects more often. */
  readonly latencyWarmUpSeconds?: number;
  /** The number of starts of each server, for the time to the first response. */
  readonly starts: number;
  /** For all works together; may be infinite. Rounds are left out to meet it. */
  readonly budgetSeconds: number;
  readonly connections: number;
  /** The number of rows before the page at depth. */
  readonly depth: number;
  /** The largest tables of the growth part. */
  readonly sqliteRows: number;
  readonly postgresRows: number;
  /** Requests of the memory part of growth. */
  readonly memoryRequests: number;
  /** Whether docs/ is written: in full runs, and with --write. */
  readonly isWriting: boolean;
  readonly isPinning: boolean;
  /** Whether wrk generates the load of the compared works, instead of the repository's own generator. */
  readonly usesWrk: boolean;
}

/** A quick run must end within three minutes, including installation and build. */
const QUICK_BUDGET_SECONDS = 130;

export const USAGE = `npm run bench -- [flags]
  --quick            all works in short rounds and with the peers their targets name, within three minutes
  --growth           cost against size, instead of the works
  --parts a,b        only these parts of --growth: ${GROWTH_PARTS.join(', ')}
  --only a,b         only these works: ${WORK_NAMES.join(', ')}
  --peers a,b        only these servers: ${SERVER_NAMES.join(', ')}
  --rounds n         interleaved rounds (11; quick 5, fewer on a slow machine)
  --seconds n        each server's turn in a round (1.5; quick 0.4)
  --connections n    keep-alive connections (64)
  --no-latency       leave the open loop out, as --quick does
  --no-pin           let the scheduler choose the cores
  --wrk              let wrk make the load, where it is installed; turns are whole seconds then
  --depth n          rows before the page at depth (1000000; quick 10000)
  --sqlite-rows n, --postgres-rows n, --memory-requests n   sizes of --growth (1000000, 10000000, 1000000)
  --write            write the page after a quick or a partial run as well
  --render           only write the pages again, from the data of the last runs that wrote them`;

/**
 * @param argv - the arguments after the program's name
 * @throws TypeError for an unknown flag or name
 */
export function readFlags(argv: readonly string[]): RunOptions | 'help' | 'render' {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      help: { type: 'boolean', default: false },
      quick: { type: 'boolean', default: false },
      growth: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
      render: { type: 'boolean', default: false },
      'no-latency': { type: 'boolean', default: false },
      'no-pin': { type: 'boolean', default: false },
      wrk: { type: 'boolean', default: false },
      parts: { type: 'string' },
      only: { type: 'string' },
      peers: { type: 'string' },
      rounds: { type: 'string' },
      seconds: { type: 'string' },
      connections: { type: 'string' },
      depth: { type: 'string' },
      'sqlite-rows': { type: 'string' },
      'postgres-rows': { type: 'string' },
      'memory-requests': { type: 'string' },
    },
  });
  if (values.help) return 'help';
  if (values.render) return 'render';
  const isQuick = values.quick;
  const isPartial = values.only !== undefined || values.peers !== undefined || values.parts !== undefined;
  return {
    isQuick,
    isGrowth: values.growth,
    growthParts: names(values.parts, GROWTH_PARTS, isGrowthPart, 'part of growth'),
    isSparing: isQuick && values.peers === undefined,
    works: names(values.only, WORK_NAMES, isWorkName, 'work'),
    servers: names(values.peers, SERVER_NAMES, isServerName, 'server'),
    rounds: number(values.rounds, isQuick ? 5 : 11),
    seconds: number(values.seconds, isQuick ? 0.4 : 1.5),
    warmUpSeconds: isQuick ? 0.5 : 3,
    // Percentiles of a few hundred requests would be meaningless.
    latencySeconds: values['no-latency'] || isQuick ? 0 : 10,
    latencyWarmUpSeconds: 1,
    starts: isQuick ? 3 : 11,
    budgetSeconds: isQuick ? QUICK_BUDGET_SECONDS : Number.POSITIVE_INFINITY,
    connections: number(values.connections, 64),
    depth: number(values.depth, isQuick ? 10_000 : 1_000_000),
    sqliteRows: number(values['sqlite-rows'], isQuick ? 100_000 : 1_000_000),
    postgresRows: number(values['postgres-rows'], isQuick ? 100_000 : 10_000_000),
    memoryRequests: number(values['memory-requests'], isQuick ? 100_000 : 1_000_000),
    isWriting: values.write || !(isQuick || isPartial),
    isPinning: !values['no-pin'],
    usesWrk: withWrk(values.wrk),
  };
}

/** @throws TypeError if wrk is requested but not installed */
function withWrk(isAsked: boolean): boolean {
  if (isAsked && !hasWrk()) throw new TypeError('--wrk needs wrk, which is not installed');
  return isAsked;
}

function names<T extends string>(
  text: string | undefined,
  all: readonly T[],
  isName: (name: string) => name is T,
  what: string,
): readonly T[] {
  if (text === undefined) return all;
  return text.split(',').map((name) => {
    if (!isName(name)) throw new TypeError(`there is no ${what} ${name}; there are ${all.join(', ')}`);
    return name;
  });
}

function number(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = Number(text.replaceAll('_', ''));
  if (!(value > 0)) throw new TypeError(`${text} is not a number greater than zero`);
  return value;
}
