import { expect } from 'chai';
import { openPostgresRepo } from '../../src/store/postgres/open.js';
import type { Repo } from '../../src/store/repo.js';
import { type Pgbouncer, startPgbouncer } from '../support/pgbouncer.js';
import { queryPostgres, sharedPostgres } from '../support/postgres.js';
import { needsPrograms } from '../support/programs.js';
import { newCall, newPayment } from './conformance/subject.js';

const suite = describe('Postgres behind a transaction pooler without prepared statements', () => {
  let uri: string;
  let pooler: Pgbouncer;
  let opened: Repo[];

  beforeEach(async () => {
    const databases = await sharedPostgres();
    uri = await databases.createDatabase();
    pooler = await startPgbouncer(databases.url);
    opened = [];
  });

  afterEach(async () => {
    await Promise.all(opened.map((repo) => repo.close()));
    await pooler.stop();
  });

  async function open(name: string, onUnnamed: (reason: string) => void = () => {}): Promise<Repo> {
    const repo = await openPostgresRepo({
      uri: pooler.urlOf(uri),
      table: { schema: null, table: name },
      migrationsFolder: 'schema/postgres',
      events: { unnamed: onUnnamed },
    });
    opened.push(repo);
    return repo;
  }

  it('services with other tables never execute each other’s statements, in whatever order they begin', async () => {
    const one = await open('payments');
    const other = await open('others');
    // The order of first use differs, so names that were numbers would mean different texts.
    await one.countPayments(newCall());
    await other.createPayment(newPayment('first'), newCall());
    await one.deleteAllPayments(newCall());
    for (let round = 0; round < 40; round += 1) {
      await Promise.all([
        one.createPayment(newPayment(`one-${round}`), newCall()),
        other.createPayment(newPayment(`other-${round}`), newCall()),
        one.findPayment(`one-${round}`, newCall()),
        other.countPayments(newCall()),
        one.ping(newCall()),
      ]);
    }
    const ids = async (table: string) =>
      (await queryPostgres<{ id: string }>(uri, `SELECT id FROM ${table}`)).map(({ id }) => id).sort();
    const numbered = (name: string) => Array.from({ length: 40 }, (_, round) => `${name}-${round}`);
    expect(await ids('payments')).to.deep.equal(numbered('one').sort());
    expect(await ids('others')).to.deep.equal(['first', ...numbered('other')].sort());
  });

  it('statements go on unnamed once names are lost, with one warning', async () => {
    const reasons: string[] = [];
    const repo = await open('payments', (reason) => reasons.push(reason));
    // Several sessions of the server, so that names are looked for where they were never given.
    for (let round = 0; round < 30; round += 1) {
      await Promise.all([
        repo.createPayment(newPayment(`id-${round}`), newCall()),
        repo.findPayment('id-0', newCall()),
        repo.listPayments({ kind: 'after', position: '0', size: 5 }, newCall()),
        repo.countPayments(newCall()),
      ]);
    }
    expect(await repo.countPayments(newCall())).to.equal(30);
    expect(reasons).to.have.lengthOf(1);
    expect(reasons[0]).to.match(/^(?:26000|42P05)$/);
  });
});
needsPrograms(['pgbouncer'], suite);
