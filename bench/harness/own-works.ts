import { ORDINARY_ATTRIBUTES, paymentId } from '../load/payments.js';
import type { Script } from '../load/protocol.js';
import type { Bench } from './bench.js';
import { requireNoErrors } from './errors.js';
import { seedSqlite } from './seed.js';
import { type RunningServer, startServer } from './servers.js';
import { median } from './stats.js';

export interface TwoWorkers {
  readonly connections: number;
  readonly oneWorker: number;
  readonly twoWorkers: number;
  readonly ratio: number;
}

export interface PageAtDepth {
  readonly depth: number;
  readonly firstPage: number;
  readonly deepPage: number;
  /** Time of the page at depth over that of the first page. */
  readonly timeRatio: number;
}

const SEEDED = 10_000;

/** Requests per second of two workers against one. Unpinned: server and load share all the cores there are. */
export async function measureTwoWorkers(bench: Bench): Promise<TwoWorkers> {
  const { generator } = bench;
  const connections = 64;
  const servers: RunningServer[] = [];
  const ids = { namespace: 0, firstIndex: 0, count: SEEDED };
  try {
    for (const workers of [1, 2]) {
      const repoUri = bench.file(`workers-${workers}`);
      const server = await startServer(bench.children, 'service', { repo: 'sqlite3', repoUri, core: null, workers });
      servers.push(server);
      const creates: Script = { kind: 'create', ids, attributes: ORDINARY_ATTRIBUTES };
      const pace = { kind: 'requests', requests: SEEDED } as const;
      requireNoErrors('two-workers, seeding', await generator.run(server, { connections, script: creates, pace }));
    }
    const script: Script = { kind: 'get', ids, attributes: ORDINARY_ATTRIBUTES };
    const rates = await interleave(bench, servers, () => script, connections);
    const [oneWorker = Number.NaN, twoWorkers = Number.NaN] = rates;
    const ratio = twoWorkers / oneWorker;
    bench.log(
      `two-workers            one ${oneWorker.toFixed(0)}/s, two ${twoWorkers.toFixed(0)}/s: ${ratio.toFixed(2)}×`,
    );
    return { connections, oneWorker, twoWorkers, ratio };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** The time a page takes by cursor behind `depth` payments, against the first page. */
export async function measurePageAtDepth(bench: Bench): Promise<PageAtDepth> {
  const { depth, connections } = bench.options;
  const repoUri = bench.file('depth');
  const start = () => startServer(bench.children, 'service', { repo: 'sqlite3', repoUri, core: bench.cores.server });
  // The first start makes the table.
  await (await start()).stop();
  seedSqlite(repoUri, 0, depth + 40);
  const server = await start();
  try {
    const first: Script = { kind: 'list', path: '/v1/payments?size=20', firstId: paymentId(0, 0), count: 20 };
    const path = `/v1/payments?after=${await cursorAt(server, depth)}&size=20`;
    const deep: Script = { kind: 'list', path, firstId: paymentId(0, depth), count: 20 };
    const scripts = [first, deep];
    const rates = await interleave(bench, [server, server], (index) => scripts[index] ?? first, connections);
    const [firstPage = Number.NaN, deepPage = Number.NaN] = rates;
    const timeRatio = firstPage / deepPage;
    const seen = `first ${firstPage.toFixed(0)}/s, behind ${depth} ${deepPage.toFixed(0)}/s`;
    bench.log(`page-at-depth          ${seen}: ${timeRatio.toFixed(2)}× the time`);
    return { depth, firstPage, deepPage, timeRatio };
  } finally {
    await server.stop();
  }
}

/** The service's cursors name a position; walking there page by page would take longer than everything else. */
async function cursorAt(server: RunningServer, position: number): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${server.port}/v1/payments?size=20`);
  const page = (await response.json()) as { links: { next: string } };
  const cursor = new URL(page.links.next).searchParams.get('after') ?? '';
  const decoded = Buffer.from(cursor, 'base64url').toString('latin1');
  if (decoded !== '1a20') throw new Error(`cursors have another form than this benchmark knows: ${decoded}`);
  return Buffer.from(`1a${position}`, 'latin1').toString('base64url');
}

/** @returns the median rate of each place */
async function interleave(
  bench: Bench,
  servers: readonly RunningServer[],
  scriptOf: (index: number) => Script,
  connections: number,
): Promise<readonly number[]> {
  const { generator, options } = bench;
  const rates = servers.map((): number[] => []);
  // The first round warms up and is not counted.
  for (let round = 0; round <= options.rounds; round += 1) {
    for (const [index, server] of servers.entries()) {
      const seconds = round === 0 ? options.warmUpSeconds : options.seconds;
      const pace = { kind: 'seconds', seconds } as const;
      const result = await generator.run(server, { connections, script: scriptOf(index), pace });
      requireNoErrors(`${server.name}, round ${round}`, result);
      if (round > 0) rates[index]?.push(result.requestsPerSecond);
    }
  }
  return rates.map(median);
}
