/**
 * `npm run bench:changes`: the cost of following changes, on SQLite and on Postgres: how the time of a page depends on
 * its position and on the size of the table, how long a waiting reader waits after a commit, and whether more processes
 * create more. Prints Markdown tables for docs/benchmarks.md.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createChildren } from '../harness/children.js';
import { DATA_DIR } from '../harness/paths.js';
import { startPostgres } from '../harness/postgres.js';
import { seedPostgres, seedSqlite } from '../harness/seed.js';
import { type RunningServer, startServer } from '../harness/servers.js';
import { median } from '../harness/stats.js';
import { ORGANISATION_ID, paymentId } from '../load/payments.js';

const USAGE = `usage: npm run bench:changes [-- --rows N --seconds N]

  --rows N     payments in the large table; default 1000000
  --seconds N  how long each rate is measured; default 5
`;
const ROUNDS = 300;
const FEW_ROWS = 1000;
const WRITES_PER_SECOND = 2000;
const CONNECTIONS = 64;
const agent = new Agent({ keepAlive: true, maxSockets: 256 });

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '1000000' },
    seconds: { type: 'string', default: '5' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) process.stdout.write(USAGE);
else await main(Number(values.rows), Number(values.seconds));

/** A database, and how it is filled. */
interface Target {
  readonly repo: 'sqlite3' | 'postgres';
  create(name: string): Promise<string>;
  seed(uri: string, rows: number): Promise<void>;
}

async function main(rows: number, seconds: number): Promise<void> {
  mkdirSync(DATA_DIR, { recursive: true });
  const children = createChildren();
  const postgres = await startPostgres(children, null);
  const targets: Target[] = [
    {
      repo: 'sqlite3',
      create: async (name) => join(DATA_DIR, `${name}.db`),
      seed: async (uri, count) => seedSqlite(uri, 0, count),
    },
    {
      repo: 'postgres',
      create: (name) => postgres.create(name),
      seed: (uri, count) => seedPostgres(postgres, uri, count, () => {}),
    },
  ];
  const start = (repo: Target['repo'], repoUri: string) =>
    startServer(children, 'service', { repo, repoUri, core: null });
  try {
    for (const target of targets) {
      print(`\n## ${target.repo}\n`);
      await measurePages(target, rows, start);
      await measureWaiting(target, seconds, start);
      await measureWriters(target, seconds, start);
    }
  } finally {
    await children.stopAll();
    await postgres.stop();
    rmSync(DATA_DIR, { recursive: true, force: true });
  }
}

type Start = (repo: Target['repo'], uri: string) => Promise<RunningServer>;

/** Pages of changes at the first and the last position, and pages of one organisation in a small and a large table. */
async function measurePages({ repo, create, seed }: Target, rows: number, start: Start): Promise<void> {
  const servers: RunningServer[] = [];
  for (const count of [FEW_ROWS, rows]) {
    const uri = await create(`pages-${count}`);
    await (await start(repo, uri)).stop();
    await seed(uri, count);
    servers.push(await start(repo, uri));
  }
  const [few, many] = servers;
  if (!few || !many) return;
  const first = '/v1/changes?size=20';
  const near = JSON.parse(await get(many.port, `/v1/payments/${paymentId(0, rows - 40)}/versions`)) as Page;
  const last = `${first}&after=${near.data[0]?.position}`;
  const list = `/v1/payments?size=20&organisation_id=${ORGANISATION_ID}`;
  const feed = `/v1/changes?size=20&organisation_id=${ORGANISATION_ID}`;
  const pages: readonly (readonly [string, RunningServer, string, RunningServer, string])[] = [
    [`page of changes at position ${rows} and at the first`, many, last, many, first],
    [`page of one organisation's payments in ${rows} and in ${FEW_ROWS} rows`, many, list, few, list],
    [`page of one organisation's changes in ${rows} and in ${FEW_ROWS} rows`, many, feed, few, feed],
  ];
  print('| what is compared | median, ms | median, ms | ratio |\n| --- | --- | --- | --- |');
  for (const [name, server, path, other, otherPath] of pages) {
    const times: [number[], number[]] = [[], []];
    for (let round = -50; round < ROUNDS; round += 1) {
      const one = await timed(() => get(server.port, path));
      const two = await timed(() => get(other.port, otherPath));
      if (round < 0) continue;
      times[0].push(one);
      times[1].push(two);
    }
    const [one, two] = [median(times[0]), median(times[1])];
    print(`| ${name} | ${one.toFixed(3)} | ${two.toFixed(3)} | ${(one / two).toFixed(2)} |`);
  }
  for (const server of servers) await server.kill();
}

interface Page {
  readonly data: readonly { readonly position: string; readonly payment: { readonly id: string } }[];
  readonly links: { readonly next: string };
}

