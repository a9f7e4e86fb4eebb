/**
 * `npm run bench:floods`: the effect of floods on polite clients. Four clients send ten requests a second each, on
 * their own connections, and four through an nginx with 32 connections to the service. Prints a row for each flood: the
 * median and the 99th percentile of the polite requests, ms, and the failed ones. Arguments are names of layouts to
 * measure. It needs nginx, and about a minute for each layout.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import http from 'node:http';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startQuietService } from '../../test/ops/quiet-service.js';
import { createClient } from '../../test/support/http.js';
import { startNginx } from '../../test/support/nginx.js';
import { startPostgres } from '../../test/support/postgres.js';
import { seedPostgres, seedSqlite } from '../harness/seed.js';
import { paymentId } from '../load/payments.js';
import { FLOODS } from './flooder.js';

const ROWS = Number(process.env.ROWS ?? 1_000_000);
const LARGE = 20;
const LARGE_BYTES = 900 * 1024;
const CLIENTS = 4;
const PERIOD_MS = 100;
const WARM_MS = 1500;
const FLOOD_MS = Number(process.env.FLOOD_MS ?? 6000);
/** More than the polite clients send, and less than any flood. */
const LIMIT = '300-S';
const FLOODER = fileURLToPath(new URL('flooder.ts', import.meta.url));
const NONE = 'none';

/** The results of polite clients. */
interface Polite {
  readonly tookMs: number[];
  readonly statuses: Map<number, number>;
}

const folder = mkdtempSync('/var/tmp/payments-floods-');
const agents: http.Agent[] = [];

function request(agent: http.Agent, port: number, method: string, path: string, body = ''): Promise<number> {
  const headers = method === 'POST' ? { 'Content-Type': 'application/json', 'Content-Length': body.length } : {};
  return new Promise((resolve) => {
    http
      .request({ host: '127.0.0.1', port, agent, method, path, headers }, (response) => {
        response.resume().once('end', () => resolve(response.statusCode ?? 0));
      })
      .once('error', () => resolve(0))
      .end(body);
  });
}

let created = 0;
/** One client; its first requests only warm the service up. */
async function beClient(port: number, startMs: number, { tookMs, statuses }: Polite): Promise<void> {
  const agent = new http.Agent({ keepAlive: true });
  agents.push(agent);
  await delay(Math.random() * PERIOD_MS);
  for (let turn = 0; performance.now() < startMs + FLOOD_MS; turn += 1) {
    const beganMs = performance.now();
    created += 1;
    const data = { id: `polite-${process.pid}-${created}`, type: 'Payment', version: 0, organisation_id: 'polite' };
    const status = await (turn % 3 === 0
      ? request(
          agent,
          port,
          'POST',
          '/v1/payments',
          JSON.stringify({ data: { ...data, attributes: { amount: '1.00' } } }),
        )
      : request(
          agent,
          port,
          'GET',
          turn % 3 === 1 ? `/v1/payments/${paymentId(0, created % ROWS)}` : '/v1/payments?size=5',
        ));
    if (beganMs >= startMs) {
      tookMs.push(performance.now() - beganMs);
      if (status !== 200 && status !== 201) statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    await delay(Math.max(0, PERIOD_MS - (performance.now() - beganMs)));
  }
}

/** Measures one flood of a newly started service. */
async function measure(flags: readonly string[], name: string): Promise<string> {
  const limit = name.startsWith('4') ? ['--limit', LIMIT, '--trust-proxy'] : [];
  const service = await startQuietService([...flags, '--metrics', ...limit]);
  const proxy = await startNginx(service.port);
  const flooder: ChildProcess = fork(FLOODER, { execArgv: ['--import', 'tsx'], stdio: 'inherit' });
  await delay(500);
  const startMs = performance.now() + WARM_MS;
  const own: Polite = { tookMs: [], statuses: new Map() };
  const proxied: Polite = { tookMs: [], statuses: new Map() };
  const clients = Array.from({ length: CLIENTS }, () => [
    beClient(service.port, startMs, own),
    beClient(proxy.port, startMs, proxied),
  ]);
  await delay(WARM_MS);
  flooder.send({ name, target: { port: service.port, proxyPort: proxy.port } });
  await Promise.all(clients.flat());
  flooder.kill('SIGKILL');
  for (const agent of agents.splice(0)) agent.destroy();
  await proxy.stop();
  await service.stop();
  return `| ${name} | ${row(own)} | ${row(proxied)} |`;
}

function row({ tookMs, statuses }: Polite): string {
  tookMs.sort((one, other) => one - other);
  const at = (share: number) => (tookMs[Math.floor((tookMs.length - 1) * share)] ?? Number.NaN).toFixed(0);
  const failed = [...statuses].map(([status, count]) => `${count} × ${status}`).join(', ') || 'none';
  return `${at(0.5)} | ${at(0.99)} | ${failed} of ${tookMs.length}`;
}

/** Large rows for a list, besides the small ones. */
async function createLarge(flags: readonly string[]): Promise<void> {
  const service = await startQuietService(flags);
  const client = createClient(service.port);
  for (let at = 0; at < LARGE; at += 1) {
    const attributes = { amount: '1.00', reference: 'x'.repeat(LARGE_BYTES) };
    const data = { id: `large-${at}`, type: 'Payment', version: 0, organisation_id: 'large', attributes };
    const { status } = await client.post('/v1/payments', { data });
    if (status !== 201) throw new Error(`a large payment could not be created: ${status}`);
  }
  client.close();
  await service.stop();
}

/** Fills each database. @returns the flags of a service that uses it */
const DATABASES: Readonly<Record<string, () => Promise<{ flags: string[]; stop(): Promise<void> }>>> = {
  async SQLite() {
    const file = join(folder, 'payments.sqlite');
    const flags = ['--repo-uri', file];
    await (await startQuietService(flags)).stop();
    seedSqlite(file, 0, ROWS);
    return { flags, stop: async () => {} };
  },
  async Postgres() {
    const postgres = await startPostgres({ settings: ['fsync=on', 'max_wal_size=8GB'] });
    const uri = await postgres.createDatabase();
    const flags = ['--repo', 'postgres', '--repo-uri', uri];
    await (await startQuietService(flags)).stop();
    const query = async (where: string, sql: string) => {
      const client = new pg.Client(where);
      await client.connect();
      try {
        return await client.query(sql);
      } finally {
        await client.end();
      }
    };
    await seedPostgres({ query }, uri, ROWS, () => {});
    return { flags, stop: () => postgres.destroy() };
  },
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in DATABASES));
if (unknown.length > 0)
  throw new Error(`unknown layout ${unknown.join(', ')}: there are ${Object.keys(DATABASES).join(', ')}`);
const floods = [NONE, ...Object.keys(FLOODS)].filter(
  (name) => !process.env.ONLY || process.env.ONLY.includes(name[0] ?? ''),
);
try {
  for (const [database, open] of Object.entries(DATABASES)) {
    if (wanted.length > 0 && !wanted.includes(database)) continue;
    const { flags, stop } = await open();
    try {
      await createLarge(flags);
      for (const workers of ['1', '2']) {
        process.stdout.write(
          `\n${database}, ${workers} worker(s)\n\n` +
            '| flood | own: median | p99 | failed | proxy: median | p99 | failed |\n| --- | --- | --- | --- | --- | --- | --- |\n',
        );
        for (const name of floods) process.stdout.write(`${await measure([...flags, '--workers', workers], name)}\n`);
      }
    } finally {
      await stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exit(0);
