import { ORDINARY_ATTRIBUTES, paymentId } from '../load/payments.js';
import type { LatencyMs, Script } from '../load/protocol.js';
import type { Bench } from './bench.js';
import { requireNoErrors } from './errors.js';
import type { RunOptions } from './flags.js';
import { createPayments } from './payments.js';
import { type RunningServer, type ServerName, startServer } from './servers.js';
import { median } from './stats.js';
import { type Contender, takeTurns } from './turns.js';
import { COMPARED_WORKS, type ComparedWork, TARGETS } from './works.js';

/** What one server did at one work. */
export interface ServerFigures {
  readonly requestsPerSecond: number;
  /** Of every round, in order. */
  readonly rounds: readonly number[];
  readonly serverCpuMicros: number;
  /** Of every round, in order. */
  readonly serverCpuRounds: readonly number[];
  readonly peakMemoryMiB: number;
  /** At `latencyRate`. */
  readonly latencyMs: LatencyMs | null;
  /** The greatest share of its core that the load generator used in a round. */
  readonly generatorCpuShare: number;
  readonly requests: number;
}

export interface WorkFigures {
  readonly servers: Partial<Record<ServerName, ServerFigures>>;
  /** Requests per second in the open loop, the same for every server; null where there was none. */
  readonly latencyRate: number | null;
}

/** The open loop's rate as a share of what the slowest server did in the closed one. */
const LATENCY_RATE_SHARE = 0.6;
/** Enough for 64 connections to have 16 payments each to update; growth is another part. */
const SEEDED = 1_024;

/**
 * Measures one work of every server: all are started and seeded, then take turns in rounds.
 *
 * @param shareMs - how long it may take over it; infinite where nobody is in a hurry
 * @throws MeasurementError where any response was wrong
 */
export async function compare(bench: Bench, work: ComparedWork, shareMs: number): Promise<WorkFigures> {
  const { options, log } = bench;
  const { connections, rounds, seconds, warmUpSeconds, latencySeconds } = options;
  const startedAt = performance.now();
  const servers = await startAll(bench, work);
  try {
    for (const server of servers) await seed(bench, work, server);
    const deadline = startedAt + shareMs - servers.length * latencySeconds * 1000;
    const contenders = servers.map(
      (server): Contender => ({ name: server.name, server, connections, script: () => script(bench, work) }),
    );
    const turns = await takeTurns(bench, work, contenders, { rounds, seconds, warmUpSeconds, deadline });
    const slowest = Math.min(...turns.map(({ rates }) => median(rates)));
    const latencyRate = latencySeconds === 0 ? null : Math.floor(slowest * LATENCY_RATE_SHARE);
    const figures: [ServerName, ServerFigures][] = [];
    for (const [index, server] of servers.entries()) {
      const seen = turns[index];
      if (seen === undefined) continue;
      const latencyMs = latencyRate === null ? null : await measureLatency(bench, work, server, latencyRate);
      const all: ServerFigures = {
        requestsPerSecond: median(seen.rates),
        rounds: seen.rates,
        serverCpuMicros: median(seen.cpuMicros),
        serverCpuRounds: seen.cpuMicros,
        peakMemoryMiB: server.peakMemoryMiB(),
        latencyMs,
        generatorCpuShare: seen.generatorCpuShare,
        requests: seen.requests,
      };
      figures.push([server.name, all]);
      log(line(work, server.name, all));
    }
    return { servers: Object.fromEntries(figures), latencyRate };
  } finally {
    await Promise.all(servers.map((server) => server.kill()));
  }
}

/**
 * Compression is measured where no database blurs its cost. A sparing run leaves out, of every work but the first, the
 * peers that no target of the work names.
 */
function serversOf({ servers: asked, isSparing }: RunOptions, work: ComparedWork): readonly ServerName[] {
  const isInMemory = COMPARED_WORKS[work].repo === 'memory';
  const servers = asked.filter((name) => (isInMemory && !isSparing) || name !== 'service-compress');
  if (!isSparing || work === 'get-sqlite-memory') return servers;
  const named = TARGETS.filter((target) => target.work === work).map(({ against }) => against);
  return servers.filter((name) => name === 'service' || named.includes(name));
}

/** @throws where one of them does not start; those that did are stopped again */
async function startAll(bench: Bench, work: ComparedWork): Promise<readonly RunningServer[]> {
  const starting = await Promise.allSettled(serversOf(bench.options, work).map((name) => start(bench, work, name)));
  const servers = starting.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  const failed = starting.find((result) => result.status === 'rejected');
  if (failed === undefined) return servers;
  await Promise.all(servers.map((server) => server.kill()));
  throw failed.reason;
}

async function start(bench: Bench, work: ComparedWork, name: ServerName): Promise<RunningServer> {
  const { repo } = COMPARED_WORKS[work];
  const core = bench.cores.server;
  if (repo === 'postgres') {
    const repoUri = await (await bench.postgres()).create(`${work}-${name}`);
    return startServer(bench.children, name, { repo: 'postgres', repoUri, core });
  }
  const repoUri = repo === 'file' ? bench.file(`${work}-${name}`) : ':memory:';
  return startServer(bench.children, name, { repo: 'sqlite3', repoUri, core });
}

async function seed(bench: Bench, work: ComparedWork, server: RunningServer): Promise<void> {
  const { operation } = COMPARED_WORKS[work];
  if (operation === 'create') return;
  // One connection for the list, so that the first payment created is the first of the page.
  const connections = operation === 'list' ? 1 : bench.options.connections;
  const count = operation === 'list' ? 100 : SEEDED;
  await createPayments(bench, server, { connections, count, attributes: ORDINARY_ATTRIBUTES });
}

async function measureLatency(bench: Bench, work: ComparedWork, server: RunningServer, ratePerSecond: number) {
  const isSpinning = !(bench.cores.isGeneratorShared && COMPARED_WORKS[work].repo === 'postgres');
  const pace = { kind: 'rate', ratePerSecond, seconds: bench.options.latencySeconds, isSpinning } as const;
  const { connections } = bench.options;
  const result = await bench.generator.run(server, { connections, script: script(bench, work), pace });
  requireNoErrors(`${work}, ${server.name}, open loop`, result);
  return result.latencyMs;
}

function script(bench: Bench, work: ComparedWork): Script {
  const { operation } = COMPARED_WORKS[work];
  const attributes = ORDINARY_ATTRIBUTES;
  switch (operation) {
    case 'list':
      return { kind: 'list', path: '/v1/payments?size=20', firstId: paymentId(0, 0), count: 20 };
    case 'create':
      return bench.newPayments(attributes);
    default:
      return { kind: operation, ids: { namespace: 0, firstIndex: 0, count: SEEDED }, attributes };
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
    `  generator ${(generatorCpuShare * 100).toFixed(0)} %`
  );
}
