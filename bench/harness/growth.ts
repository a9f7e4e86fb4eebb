import { attributesOfSize, ORDINARY_ATTRIBUTES, paymentId } from '../load/payments.js';
import type { IdRange, Script } from '../load/protocol.js';
import type { Bench } from './bench.js';
import { requireNoErrors } from './errors.js';
import type { Measurement } from './generator.js';
import { seedPostgres, seedSqlite, trimPostgres, trimSqlite } from './seed.js';
import { type RunningServer, SERVERS, type ServerName, startServer } from './servers.js';

/** One measured point of a curve. */
export interface Point {
  readonly size: number;
  readonly requestsPerSecond: number;
  readonly serverCpuMicros: number;
}

export interface Curve {
  readonly name: string;
  readonly points: readonly Point[];
}

/** Cost against size. */
export interface Growth {
  /** Bytes of the whole request body or response body. */
  readonly payloadGet: readonly Curve[];
  readonly payloadCreate: readonly Curve[];
  readonly connections: readonly Curve[];
  readonly sqliteRows: readonly Curve[];
  readonly postgresRows: readonly Curve[];
  /** Resident memory after so many requests. */
  readonly memory: readonly { readonly requests: number; readonly residentMiB: number }[];
}

const PAYLOAD_BYTES = [1, 4, 16, 64, 256, 1024].map((kib) => kib * 1024);
const CONNECTIONS = [1, 4, 16, 64, 256, 1024];
/** The peers that growth is shown for beside the service; all six would make the plots unreadable. */
const SHOWN: readonly ServerName[] = ['service', 'floor', 'fastify', 'fastify-tuned'];
const ENVELOPE_BYTES = 256;
const CREATED_BYTES_LIMIT = 128 * 1024 * 1024;

let lastNamespace = 0x100000;

export async function measureGrowth(bench: Bench): Promise<Growth> {
  const payload = await measurePayload(bench);
  return {
    payloadGet: payload.get,
    payloadCreate: payload.create,
    connections: await measureConnections(bench),
    memory: await measureMemory(bench),
    sqliteRows: await measureSqliteRows(bench),
    postgresRows: await measurePostgresRows(bench),
  };
}

async function measurePayload(bench: Bench): Promise<{ get: readonly Curve[]; create: readonly Curve[] }> {
  const get: Curve[] = [];
  const create: Curve[] = [];
  for (const name of shown(bench)) {
    const gets: Point[] = [];
    const creates: Point[] = [];
    for (const size of PAYLOAD_BYTES) {
      const attributes = attributesOfSize(size - ENVELOPE_BYTES);
      await withServer(bench, name, 'sqlite3', ':memory:', async (server) => {
        const count = Math.min(20_000, Math.floor(CREATED_BYTES_LIMIT / size));
        const script = newPayments(attributes, 0);
        creates.push(point(size, await bounded(bench, server, script, count)));
        const ids = { namespace: script.ids.namespace, firstIndex: 0, count: Math.min(count, 64) };
        gets.push(point(size, await timed(bench, server, { kind: 'get', ids, attributes })));
      });
    }
    get.push(curve(bench, 'get by payload', SERVERS[name].title, gets));
    create.push(curve(bench, 'create by payload', SERVERS[name].title, creates));
  }
  return { get, create };
}

async function measureConnections(bench: Bench): Promise<readonly Curve[]> {
  const curves: Curve[] = [];
  for (const name of shown(bench)) {
    const points: Point[] = [];
    await withServer(bench, name, 'sqlite3', ':memory:', async (server) => {
      const seeding = newPayments(ORDINARY_ATTRIBUTES, 0);
      await bounded(bench, server, seeding, 1000);
      const script: Script = { kind: 'get', ids: { ...seeding.ids, count: 1000 }, attributes: ORDINARY_ATTRIBUTES };
      await timed(bench, server, script);
      for (const connections of CONNECTIONS) {
        points.push(point(connections, await timed(bench, server, script, connections)));
      }
    });
    curves.push(curve(bench, 'get by connections', SERVERS[name].title, points));
  }
  return curves;
}

async function measureMemory(bench: Bench): Promise<Growth['memory']> {
  const samples: { requests: number; residentMiB: number }[] = [];
  const slices = 40;
  const slice = Math.ceil(bench.options.memoryRequests / slices);
  await withServer(bench, 'service', 'sqlite3', ':memory:', async (server) => {
    const seeding = newPayments(ORDINARY_ATTRIBUTES, 0);
    await bounded(bench, server, seeding, 1024);
    const [read, written] = halves({ ...seeding.ids, count: 1024 });
    // Neither of these adds payments, so that whatever grows is a leak.
    const scripts: readonly Script[] = [
      { kind: 'get', ids: read, attributes: ORDINARY_ATTRIBUTES },
      { kind: 'update', ids: written, attributes: ORDINARY_ATTRIBUTES },
    ];
    for (let done = 0, index = 0; done < bench.options.memoryRequests; index += 1) {
      const script = scripts[index % scripts.length];
      if (script === undefined) break;
      done += (await bounded(bench, server, script, slice)).requests;
      samples.push({ requests: done, residentMiB: server.residentMemoryMiB() });
    }
  });
  bench.log(`memory: ${samples.map(({ residentMiB }) => residentMiB.toFixed(0)).join(' ')} MiB`);
  return samples;
}

