import { attributesOfSize, ORDINARY_ATTRIBUTES, paymentId } from '../load/payments.js';
import type { LatencyMs, Script } from '../load/protocol.js';
import type { Bench } from './bench.js';
import { requireNoErrors } from './errors.js';
import type { RunOptions } from './flags.js';
import { createPayments } from './payments.js';
import type { ServerPool } from './pool.js';
import type { RunningServer, ServerName } from './servers.js';
import { median } from './stats.js';
import { type Contender, takeTurns, turnOrder } from './turns.js';
import { COMPARED_WORKS, type ComparedWork, TARGETS } from './works.js';

/** The results of one server at one work. */
export interface ServerFigures {
  readonly requestsPerSecond: number;
  /** All rounds, in order. */
  readonly rounds: readonly number[];
  readonly serverCpuMicros: number;
  /** All rounds, in order. */
  readonly serverCpuRounds: readonly number[];
  readonly peakMemoryMiB: number;
  /** At `latencyRate`: the median of the rounds for each percentile. */
  readonly latencyMs: LatencyMs | null;
  /** The 99th percentiles of all rounds, in order, ms. Missing in results of earlier versions. */
  readonly p99Rounds?: readonly number[];
  /** The maximum share of its core that the load generator used in a round. */
  readonly generatorCpuShare: number;
  readonly requests: number;
}

export interface WorkFigures {
  readonly servers: Partial<Record<ServerName, ServerFigures>>;
  /** Requests per second in the open loop, the same for every server; null if it was not measured. */
  readonly latencyRate: number | null;
}

/** The open loop's rate as a share of the slowest server's closed loop. */
const LATENCY_RATE_SHARE = 0.6;
const LATENCY_ROUNDS = 5;
/** 64 connections have 16 payments each to update. */
const SEEDED = 1_024;
const PAGE = 20;
/** Attributes of a payment of a mebibyte, the largest that is accepted. */
const LARGE_ATTRIBUTES = attributesOfSize(1024 * 1024 - 256);
/** The number of large payments, and of connections. More would only measure the machine's memory. */
const LARGE_CONNECTIONS = 16;

/** The payload and the connections of a work. */
function loadOf(work: ComparedWork, connections: number) {
  return 'isLarge' in COMPARED_WORKS[work]
    ? { attributes: LARGE_ATTRIBUTES, connections: LARGE_CONNECTIONS, seeded: LARGE_CONNECTIONS }
    : { attributes: ORDINARY_ATTRIBUTES, connections, seeded: SEEDED };
}

/**
 * Measures one work of every server: all are started and seeded, then take turns in rounds.
 *
 * @param pool - the servers
 * @param shareMs - the time limit; may be infinite
 * @throws MeasurementError for any wrong response
 */
export async function compare(
  bench: Bench,
  pool: ServerPool,
  work: ComparedWork,
  shareMs: number,
): Promise<WorkFigures> {
  const { options, log } = bench;
  const { rounds, seconds, warmUpSeconds, latencySeconds } = options;
  const { connections } = loadOf(work, options.connections);
  const startedAt = performance.now();
  const pooled = await pool.take(work, serversOf(options, work));
  const servers = pooled.map(({ server }) => server);
  let isSound = false;
  try {
    for (const { server, isSeeded } of pooled) if (!isSeeded) await seed(bench, work, server);
    const deadline = startedAt + shareMs - servers.length * latencySeconds * 1000;
    const contenders = servers.map(
      (server): Contender => ({ name: server.name, server, connections, script: () => script(bench, work) }),
    );
    const turns = await takeTurns(bench, work, contenders, { rounds, seconds, warmUpSeconds, deadline });
    const slowest = Math.min(...turns.map(({ rates }) => median(rates)));
    const latencyRate = latencySeconds === 0 ? null : Math.floor(slowest * LATENCY_RATE_SHARE);
    const latencies = latencyRate === null ? [] : await measureLatencies(bench, work, servers, latencyRate);
    const figures: [ServerName, ServerFigures][] = [];
    for (const [index, server] of servers.entries()) {
      const seen = turns[index];
      if (seen === undefined) continue;
      const latencyRounds = latencies[index] ?? [];
      const all: ServerFigures = {
        requestsPerSecond: median(seen.rates),
        rounds: seen.rates,
        serverCpuMicros: median(seen.cpuMicros),
        serverCpuRounds: seen.cpuMicros,
        peakMemoryMiB: server.peakMemoryMiB(),
        latencyMs: latencyRounds.length === 0 ? null : medians(latencyRounds),
        p99Rounds: latencyRounds.map(({ p99 }) => p99),
        generatorCpuShare: seen.generatorCpuShare,
        requests: seen.requests,
      };
      figures.push([server.name, all]);
      log(line(work, server.name, all));
    }
    isSound = true;
    return { servers: Object.fromEntries(figures), latencyRate };
  } finally {
    await pool.giveBack(pooled, isSound);
  }
}

