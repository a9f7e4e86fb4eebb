import { expect } from 'chai';
import pg from 'pg';
import { StoreOpenError } from '../../src/store/types.js';
import { paymentBody } from '../support/checked-service.js';
import { createClient } from '../support/http.js';
import { type Pgbouncer, startPgbouncer } from '../support/pgbouncer.js';
import { queryPostgres, sharedPostgres, type TestDatabases, untilWaiting } from '../support/postgres.js';
import { needsPrograms } from '../support/programs.js';
import { startService } from '../support/service.js';
import { expectError, newCall, newPayment, type OpenRows } from './conformance/subject.js';
import { openRows } from './postgres-subject.js';

/** In these no second warning comes. When names are lost depends on which sessions of the server are used. */
const ROUNDS_AFTER_WARNING = 10;

const suite = describe('Postgres through a transaction pooler without prepared statements', () => {
  let server: TestDatabases;
  let uri: string;
  let pooler: Pgbouncer;
  let opened: OpenRows[];

  beforeEach(async () => {
    server = await sharedPostgres();
    uri = await server.createDatabase();
    pooler = await startPgbouncer(server.url);
    opened = [];
  });

  afterEach(async () => {
    await Promise.all(opened.map((repo) => repo.close()));
    await pooler.stop();
  });

  async function open(name: string, onUnnamed: (reason: string) => void = () => {}): Promise<OpenRows> {
    const repo = await openRows({
      uri: pooler.urlOf(uri),
      table: { schema: null, table: name },
      events: { unnamed: onUnnamed },
    });
    opened.push(repo);
    return repo;
  }

  it('services with other tables never execute each other’s statements, in any order of start', async () => {
    const one = await open('payments');
    const other = await open('others');
    // The order of first use differs, so numbered names would stand for different texts.
    await one.count(newCall());
    await other.create(newPayment('first'), newCall());
    await one.deleteAll(newCall());
    for (let round = 0; round < 40; round += 1) {
      await Promise.all([
        one.create(newPayment(`one-${round}`), newCall()),
        other.create(newPayment(`other-${round}`), newCall()),
        one.find(`one-${round}`, newCall()),
        other.count(newCall()),
        one.ping(newCall()),
      ]);
    }
    const ids = async (table: string) =>
      (await queryPostgres<{ id: string }>(uri, `SELECT id FROM ${table}`)).map(({ id }) => id).sort();
    const numbered = (name: string) => Array.from({ length: 40 }, (_, round) => `${name}-${round}`);
    expect(await ids('payments')).to.deep.equal(numbered('one').sort());
    expect(await ids('others')).to.deep.equal(['first', ...numbered('other')].sort());
  });

  it("a start leaves no lock in the pooler's sessions, so that the next one, even with another table, does not wait", async () => {
    for (const name of ['payments', 'others', 'payments']) {
      const repo = await open(name);
      await repo.create(newPayment(`${name}-${opened.length}`), newCall());
      expect(await queryPostgres(uri, "SELECT * FROM pg_locks WHERE locktype = 'advisory'")).to.deep.equal([]);
    }
  });

  it('whose server accepts no connections: a start waits for it; in statement mode it is rejected', async () => {
    await queryPostgres(server.url, `ALTER DATABASE "${new URL(uri).pathname.slice(1)}" ALLOW_CONNECTIONS false`);
    // PgBouncer does not say why, once it has tried.
    const start = () => openRows({ uri: pooler.urlOf(uri), startTimeoutMs: 0 });
    while ((await expectError(start(), 'unavailable')).reason !== '08P01');
    const inStatements = await startPgbouncer(server.url, ['pool_mode = statement']);
    const error = await openRows({ uri: inStatements.urlOf(server.url) }).catch((cause: unknown) => cause);
    await inStatements.stop();
    expect(error).to.be.instanceOf(StoreOpenError);
    expect(String(error)).to.include('transaction blocks not allowed in statement pooling mode');
  });

  it('that accepts no more clients: it is healthy while it serves those it has', async () => {
    const small = await startPgbouncer(server.url, ['max_client_conn = 2']);
    const repo = await openRows({ uri: small.urlOf(uri) });
    const other = new pg.Client({ connectionString: uri });
    try {
      await repo.find('a', newCall());
      await other.connect();
      await other.query('BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
      const calls = [repo.create(newPayment('a'), newCall()), repo.find('b', newCall())];
      await untilWaiting(other, calls.length);
      await repo.ping(newCall());
      await other.query('COMMIT');
      expect(await Promise.all(calls)).to.deep.equal([{ outcome: 'created' }, null]);
    } finally {
      await other.end();
      await repo.close();
      await small.stop();
    }
  });

  it('over HTTP: the log has one warning with the code, and every write succeeds', async () => {
    const flags = ['--repo', 'postgres', '--repo-uri', pooler.urlOf(uri)];
    const service = await startService(flags);
    try {
      const clients = Array.from({ length: 6 }, () => createClient(service.port));
      const found = () => service.log.filter(({ message }) => message.startsWith('prepared statements are disabled'));
      for (let rest = ROUNDS_AFTER_WARNING; rest > 0; rest -= found().length) {
        const replies = await Promise.all([
          ...clients.map((client) => client.post('/v1/payments', paymentBody())),
          ...clients.map((client) => client.get('/v1/payments')),
        ]);
        for (const { status } of replies) expect(status).to.be.below(300);
      }
      for (const client of clients) client.close();
      const warnings = found();
      expect(warnings).to.have.lengthOf(1);
      expect(warnings[0]?.level).to.equal('warn');
      expect(warnings[0]?.code).to.match(/^(?:26000|42P05)$/);
    } finally {
      await service.stop();
    }
  });

  it('statements continue unprepared once names are lost, with one warning', async () => {
    const reasons: string[] = [];
    const repo = await open('payments', (reason) => reasons.push(reason));
    // Several sessions of the server, so that names are used in sessions that do not have them.
    let created = 0;
    for (let rest = ROUNDS_AFTER_WARNING; rest > 0; rest -= reasons.length) {
      await Promise.all([
        repo.create(newPayment(`id-${created++}`), newCall()),
        repo.find('id-0', newCall()),
        repo.list({ kind: 'after', position: '0', size: 5 }, newCall()),
        repo.count(newCall()),
      ]);
    }
    expect(await repo.count(newCall())).to.equal(created);
    expect(reasons).to.have.lengthOf(1);
    expect(reasons[0]).to.match(/^(?:26000|42P05)$/);
  });
});
needsPrograms(['pgbouncer'], suite);
