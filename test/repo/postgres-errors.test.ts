import { expect } from 'chai';
import pg from 'pg';
import { openPostgresRepo } from '../../src/store/postgres/open.js';
import { type Repo, RepoError, type RepoErrorCode } from '../../src/store/repo.js';
import { sharedPostgres, untilWaiting } from '../support/postgres.js';
import {
  countOutcomes,
  createAll,
  expectRefused,
  newCall,
  newChange,
  newPayment,
  numbered,
} from './conformance/subject.js';

const table = { schema: null, table: 'payments' };

/** What goes wrong under a statement, each provoked on a real server. */
describe('Postgres: failures of statements', () => {
  let uri: string;
  let repo: Repo;
  let retries: string[];
  let other: pg.Client;

  const open = (options: { statementTimeoutMs?: number } = {}) =>
    openPostgresRepo({
      uri,
      table,
      migrationsFolder: 'schema/postgres',
      events: { retry: (reason) => retries.push(reason) },
      ...options,
    });

  beforeEach(async () => {
    uri = await (await sharedPostgres()).createDatabase();
    retries = [];
    repo = await open();
    other = new pg.Client({ connectionString: uri });
    other.on('error', () => {});
    await other.connect();
  });
  afterEach(async () => {
    await other.end();
    await repo.close();
  });

  /** Resolves once their processes are gone. */
  const terminateServices = () =>
    other.query(`SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
      WHERE application_name = 'payments-api' AND datname = current_database()`);

  it('a session that is ended under a write: its outcome is unknown', async () => {
    await createAll(repo, ['a']);
    await other.query('BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
    const calls = [newCall(), newCall()];
    const refused = calls.map((call, index) =>
      expectRefused(repo.createPayment(newPayment(`b-${index}`), call), 'outcome_unknown'),
    );
    await untilWaiting(other, 1);
    await terminateServices();
    await Promise.all(refused);
    expect(calls.map(({ sent }) => sent)).to.deep.equal([true, true]);
    await other.query('COMMIT');
    expect(await repo.findPayment('a', newCall())).to.include({ version: 0 });
    expect(await repo.createPayment(newPayment('c'), newCall())).to.deep.equal({ outcome: 'created' });
  });

  it('a session that is ended under a read: it is read again', async () => {
    await createAll(repo, ['a']);
    await other.query('BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
    const found = repo.findPayment('a', newCall());
    await untilWaiting(other, 1);
    await terminateServices();
    await untilWaiting(other, 1);
    await other.query('COMMIT');
    expect(await found).to.include({ id: 'a', version: 0 });
    expect(retries).to.deep.equal(['57P01']);
  });

  it('sessions that are ended while idle: nobody notices', async () => {
    await createAll(repo, ['a']);
    const ended = (await terminateServices()).rowCount;
    expect(ended).to.be.at.least(1);
    expect(await repo.createPayment(newPayment('b'), newCall())).to.deep.equal({ outcome: 'created' });
    expect(retries).to.deep.equal([]);
  });

  it('a statement that takes too long is undone, and the calls certainly did not happen', async () => {
    await createAll(repo, ['a', 'b']);
    await repo.close();
    repo = await open({ statementTimeoutMs: 200 });
    await other.query(`BEGIN; SELECT * FROM payments WHERE id = 'b' FOR UPDATE`);
    const calls = [newCall(), newCall()];
    const [a, b] = calls.map((call, index) => repo.updatePayment(newChange(['a', 'b'][index] ?? '', 0), call));
    await expectRefused(a ?? expect.fail(), 'unavailable');
    await expectRefused(b ?? expect.fail(), 'unavailable');
    expect(calls.map(({ sent }) => sent)).to.deep.equal([false, false]);
    await other.query('COMMIT');
    expect(await repo.findPayment('a', newCall())).to.include({ version: 0 });
    await repo.ping(newCall());
  });

  it('a deadlock with another session: our statement is undone and tried again', async () => {
    await createAll(repo, ['a', 'b']);
    // Postgres looks for a deadlock once, so long after a wait began: by then the other session has to wait as well.
    await other.query(`ALTER DATABASE "${new URL(uri).pathname.slice(1)}" SET deadlock_timeout = '3s'`);
    await repo.close();
    repo = await open();
    await other.query(`SET deadlock_timeout = '1min'; BEGIN; SELECT * FROM payments WHERE id = 'b' FOR UPDATE`);
    const updates = ['b', 'a'].map((id) => repo.updatePayment(newChange(id, 0), newCall()));
    await untilWaiting(other, 1);
    const deadlock = other.query(`SELECT * FROM payments WHERE id = 'a' FOR UPDATE`);
    await deadlock;
    await other.query('COMMIT');
    expect(await Promise.all(updates)).to.deep.equal([
      { outcome: 'updated', version: 1 },
      { outcome: 'updated', version: 1 },
    ]);
    expect(retries).to.include('40P01');
  });

  it('serialization failures between two services are tried again', async () => {
    await other.query(
      `ALTER DATABASE "${new URL(uri).pathname.slice(1)}" SET default_transaction_isolation = 'serializable'`,
    );
    await repo.close();
    repo = await open();
    const second = await open();
    try {
      const ids = numbered('p', 8);
      await createAll(repo, ids);
      // Surely one: a row changes under a statement that already waits for it.
      await other.query(`BEGIN; UPDATE payments SET version = version WHERE id = 'p-0'`);
      const overtaken = repo.updatePayment(newChange('p-0', 0), newCall());
      await untilWaiting(other, 1);
      await other.query('COMMIT');
      expect(await overtaken).to.deep.equal({ outcome: 'updated', version: 1 });
      expect(retries).to.deep.equal(['40001']);
      // And as many as come by chance.
      for (const id of ids.slice(1)) {
        await repo.updatePayment(newChange(id, 0), newCall());
      }
      for (let version = 1; version < 20; version++) {
        const results = await Promise.all(
          [repo, second].flatMap((one) => ids.map((id) => one.updatePayment(newChange(id, version), newCall()))),
        );
        expect(countOutcomes(results)).to.deep.equal({ updated: 8, version_conflict: 8 });
      }
    } finally {
      await second.close();
    }
  });

  it('overlapping batches of two services in opposite orders do not deadlock', async () => {
    const second = await open();
    try {
      for (let round = 0; round < 20; round++) {
        const ids = numbered(`p-${round}`, 20);
        const both = [
          [repo, ids],
          [second, [...ids].reverse()],
        ] as const;
        const created = await Promise.all(
          both.flatMap(([one, order]) => order.map((id) => one.createPayment(newPayment(id), newCall()))),
        );
        expect(countOutcomes(created)).to.deep.equal({ created: 20, exists: 20 });
        const updated = await Promise.all(
          both.flatMap(([one, order]) => order.map((id) => one.updatePayment(newChange(id, 0), newCall()))),
        );
        expect(countOutcomes(updated)).to.deep.equal({ updated: 20, version_conflict: 20 });
        for (const result of updated) {
          expect('currentVersion' in result ? result.currentVersion : 1).to.equal(1);
        }
      }
      expect(retries).to.deep.equal([]);
    } finally {
      await second.close();
    }
  });

  it('an update that waited for another one is judged by the version that one left', async () => {
    await createAll(repo, ['a']);
    await other.query(`BEGIN; UPDATE payments SET version = version + 1 WHERE id = 'a'`);
    // Its statement's snapshot is from before the commit, and shows version 0.
    const update = repo.updatePayment(newChange('a', 1), newCall());
    await untilWaiting(other, 1);
    await other.query('COMMIT');
    expect(await update).to.deep.equal({ outcome: 'updated', version: 2 });
    expect(await repo.findPayment('a', newCall())).to.deep.equal(newChange('a', 2));
  });

  it('a row that the database refuses does not hurt its neighbours', async () => {
    await other.query(`ALTER TABLE payments ADD CHECK (organisation_id <> 'refused')`);
    const ids = numbered('p', 21);
    const results = await Promise.all(
      ids.map((id, index) =>
        repo
          .createPayment(newPayment(id, { organisationId: index % 10 === 5 ? 'refused' : 'org' }), newCall())
          .catch((error: unknown) => ({ outcome: error instanceof RepoError ? error.code : String(error) })),
      ),
    );
    expect(countOutcomes(results)).to.deep.equal({ created: 19, broken: 2 });
    expect(results.map(({ outcome }) => outcome).indexOf('broken')).to.equal(5);
    const { payments } = await repo.listPayments({ kind: 'offset', from: 0, size: 100 }, newCall());
    expect(payments.map(({ id }) => id)).to.deep.equal(ids.filter((_, index) => index % 10 !== 5));
  });

  it('a text with the character that stands between joined texts is refused, and shifts none of its neighbours', async () => {
    const sound = ['a', 'b', 'c'].map((id) => repo.createPayment(newPayment(id), newCall()));
    await Promise.all([
      expectRefused(repo.createPayment(newPayment('d\u001fe'), newCall()), 'broken'),
      expectRefused(repo.createPayment(newPayment('f', { organisationId: 'x\u001fy' }), newCall()), 'broken'),
      expectRefused(repo.updatePayment(newChange('a\u001fb', 0), newCall()), 'broken'),
      expectRefused(repo.deletePayment('a\u001fb', 0, newCall()), 'broken'),
    ]);
    await Promise.all(sound);
    const found = await Promise.all(['a\u001fb', 'a', 'c'].map((id) => repo.findPayment(id, newCall())));
    expect(found.map((payment) => payment?.id ?? null)).to.deep.equal([null, 'a', 'c']);
    expect(await repo.countPayments(newCall())).to.equal(3);
  });

  it('a write that was abandoned while its batch was halved is not sent', async () => {
    await other.query(`ALTER TABLE payments ADD CHECK (organisation_id <> 'refused')`);
    const refused = expectRefused(
      repo.createPayment(newPayment('a', { organisationId: 'refused' }), newCall()),
      'broken',
    );
    const call = newCall();
    const abandoned = expectRefused(repo.createPayment(newPayment('b'), call), 'deadline_exceeded');
    // The first statement is refused while this waits; the call is then unsent again for a moment.
    Object.defineProperty(call, 'sent', {
      get: () => false,
      set: (sent: boolean) => {
        call.abandoned ||= !sent;
      },
    });
    await Promise.all([refused, abandoned]);
    expect(await repo.findPayment('b', newCall())).to.equal(null);
  });

  it('a plan that a migration made stale is made again, on every connection', async () => {
    await createAll(repo, ['a']);
    await other.query('BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
    const first = repo.findPayment('a', newCall());
    await untilWaiting(other, 1);
    const second = repo.findPayment('a', newCall());
    await untilWaiting(other, 2);
    await other.query('COMMIT');
    await Promise.all([first, second]);
    await other.query('ALTER TABLE payments ALTER COLUMN organisation_id TYPE varchar(300)');
    expect(await repo.findPayment('a', newCall())).to.include({ version: 0 });
    expect(retries).to.deep.equal(['0A000']);
    for (let times = 0; times < 5; times++) {
      expect(await repo.findPayment('a', newCall())).to.include({ version: 0 });
    }
    expect(retries).to.deep.equal(['0A000']);
  });

  it('a table that is gone: broken, and waiting does not cure it', async () => {
    await createAll(repo, ['a']);
    await other.query('ALTER TABLE payments RENAME TO elsewhere');
    const methods: ((one: Repo) => Promise<unknown>)[] = [
      (one) => one.findPayment('a', newCall()),
      (one) => one.createPayment(newPayment('b'), newCall()),
      (one) => one.updatePayment(newChange('a', 0), newCall()),
      (one) => one.deletePayment('a', 0, newCall()),
      (one) => one.listPayments({ kind: 'after', position: '0', size: 1 }, newCall()),
      (one) => one.countPayments(newCall()),
      (one) => one.deleteAllPayments(newCall()),
    ];
    for (const method of methods) {
      await expectRefused(method(repo), 'broken');
    }
    await repo.ping(newCall());
  });

  describe('a server that is read-only', () => {
    const setReadOnly = async (value: string): Promise<void> => {
      const name = new URL(uri).pathname.slice(1);
      await other.query('SET default_transaction_read_only = off');
      await other.query(`ALTER DATABASE "${name}" SET default_transaction_read_only = ${value}`);
    };
    /** Sessions that began while it was read-only. */
    const openReadOnlySessions = async (): Promise<void> => {
      await setReadOnly('on');
      await terminateServices();
      const page = { kind: 'offset', from: 0, size: 1 } as const;
      await Promise.all([
        repo.findPayment('a', newCall()),
        repo.listPayments(page, newCall()),
        repo.countPayments(newCall()),
        repo.ping(newCall()),
      ]);
    };

    it('does not write, and reads go on', async () => {
      await createAll(repo, ['a']);
      await openReadOnlySessions();
      const call = newCall();
      await expectRefused(repo.createPayment(newPayment('b'), call), 'unavailable');
      expect(call.sent).to.equal(false);
      expect(await repo.findPayment('a', newCall())).to.include({ version: 0 });
    });

    it('is left at once where it was a primary and there is a new one', async () => {
      await openReadOnlySessions();
      await setReadOnly('off');
      expect(await repo.createPayment(newPayment('b'), newCall())).to.deep.equal({ outcome: 'created' });
      expect(retries).to.deep.equal(['25006']);
    });
  });

  it('names every failure for the log, with the cause beside it', async () => {
    await other.query('DROP TABLE payments');
    const error: unknown = await repo.findPayment('a', newCall()).catch((reason: unknown) => reason);
    const code: RepoErrorCode = 'broken';
    expect(error).to.be.instanceOf(RepoError).with.property('code', code);
    expect(error).to.have.property('message', 'Postgres: relation "payments" does not exist (42P01)');
    expect(error).to.have.property('cause').that.is.instanceOf(pg.DatabaseError);
  });
});