/**
 * Compression is measured in memory only, where no database hides its cost. A sparing run, and one with large payments,
 * leaves out peers without a target for the work.
 */
function serversOf({ servers: asked, isSparing }: RunOptions, work: ComparedWork): readonly ServerName[] {
  const isInMemory = COMPARED_WORKS[work].repo === 'memory';
  const servers = asked.filter((name) => (isInMemory && !isSparing) || name !== 'service-compress');
  if (!isSparing && !('isLarge' in COMPARED_WORKS[work])) return servers;
  const named = TARGETS.filter((target) => target.work === work).map(({ against }) => against);
  return servers.filter((name) => name === 'service' || named.includes(name));
}

/** Creates the payments that a work needs. */
export async function seed(bench: Bench, work: ComparedWork, server: RunningServer): Promise<void> {
  const { operation } = COMPARED_WORKS[work];
  // A server that is kept for other works is seeded for them as well.
  if (operation === 'create' && !bench.options.isSparing) return;
  const { attributes, connections, seeded } = loadOf(work, bench.options.connections);
  // The first page sequentially, so that the first payment is the first of the list.
  const page = Math.min(PAGE, seeded);
  await createPayments(bench, server, { connections: 1, count: page, attributes });
  if (seeded === page) return;
  await createPayments(bench, server, { connections, count: seeded - page, firstIndex: page, attributes });
}

/** In turns as well: one long measurement of each would depend on the machine's state at that time. */
async function measureLatencies(
  bench: Bench,
  work: ComparedWork,
  servers: readonly RunningServer[],
  ratePerSecond: number,
): Promise<readonly (readonly LatencyMs[])[]> {
  const seconds = bench.options.latencySeconds / LATENCY_ROUNDS;
  const isSpinning = !(bench.cores.isGeneratorShared && COMPARED_WORKS[work].repo === 'postgres');
  const pace = { kind: 'rate', ratePerSecond, seconds, isSpinning } as const;
  const warmUp = { ...pace, seconds: bench.options.latencyWarmUpSeconds ?? 0 };
  const { connections } = loadOf(work, bench.options.connections);
  const seen = servers.map((): LatencyMs[] => []);
  for (let round = 0; round < LATENCY_ROUNDS; round += 1) {
    for (const index of turnOrder(servers.length, round)) {
      const server = servers[index];
      if (server === undefined) continue;
      const run = async (paced: typeof pace) => {
        const result = await bench.generator.run(server, { connections, script: script(bench, work), pace: paced });
        requireNoErrors(`${work}, ${server.name}, open loop`, result);
        return result;
      };
      if (warmUp.seconds > 0) await run(warmUp);
      const result = await run(pace);
      if (result.latencyMs !== null) seen[index]?.push(result.latencyMs);
    }
  }
  return seen;
}

function medians(rounds: readonly LatencyMs[]): LatencyMs {
  const of = (name: keyof LatencyMs) => median(rounds.map((round) => round[name]));
  return { p50: of('p50'), p99: of('p99'), p999: of('p999'), max: of('max') };
}

/** The requests of a work. */
export function script(bench: Bench, work: ComparedWork): Script {
  const { operation } = COMPARED_WORKS[work];
  const { attributes, seeded } = loadOf(work, bench.options.connections);
  switch (operation) {
    case 'list':
      return { kind: 'list', path: `/v1/payments?size=${PAGE}`, firstId: paymentId(0, 0), count: PAGE };
    case 'create':
      return bench.newPayments(attributes);
    default:
      return { kind: operation, ids: { namespace: 0, firstIndex: 0, count: seeded }, attributes };
  }
}

function line(work: string, name: string, figures: ServerFigures): string {
  const { requestsPerSecond, serverCpuMicros, peakMemoryMiB, latencyMs, generatorCpuShare } = figures;
  const latency =
    latencyMs === null
      ? ''
      : `  p50 ${latencyMs.p50.toFixed(2)} p99 ${latencyMs.p99.toFixed(2)} p99.9 ${latencyMs.p999.toFixed(2)} ms`;
  return (
    `${work.padEnd(22)}${name.padEnd(15)}${requestsPerSecond.toFixed(0).padStart(7)}/s ` +
    `${serverCpuMicros.toFixed(1).padStart(6)} µs CPU  ${peakMemoryMiB.toFixed(0).padStart(4)} MiB${latency}` +
    (Number.isNaN(generatorCpuShare) ? '' : `  generator ${(generatorCpuShare * 100).toFixed(0)} %`)
  );
}