/** How long a waiting reader waits for a write of its own process, and of another one. */
async function measureWaiting({ repo, create }: Target, seconds: number, start: Start): Promise<void> {
  const uri = await create('waiting');
  const own = await start(repo, uri);
  const other = await start(repo, uri);
  print('\n| waiting reader | writes/s | median, ms | p99, ms |\n| --- | --- | --- | --- |');
  for (const [name, server] of [
    ['in the process that writes', own],
    ['in another process', other],
  ] as const) {
    const seenAt = new Map<string, number>();
    const respondedAt = new Map<string, number>();
    let isOver = false;
    // A lagging reader would measure its own catching up, so it begins at the end.
    let links = await endOfFeed(server);
    const reader = (async () => {
      while (!isOver) {
        const url = new URL(links.next);
        url.searchParams.set('wait', '1');
        const page = JSON.parse(await get(server.port, url.pathname + url.search)) as Page;
        for (const { payment } of page.data) if (!seenAt.has(payment.id)) seenAt.set(payment.id, performance.now());
        links = page.links;
      }
    })();
    const startedAt = performance.now();
    let sent = 0;
    const pending = new Set<Promise<void>>();
    while (performance.now() - startedAt < seconds * 1000) {
      const due = ((performance.now() - startedAt) / 1000) * WRITES_PER_SECOND;
      for (; sent < due; sent += 1) {
        const id = `${name.length}-${sent}`;
        const write: Promise<void> = post(own.port, id).then(() => {
          respondedAt.set(id, performance.now());
          pending.delete(write);
        });
        // It is awaited below; without this it would end the process, which would leave its servers and files behind.
        write.catch(() => {});
        pending.add(write);
      }
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await Promise.all(pending);
    const rate = respondedAt.size / ((performance.now() - startedAt) / 1000);
    while (![...respondedAt.keys()].every((id) => seenAt.has(id)))
      await new Promise((resolve) => setTimeout(resolve, 5));
    isOver = true;
    await reader;
    // In the first second the process opens its connections.
    const waits = [...respondedAt]
      .filter(([id]) => Number(id.split('-')[1]) >= WRITES_PER_SECOND)
      .map(([id, at]) => Math.max(0, (seenAt.get(id) ?? Number.NaN) - at))
      .sort((a, b) => a - b);
    const p99 = waits[Math.floor(waits.length * 0.99)] ?? Number.NaN;
    print(`| ${name} | ${rate.toFixed(0)} | ${median(waits).toFixed(1)} | ${p99.toFixed(1)} |`);
  }
  await own.kill();
  await other.kill();
}

/** @returns the query of the next change */
async function endOfFeed(server: RunningServer): Promise<Page['links']> {
  let path = '/v1/changes?size=20';
  for (;;) {
    const { data, links } = JSON.parse(await get(server.port, path)) as Page;
    if (data.length === 0) return links;
    path = new URL(links.next).pathname + new URL(links.next).search;
  }
}

/** Creates over 64 connections with one, two and four processes on one database, in turns. */
async function measureWriters({ repo, create }: Target, seconds: number, start: Start): Promise<void> {
  const uri = await create('writers');
  const servers: RunningServer[] = [];
  for (let index = 0; index < 4; index += 1) servers.push(await start(repo, uri));
  const rates = new Map<number, number[]>([1, 2, 4].map((count) => [count, []]));
  let namespace = 0;
  for (let round = 0; round < 6; round += 1) {
    for (const [count, seen] of rates) {
      namespace += 1;
      const startedAt = performance.now();
      let created = 0;
      await Promise.all(
        Array.from({ length: CONNECTIONS }, async (_, connection) => {
          for (let index = 0; performance.now() - startedAt < (seconds * 1000) / 2; index += 1) {
            await post(servers[connection % count]?.port ?? 0, `w-${namespace}-${connection}-${index}`);
            created += 1;
          }
        }),
      );
      if (round > 0) seen.push(created / ((performance.now() - startedAt) / 1000));
    }
  }
  const [one = 1, two = 1, four = 1] = [...rates.values()].map(median);
  print('\n| writing processes | creates/s | of those of one |\n| --- | --- | --- |');
  for (const [count, rate] of [
    [1, one],
    [2, two],
    [4, four],
  ] as const) {
    print(`| ${count} | ${rate.toFixed(0)} | ${(rate / one).toFixed(2)} |`);
  }
  for (const server of servers) await server.kill();
}

function get(port: number, path: string): Promise<string> {
  return send(port, 'GET', path, null, 200);
}

async function post(port: number, id: string): Promise<void> {
  const data = { id, type: 'Payment', organisation_id: ORGANISATION_ID, attributes: { amount: '100.21' } };
  await send(port, 'POST', '/v1/payments', JSON.stringify({ data }), 201);
}

function send(port: number, method: string, path: string, body: string | null, status: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers =
      body === null ? {} : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
    const sent = request({ agent, port, host: '127.0.0.1', method, path, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        if (response.statusCode === status) resolve(text);
        else reject(new Error(`${method} ${path}: ${response.statusCode} ${text}`));
      });
    });
    sent.on('error', reject);
    sent.end(body ?? undefined);
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return performance.now() - startedAt;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
