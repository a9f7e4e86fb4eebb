import { fork } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import { fileURLToPath } from 'node:url';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import pg from 'pg';
import { bundle } from '../support/bundle.js';
import { paymentBody } from '../support/checked-service.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { createClient } from '../support/http.js';
import type { LoopingClients, LoopingCount } from './looping-clients.js';
import { startQuietService } from './quiet-service.js';
import { metricsOf, seriesValue, until } from './support.js';

const PROCESS = fileURLToPath(new URL('looping-clients.ts', import.meta.url));
const OTHER_CLIENT = '127.0.0.2';
const ROWS = 100_000;
const POLITE_REQUESTS = 100;

/** The responses of a flood while another client sent sequential requests. */
interface Flooded extends LoopingCount {
  /** During a request of that client: the median, because the client may stall. */
  readonly perRequest: number;
  readonly durationMs: number;
}

/** Each request must succeed. @param port - for the polite client */
async function floodNextTo(clients: LoopingClients, port: number): Promise<Flooded> {
  const child = fork(await bundle(PROCESS), { execArgv: [] });
  const polite = createClient(port);
  async function counted(): Promise<LoopingCount> {
    child.send('count');
    const [count] = await once(child, 'message');
    return count;
  }
  try {
    child.send(clients);
    await until(counted, ({ byStatus }) => sum(byStatus) > clients.clients);
    // Includes the time that the counts take.
    const beganMs = performance.now();
    const before = await counted();
    let last = before;
    const perRequest: number[] = [];
    for (let at = 0; at < POLITE_REQUESTS; at += 1) {
      const { status } =
        at % 4 === 0 ? await polite.post('/v1/payments', paymentBody()) : await polite.get('/v1/payments?size=5');
      expect(status).to.equal(at % 4 === 0 ? 201 : 200);
      const now = await counted();
      perRequest.push(sum(now.byStatus) - sum(last.byStatus));
      last = now;
    }
    const durationMs = performance.now() - beganMs;
    const during = Object.entries(last.byStatus).map(([status, count]) => [
      status,
      count - (before.byStatus[Number(status)] ?? 0),
    ]);
    perRequest.sort((one, other) => one - other);
    return {
      byStatus: Object.fromEntries(during),
      bodies: last.bodies - before.bodies,
      perRequest: perRequest[POLITE_REQUESTS / 2] ?? Number.POSITIVE_INFINITY,
      durationMs,
    };
  } finally {
    polite.close();
    child.kill('SIGKILL');
  }
}

function sum(byStatus: Readonly<Record<number, number>>): number {
  return Object.values(byStatus).reduce((total, count) => total + count, 0);
}

/** Inserts small payments directly into a service's tables. */
async function seed(name: string, uri: string): Promise<void> {
  const columns = 'version, organisation_id, attributes';
  const values = `0, 'seed', '{"amount":"1.00"}'`;
  if (name === 'sqlite3') {
    const database = new Database(uri);
    database.exec(`
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
        INSERT INTO payments (seq, position, id, ${columns}) SELECT i, i, 'seed-' || i, ${values} FROM n;
      WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS})
        INSERT INTO payments_changes (position, seq, kind, at, id, ${columns})
        SELECT i, i, 'created', 0, 'seed-' || i, ${values} FROM n;
      UPDATE payments_log SET last = ${ROWS}`);
    database.close();
    return;
  }
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  await client.query(`
    ALTER TABLE payments DISABLE TRIGGER USER;
    INSERT INTO payments (seq, position, id, ${columns}) SELECT i, i, 'seed-' || i, ${values} FROM generate_series(1, ${ROWS}) AS i;
    INSERT INTO payments_changes (position, kind, at, id, ${columns})
      SELECT i, 'created', now(), 'seed-' || i, ${values} FROM generate_series(1, ${ROWS}) AS i;
    UPDATE payments_log SET last = ${ROWS};
    ALTER TABLE payments ENABLE TRIGGER USER`);
  await client.query('VACUUM ANALYZE payments, payments_changes');
  await client.end();
}

for (const name of DATABASES) {
  describe(`floods next to a polite client, on ${name}`, () => {
    let database: TestDatabase;
    before(async () => {
      database = await createDatabase(name);
      await (await startQuietService(database.flags)).stop();
      await seed(name, database.uri);
    });
    after(() => database.dispose());

    for (const workers of ['1', '2']) {
      it(`clients that page deeply take turns, and do not delay others, with ${workers} worker(s)`, async () => {
        const service = await startQuietService([...database.flags, '--metrics', '--workers', workers]);
        try {
          const path = `/v1/payments?from=${ROWS - 100}`;
          const deep = { clients: 16, port: service.port, path, localAddress: OTHER_CLIENT };
          const flood = await floodNextTo(deep, service.port);
          expect(Object.keys(flood.byStatus)).to.deep.equal(['200']);
          // One at a time, with the polite client served in between: zero or one. Otherwise, on SQLite, five or six.
          expect(flood.perRequest).to.be.at.most(3);
          if (name === 'sqlite3') return;
          // No statement reads two deep pages, or one together with the polite client's.
          const metrics = await metricsOf(`http://127.0.0.1:${service.port}`);
          const reads = seriesValue(metrics, 'repository_batch_size_count{operation="payments.list"}');
          expect(reads).to.be.at.least(sum(flood.byStatus));
          expect(seriesValue(metrics, 'repository_batch_size_sum{operation="payments.list"}')).to.equal(reads);
        } finally {
          await service.stop();
        }
      });
    }
  });
}

describe('floods next to a polite client', () => {
  it('clients that scrape metrics continuously share a few renderings', async () => {
    const service = await startQuietService(['--metrics']);
    try {
      const scrapers = { clients: 64, port: service.port, path: '/metrics', localAddress: OTHER_CLIENT };
      const flood = await floodNextTo(scrapers, service.port);
      expect(Object.keys(flood.byStatus)).to.deep.equal(['200']);
      // Ten a second, and those in progress at the beginning and the end.
      expect(flood.bodies).to.be.at.most(Math.ceil(flood.durationMs / 100) + 2);
    } finally {
      await service.stop();
    }
  });

  it('a rejected request does not hold up the next one of its connection, which may be of another client', async () => {
    const service = await startQuietService(['--limit', '20-H', '--trust-proxy', '--workers', '1']);
    const proxy = new http.Agent({ keepAlive: true, maxSockets: 1 });
    const get = async (client: string) => {
      const headers = { 'X-Forwarded-For': client };
      const request = http.get({ host: '127.0.0.1', port: service.port, path: '/v1/payments', agent: proxy, headers });
      const [response] = await once(request, 'response');
      response.resume();
      await once(response, 'end');
      return response.statusCode;
    };
    try {
      for (let at = 0; at < 20; at += 1) await get('10.0.0.1');
      const beganMs = performance.now();
      for (let at = 0; at < 20; at += 1) {
        expect(await get('10.0.0.1')).to.equal(429);
        expect(await get('10.0.0.2')).to.equal(200);
      }
      // With a pause of a second after each rejection it would take 20 s.
      expect(performance.now() - beganMs).to.be.below(10_000);
    } finally {
      proxy.destroy();
      await service.stop();
    }
  });
});
