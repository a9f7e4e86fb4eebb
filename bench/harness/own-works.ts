import { ORDINARY_ATTRIBUTES, paymentId } from '../load/payments.js';
import type { Script } from '../load/protocol.js';
import type { Bench } from './bench.js';
import { createPayments } from './payments.js';
import { seedSqlite } from './seed.js';
import { type RunningServer, startServer } from './servers.js';
import { median, pairedRatio, type Spread } from './stats.js';
import { type Contender, takeTurns } from './turns.js';

export interface TwoWorkers {
  readonly connections: number;
  readonly oneWorker: number;
  readonly twoWorkers: number;
  /** Two workers relative to one, by round. */
  readonly ratio: Spread;
}

export interface PageAtDepth {
  readonly depth: number;
  readonly firstPage: number;
  readonly deepPage: number;
  /** Time of the page at depth relative to the first page, by round. */
  readonly timeRatio: Spread;
}

const SEEDED = 2_000;

/** Requests per second of two workers relative to one. Unpinned: server and load share all cores. */
export async function measureTwoWorkers(bench: Bench, shareMs: number): Promise<TwoWorkers> {
  const deadline = performance.now() + shareMs;
  const connections = 64;
  const servers: RunningServer[] = [];
  const ids = { namespace: 0, firstIndex: 0, count: SEEDED };
  try {
    for (const workers of [1, 2]) {
      const repoUri = bench.file(`workers-${workers}`);
      const server = await startServer(bench.children, 'service', { repo: 'sqlite3', repoUri, core: null, workers });
      servers.push(server);
      await createPayments(bench, server, { connections, count: SEEDED, attributes: ORDINARY_ATTRIBUTES });
    }
    const script: Script = { kind: 'get', ids, attributes: ORDINARY_ATTRIBUTES };
    const contenders = servers.map(
      (server, index): Contender => ({ name: `${index + 1} workers`, server, connections, script: () => script }),
    );
    const [one, two] = await takeTurns(bench, 'two-workers', contenders, { ...bench.options, deadline });
    const oneWorker = median(one?.rates ?? []);
    const twoWorkers = median(two?.rates ?? []);
    const ratio = pairedRatio(two?.rates ?? [], one?.rates ?? []);
    const rates = `one ${oneWorker.toFixed(0)}/s, two ${twoWorkers.toFixed(0)}/s`;
    bench.log(`two-workers            ${rates}: ${ratio.median.toFixed(2)}×`);
    return { connections, oneWorker, twoWorkers, ratio };
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}

/** The time of a page by cursor after `depth` payments, relative to the first page. */
export async function measurePageAtDepth(bench: Bench, shareMs: number): Promise<PageAtDepth> {
  const { depth, connections } = bench.options;
  const deadline = performance.now() + shareMs;
  const repoUri = bench.file('depth');
  const start = () => startServer(bench.children, 'service', { repo: 'sqlite3', repoUri, core: bench.cores.server });
  // The first start creates the table.
  await (await start()).stop();
  seedSqlite(repoUri, 0, depth + 40);
  const server = await start();
  try {
    const first: Script = { kind: 'list', path: '/v1/payments?size=20', firstId: paymentId(0, 0), count: 20 };
    const path = `/v1/payments?after=${await cursorAt(server, depth)}&size=20`;
    const deep: Script = { kind: 'list', path, firstId: paymentId(0, depth), count: 20 };
    const contenders: Contender[] = [
      { name: 'first page', server, connections, script: () => first },
      { name: 'page at depth', server, connections, script: () => deep },
    ];
    const [near, far] = await takeTurns(bench, 'page-at-depth', contenders, { ...bench.options, deadline });
    const firstPage = median(near?.rates ?? []);
    const deepPage = median(far?.rates ?? []);
    const timeRatio = pairedRatio(near?.rates ?? [], far?.rates ?? []);
    const seen = `first ${firstPage.toFixed(0)}/s, after ${depth} ${deepPage.toFixed(0)}/s`;
    bench.log(`page-at-depth          ${seen}: ${timeRatio.median.toFixed(2)}× the time`);
    return { depth, firstPage, deepPage, timeRatio };
  } finally {
    await server.stop();
  }
}

/**
 * A cursor after `position`. Paging there would take too long, so this has the format of the previous release, which
 * contains the position without a checksum and is still accepted.
 */
export async function cursorAt(server: RunningServer, position: number): Promise<string> {
  const cursor = Buffer.from(`1a${position}`, 'latin1').toString('base64url');
  const response = await fetch(`http://127.0.0.1:${server.port}/v1/payments?after=${cursor}&size=1`);
  if (!response.ok) throw new Error(`the service rejects the cursor of this benchmark: ${await response.text()}`);
  return cursor;
}
