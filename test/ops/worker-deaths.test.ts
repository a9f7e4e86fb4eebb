import { writeFile } from 'node:fs/promises';
import { expect } from 'chai';
import { openConnection } from '../../src/store/sqlite/connection.js';
import { freshId, paymentBody } from '../support/checked-service.js';
import { createClient } from '../support/http.js';
import { queryPostgres, sharedPostgres } from '../support/postgres.js';
import { type RunningService, startService } from '../support/service.js';
import { keepCreating, newReport } from './busy-client.js';
import { end, temporaryFolder, until } from './support.js';

const CLIENTS = 24;

describe('workers on one SQLite file', () => {
  const folder = temporaryFolder();
  let service: RunningService | null = null;

  afterEach(() => end(service));
  after(() => folder.remove());

  async function start(workers: number, database: string, flags: readonly string[] = []): Promise<RunningService> {
    service = await startService(['--workers', String(workers), '--repo-uri', database, ...flags]);
    const { log } = service;
    await until(
      async () => log.filter(({ message }) => message === 'worker ready').length,
      (ready) => ready === workers,
    );
    return service;
  }

  function storedIds(path: string): ReadonlySet<string> {
    const database = openConnection(path, { readonly: true });
    try {
      const rows = database.prepare<[], { id: string }>('SELECT id FROM payments').all();
      return new Set(rows.map(({ id }) => id));
    } finally {
      database.close();
    }
  }

  it('a replacement has the configuration of the first, even if its file has changed', async () => {
    const file = `${folder.database()}.json`;
    await writeFile(file, JSON.stringify({ 'api-version': 'v3' }));
    const { port, log, logged } = await start(2, folder.database(), ['--config', file]);
    await writeFile(file, '{"max-results": "none"}');
    const ready = log.filter(({ message }) => message === 'worker ready').map(({ worker_pid }) => Number(worker_pid));
    for (const pid of ready) process.kill(pid, 'SIGKILL');
    await logged(({ message, worker_pid }) => message === 'worker ready' && !ready.includes(Number(worker_pid)));
    expect((await fetch(`http://127.0.0.1:${port}/v3/payments`)).status).to.equal(200);
  });

  it("kill -9 of one: the other's connections are unharmed, and all acknowledged writes are stored", async () => {
    const database = folder.database();
    const { port, log, logged } = await start(2, database);
    const ready = log.find(({ message }) => message === 'worker ready');
    const victim = Number(ready?.worker_pid);
    const control = { stop: false };
    const reports = Array.from({ length: CLIENTS }, newReport);
    const clients = reports.map((report) => keepCreating(port, control, report));
    await until(
      async () => Math.min(...reports.map(({ created }) => created.length)),
      (least) => least > 0,
    );
    process.kill(victim, 'SIGKILL');
    await logged(({ message, worker_pid }) => message === 'worker died and is replaced' && worker_pid === victim);
    const before = reports.map(({ created }) => created.length);
    // All continue: cut clients have reconnected to any worker.
    await until(
      async () => reports.filter(({ created }, index) => created.length > (before[index] ?? 0) + 1).length,
      (going) => going === CLIENTS,
    );
    control.stop = true;
    await Promise.all(clients);
    const harmed = reports.filter(({ errors }) => errors.length > 0);
    // Connections go to the worker with the fewest, so the victim did not have all of them. Each of its own was cut
    // once.
    expect(harmed.length).to.be.at.most(CLIENTS - 1);
    for (const { errors } of harmed) {
      expect(errors).to.have.length(1);
      expect(errors[0]).not.to.match(/ECONNREFUSED|HTTP\/1\.1 5/);
    }
    const stored = storedIds(database);
    expect(reports.flatMap(({ created }) => created).filter((id) => !stored.has(id))).to.deep.equal([]);
  });

  it('four of them write at once: no write is rejected because the file is locked', async () => {
    const database = folder.database();
    const { port } = await start(4, database);
    const control = { stop: false };
    const reports = Array.from({ length: CLIENTS }, newReport);
    const clients = reports.map((report) => keepCreating(port, control, report));
    await until(
      async () => Math.min(...reports.map(({ created }) => created.length)),
      (least) => least >= 20,
    );
    control.stop = true;
    await Promise.all(clients);
    const created = reports.flatMap((report) => report.created);
    expect(reports.flatMap(({ errors }) => errors)).to.deep.equal([]);
    expect(storedIds(database)).to.deep.equal(new Set(created));
  });
});

describe('workers on a database that the next release has migrated', () => {
  it('are replaced when they die, and serve', async () => {
    const uri = await (await sharedPostgres()).createDatabase();
    const service = await startService(['--workers', '2', '--repo', 'postgres', '--repo-uri', uri]);
    try {
      const readyPids = () =>
        service.log.filter(({ message }) => message === 'worker ready').map((line) => Number(line.worker_pid));
      await until(
        async () => readyPids().length,
        (ready) => ready === 2,
      );
      await queryPostgres(
        uri,
        `ALTER TABLE payments ADD COLUMN next text;
         INSERT INTO payments_migrations (number, name, checksum) VALUES (3, '0003_next', 'x')`,
      );
      for (const victim of readyPids()) process.kill(victim, 'SIGKILL');
      await until(
        async () => readyPids().length,
        (ready) => ready === 4,
      );
      const client = createClient(service.port);
      const id = freshId();
      expect((await client.post('/v1/payments', paymentBody({ id }))).status).to.equal(201);
      expect((await client.get(`/v1/payments/${id}`)).status).to.equal(200);
      expect((await client.get('/health')).status).to.equal(200);
      client.close();
    } finally {
      await end(service);
    }
  });
});