async function measureSqliteRows(bench: Bench): Promise<readonly Curve[]> {
  const path = bench.file('rows');
  const start = (work: (server: RunningServer) => Promise<void>) => withServer(bench, 'service', 'sqlite3', path, work);
  await start(async () => {});
  return measureRows(bench, 'SQLite', bench.options.sqliteRows, {
    start,
    seed: async (from, to) => seedSqlite(path, from, to),
    trim: async (rows) => trimSqlite(path, rows),
  });
}

async function measurePostgresRows(bench: Bench): Promise<readonly Curve[]> {
  const postgres = await bench.postgres();
  const uri = await postgres.create('rows');
  const start = (work: (server: RunningServer) => Promise<void>) => withServer(bench, 'service', 'postgres', uri, work);
  await start(async () => {});
  return measureRows(bench, 'Postgres', bench.options.postgresRows, {
    start,
    seed: (from, to) => seedPostgres(postgres, uri, from, to),
    trim: (rows) => trimPostgres(postgres, uri, rows),
  });
}

interface RowsDatabase {
  start(work: (server: RunningServer) => Promise<void>): Promise<void>;
  seed(from: number, to: number): Promise<void>;
  trim(rows: number): Promise<void>;
}

async function measureRows(
  bench: Bench,
  name: string,
  limit: number,
  database: RowsDatabase,
): Promise<readonly Curve[]> {
  const gets: Point[] = [];
  const updates: Point[] = [];
  const creates: Point[] = [];
  const attributes = ORDINARY_ATTRIBUTES;
  let rows = 0;
  for (let size = 1000; size <= limit; size *= 10) {
    await database.seed(rows, size);
    rows = size;
    await database.start(async (server) => {
      const [read, written] = halves({ namespace: 0, firstIndex: 0, count: size });
      const known: Script = { kind: 'list', path: '/v1/payments?size=20', firstId: paymentId(0, 0), count: 20 };
      await timed(bench, server, known);
      gets.push(point(size, await timed(bench, server, { kind: 'get', ids: read, attributes })));
      updates.push(point(size, await timed(bench, server, { kind: 'update', ids: written, attributes })));
      creates.push(point(size, await timed(bench, server, newPayments(attributes, 0))));
    });
    await database.trim(size);
  }
  return [
    curve(bench, `${name} by rows`, 'get', gets),
    curve(bench, `${name} by rows`, 'update', updates),
    curve(bench, `${name} by rows`, 'create', creates),
  ];
}

/** Every second payment: gets expect payments of one length, so they read others than the updates write. */
function halves(ids: IdRange): readonly [IdRange, IdRange] {
  const half = { ...ids, count: ids.count / 2, step: 2 };
  return [half, { ...half, firstIndex: ids.firstIndex + 1 }];
}

async function withServer(
  bench: Bench,
  name: ServerName,
  repo: 'sqlite3' | 'postgres',
  repoUri: string,
  work: (server: RunningServer) => Promise<void>,
): Promise<void> {
  const server = await startServer(bench.children, name, { repo, repoUri, core: bench.cores.server });
  try {
    await work(server);
  } finally {
    await server.stop();
  }
}

async function timed(bench: Bench, server: RunningServer, script: Script, connections = bench.options.connections) {
  const warmUp = { kind: 'seconds', seconds: Math.min(0.5, bench.options.warmUpSeconds) } as const;
  const pace = { kind: 'seconds', seconds: Math.min(2, bench.options.seconds) } as const;
  requireNoErrors(
    `growth, ${script.kind}, warm-up`,
    await bench.generator.run(server, { connections, script, pace: warmUp }),
  );
  const measured = script.kind === 'create' ? newPayments(script.attributes, 0) : script;
  const result = await bench.generator.run(server, { connections, script: measured, pace });
  requireNoErrors(`growth, ${script.kind}`, result);
  return result;
}

async function bounded(bench: Bench, server: RunningServer, script: Script, requests: number) {
  const pace = { kind: 'requests', requests } as const;
  const connections = Math.min(requests, bench.options.connections);
  const result = await bench.generator.run(server, { connections, script, pace });
  requireNoErrors(`growth, ${script.kind}`, result);
  return result;
}

function newPayments(attributes: string, firstIndex: number): Extract<Script, { kind: 'create' }> {
  lastNamespace += 1;
  return { kind: 'create', ids: { namespace: lastNamespace, firstIndex, count: 2 ** 31 }, attributes };
}

function point(size: number, { requestsPerSecond, serverCpuMicros }: Measurement): Point {
  return { size, requestsPerSecond, serverCpuMicros };
}

function curve(bench: Bench, what: string, name: string, points: readonly Point[]): Curve {
  const list = points.map(({ size, requestsPerSecond }) => `${size}: ${requestsPerSecond.toFixed(0)}/s`);
  bench.log(`${what}, ${name}: ${list.join(', ')}`);
  return { name, points };
}

function shown(bench: Bench): readonly ServerName[] {
  return SHOWN.filter((name) => bench.options.servers.includes(name));
}
