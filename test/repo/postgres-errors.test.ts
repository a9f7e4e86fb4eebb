import { expect } from 'chai';
import pg from 'pg';
import { classifyFailure, lacksResources } from '../../src/store/postgres/connection/failure.js';
import { StoreError, type StoreErrorCode } from '../../src/store/types.js';
import { sharedPostgres, untilWaiting } from '../support/postgres.js';
import {
  countOutcomes,
  createAll,
  expectError,
  newCall,
  newChange,
  newPayment,
  numbered,
  type OpenRows,
} from './conformance/subject.js';
import { openRows, table } from './postgres-subject.js';

/** Failures of statements, each caused on a real server. */
describe('Postgres: failures of statements', () => {
  let uri: string;
  let repo: OpenRows;
  let retries: string[];
  let failures: [reason: string, message: string][];
  let other: pg.Client;

  const open = (options: { statementTimeoutMs?: number } = {}) =>
    openRows({
      uri,
      table,
      events: {
        retry: (reason) => retries.push(reason),
        failure: (reason, message) => failures.push([reason, message]),
      },
      ...options,
    });

  beforeEach(async () => {
    uri = await (await sharedPostgres()).createDatabase();
    retries = [];
    failures = [];
    repo = await open();
    other = new pg.Client({ connectionString: uri });
    other.on('error', () => {});
    await other.connect();
  });
  afterEach(async () => {
    await other.end();
    await repo.close();
  });

  /** Resolves when their processes are gone. */
  const terminateServices = () =>
    other.query(`SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
      WHERE application_name = 'payments-api' AND datname = current_database()`);

  it('a session that is ended during a write: its outcome is unknown', async () => {
    await createAll(repo, ['a']);
    await other.query('BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
    const calls = [newCall(), newCall()];
    const rejected = calls.map((call, index) =>
      expectError(repo.create(newPayment(`b-${index}`), call), 'outcome_unknown'),
    );
    await untilWaiting(other, 1);
    await terminateServices();
    await Promise.all(rejected);
    expect(calls.map(({ pendingWrites }) => pendingWrites)).to.deep.equal([1, 1]);
    await other.query('COMMIT');
    expect(await repo.find('a', newCall())).to.include({ version: 0 });
    expect(await repo.create(newPayment('c'), newCall())).to.deep.equal({ outcome: 'created' });
  });

  it('a session that is ended during a read: it is repeated', async () => {
    await createAll(repo, ['a']);
    await other.query('BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
    const found = repo.find('a', newCall());
    await untilWaiting(other, 1);
    await terminateServices();
    await untilWaiting(other, 1);
    await other.query('COMMIT');
    expect(await found).to.include({ id: 'a', version: 0 });
    expect(retries).to.deep.equal(['57P01']);
  });

  it('sessions that are ended while idle: no call fails', async () => {
    await createAll(repo, ['a']);
    const ended = (await terminateServices()).rowCount;
    expect(ended).to.be.at.least(1);
    expect(await repo.create(newPayment('b'), newCall())).to.deep.equal({ outcome: 'created' });
    expect(retries).to.deep.equal([]);
  });

  it('a statement that takes too long is rolled back, and the calls certainly did not happen', async () => {
    await createAll(repo, ['a', 'b']);
    await repo.close();
    repo = await open({ statementTimeoutMs: 200 });
    await other.query('BEGIN; SELECT * FROM payments_log FOR UPDATE');
    const calls = [newCall(), newCall()];
    const writes = calls.map((call, index) => repo.update(newChange(['a', 'b'][index] ?? '', 0), call));
    const errors = await Promise.all(writes.map((write) => expectError(write, 'unavailable')));
    expect(errors.map(({ reason }) => reason)).to.deep.equal(['57014', '57014']);
    expect(calls.map(({ pendingWrites }) => pendingWrites)).to.deep.equal([0, 0]);
    await other.query('COMMIT');
    expect(await repo.find('a', newCall())).to.include({ version: 0 });
    await repo.ping(newCall());
  });

  it('a deadlock with another session: our statement is rolled back and repeated', async () => {
    await createAll(repo, ['a']);
    // Postgres looks for a deadlock once, this long after a wait began: the other session must wait by then.
    await other.query(`ALTER DATABASE "${new URL(uri).pathname.slice(1)}" SET deadlock_timeout = '3s'`);
    await repo.close();
    repo = await open();
    await other.query(`SET deadlock_timeout = '1min'; BEGIN; SELECT * FROM payments_log FOR UPDATE`);
    const update = repo.update(newChange('a', 0), newCall());
    await untilWaiting(other, 1);
    // The waiting statement has its table lock already.
    await other.query('LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
    await other.query('COMMIT');
    expect(await update).to.deep.equal({ outcome: 'updated', version: 1 });
    expect(retries).to.include('40P01');
  });

  it('serialization failures between two services are retried', async () => {
    await other.query(
      `ALTER DATABASE "${new URL(uri).pathname.slice(1)}" SET default_transaction_isolation = 'serializable'`,
    );
    await repo.close();
    repo = await open();
    const second = await open();
    try {
      const ids = numbered('p', 8);
      await createAll(repo, ids);
      // At least one: the log changes while a statement waits for it.
      await other.query('BEGIN; UPDATE payments_log SET last = last');
      const overtaken = repo.update(newChange('p-0', 0), newCall());
      await untilWaiting(other, 1);
      await other.query('COMMIT');
      expect(await overtaken).to.deep.equal({ outcome: 'updated', version: 1 });
      expect(retries).to.deep.equal(['40001']);
      // Further ones by chance.
      for (const id of ids.slice(1)) {
        await repo.update(newChange(id, 0), newCall());
      }
      for (let version = 1; version < 20; version++) {
        const results = await Promise.all(
          [repo, second].flatMap((one) => ids.map((id) => one.update(newChange(id, version), newCall()))),
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
          both.flatMap(([one, order]) => order.map((id) => one.create(newPayment(id), newCall()))),
        );
        expect(countOutcomes(created)).to.deep.equal({ created: 20, exists: 20 });
        const updated = await Promise.all(
          both.flatMap(([one, order]) => order.map((id) => one.update(newChange(id, 0), newCall()))),
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

  it('an update that waited for the log is decided by the version that it then finds', async () => {
    await createAll(repo, ['a']);
    await other.query(`BEGIN; UPDATE payments_log SET last = last + 1;
      UPDATE payments SET version = version + 1, position = position + 1 WHERE id = 'a'`);
    // Its statement's snapshot is from before the commit, and shows version 0.
    const update = repo.update(newChange('a', 1), newCall());
    await untilWaiting(other, 1);
    await other.query('COMMIT');
    expect(await update).to.deep.equal({ outcome: 'updated', version: 2 });
    expect(await repo.find('a', newCall())).to.deep.equal(newChange('a', 2));
  });

  it('an update that waited for the log finds a row that was created meanwhile', async () => {
    await other.query(`BEGIN; UPDATE payments_log SET last = last + 1`);
    const update = repo.update(newChange('a', 0), newCall());
    await untilWaiting(other, 1);
    await other.query(`INSERT INTO payments (id, seq, position, version, organisation_id, attributes)
      VALUES ('a', 1000, 1000, 0, 'org', '{}'); COMMIT`);
    expect(await update).to.deep.equal({ outcome: 'updated', version: 1 });
  });

  it('of two requests with one key in two processes one is executed', async () => {
    const second = await open();
    try {
      const idempotency = { key: 'key', fingerprint: 'a' };
      await createAll(repo, ['a', 'b']);
      for (let version = 0; version < 20; version += 1) {
        const key = { ...idempotency, key: `key-${version}` };
        const results = await Promise.all(
          [repo, second, repo, second].map((one) => one.update(newChange('a', version), newCall(), key)),
        );
        expect(countOutcomes(results)).to.deep.equal({ updated: 1, replayed: 3 });
      }
      // The same key for another row: the later statement fails as a whole, and its retry sees the key.
      await other.query('BEGIN; UPDATE payments_log SET last = last');
      const first = repo.update(newChange('b', 0), newCall(), idempotency);
      await untilWaiting(other, 1);
      const conflicting = second.create(newPayment('c'), newCall(), { ...idempotency, fingerprint: 'b' });
      const neighbour = second.create(newPayment('d'), newCall());
      await untilWaiting(other, 2);
      await other.query('COMMIT');
      const [updated, created] = await Promise.all([first, conflicting]);
      expect(await neighbour).to.deep.equal({ outcome: 'created' });
      expect(updated.outcome === 'updated' ? created.outcome : updated.outcome).to.equal('key_reused');
      expect([updated.outcome, created.outcome]).to.include(updated.outcome === 'updated' ? 'updated' : 'created');
      const used = await repo.changes({ after: '0', size: 100 }, newCall());
      expect(used.filter(({ row }) => row.id === 'c' || (row.id === 'b' && row.version === 1))).to.have.lengthOf(1);
    } finally {
      await second.close();
    }
  });

  it('a key is recognised whatever the name of its index, which may have been rebuilt', async () => {
    const second = await open();
    try {
      await other.query('ALTER INDEX payments_changes_key RENAME TO rebuilt');
      await other.query('BEGIN; UPDATE payments_log SET last = last');
      const creates = [repo, second].map((one, index) =>
        one.create(newPayment(`p-${index}`), newCall(), { key: 'key', fingerprint: String(index) }),
      );
      await untilWaiting(other, 2);
      await other.query('COMMIT');
      expect(countOutcomes(await Promise.all(creates))).to.deep.equal({ created: 1, key_reused: 1 });
    } finally {
      await second.close();
    }
  });

  const raise = (using: string) => `
    CREATE FUNCTION check_payment() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN IF NEW.organisation_id = 'rejected' THEN RAISE EXCEPTION 'not this one' ${using}; END IF; RETURN NEW; END $$;
    CREATE TRIGGER check_payment BEFORE INSERT ON payments FOR EACH ROW EXECUTE FUNCTION check_payment()`;
  for (const [what, sql] of [
    ['constraint', `ALTER TABLE payments ADD CHECK (organisation_id <> 'rejected')`],
    ['trigger', raise('')],
    ['trigger with a code of its own', raise(`USING ERRCODE = 'PAY01'`)],
  ] as const) {
    it(`a row that a ${what} rejects does not affect the rest of its batch`, async () => {
      await other.query(sql);
      const ids = numbered('p', 21);
      const results = await Promise.all(
        ids.map((id, index) =>
          repo
            .create(newPayment(id, { organisation_id: index % 10 === 5 ? 'rejected' : 'org' }), newCall())
            .catch((error: unknown) => ({ outcome: error instanceof StoreError ? error.code : String(error) })),
        ),
      );
      expect(countOutcomes(results)).to.deep.equal({ created: 19, broken: 2 });
      expect(results.map(({ outcome }) => outcome).indexOf('broken')).to.equal(5);
      const { rows } = await repo.list({ kind: 'offset', from: 0, size: 100 }, newCall());
      expect(rows.map(({ id }) => id)).to.deep.equal(ids.filter((_, index) => index % 10 !== 5));
    });
  }

  it('an empty id, or a text with the character that separates joined texts, is rejected, and does not shift the others', async () => {
    const sound = ['a', 'b', 'c'].map((id) => repo.create(newPayment(id), newCall()));
    await Promise.all([
      expectError(repo.create(newPayment('d\u001fe'), newCall()), 'broken'),
      expectError(repo.create(newPayment('f', { organisation_id: 'x\u001fy' }), newCall()), 'broken'),
      expectError(repo.update(newChange('a\u001fb', 0), newCall()), 'broken'),
      expectError(repo.delete('a\u001fb', 0, newCall()), 'broken'),
      // Postgres splits an empty text into none.
      expectError(repo.create(newPayment(''), newCall()), 'broken'),
    ]);
    await Promise.all(sound);
    const found = await Promise.all(['a\u001fb', 'a', 'c'].map((id) => repo.find(id, newCall())));
    expect(found.map((payment) => payment?.id ?? null)).to.deep.equal([null, 'a', 'c']);
    expect(await repo.count(newCall())).to.equal(3);
  });

  it('a write that was abandoned while its batch was halved is not sent', async () => {
    await other.query(`ALTER TABLE payments ADD CHECK (organisation_id <> 'rejected')`);
    const rejected = expectError(repo.create(newPayment('a', { organisation_id: 'rejected' }), newCall()), 'broken');
    const call = newCall();
    const abandoned = expectError(repo.create(newPayment('b'), call), 'deadline_exceeded');
    // The first statement is rejected while this waits; for a moment nothing is pending then.
    let pendingWrites = 0;
    Object.defineProperty(call, 'pendingWrites', {
      get: () => pendingWrites,
      set: (count: number) => {
        call.abandoned ||= count < pendingWrites;
        pendingWrites = count;
      },
    });
    await Promise.all([rejected, abandoned]);
    expect(await repo.find('b', newCall())).to.equal(null);
  });

  it('a plan that a migration made stale is prepared again, on every connection', async () => {
    await createAll(repo, ['a']);
    await other.query('BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
    const first = repo.find('a', newCall());
    await untilWaiting(other, 1);
    const second = repo.find('a', newCall());
    await untilWaiting(other, 2);
    await other.query('COMMIT');
    await Promise.all([first, second]);
    await other.query('ALTER TABLE payments ALTER COLUMN organisation_id TYPE varchar(300)');
    expect(await repo.find('a', newCall())).to.include({ version: 0 });
    for (let times = 0; times < 5; times++) {
      expect(await repo.find('a', newCall())).to.include({ version: 0 });
    }
    expect(retries).to.deep.equal([]);
  });

  it('a schema that changes continuously under load: no call fails', async () => {
    await createAll(repo, numbered('p', 8));
    let isOver = false;
    let calls = 0;
    const work = numbered('p', 8).map(async (id, index) => {
      for (let version = 0; !isOver; version += 1) {
        expect(await repo.update(newChange(id, version), newCall())).to.deep.equal({
          outcome: 'updated',
          version: version + 1,
        });
        expect(await repo.find(id, newCall())).to.include({ version: version + 1 });
        expect(await repo.create(newPayment(`${id}-${version}`), newCall())).to.deep.equal({ outcome: 'created' });
        await repo.list({ kind: 'offset', from: index, size: 2 }, newCall());
        await repo.changes({ after: '0', size: 3 }, newCall());
        calls += 5;
      }
    });
    for (let length = 300; length < 320; length += 1) {
      const enough = calls + 20;
      await other.query(`ALTER TABLE payments ALTER COLUMN organisation_id TYPE varchar(${length})`);
      await other.query(`ALTER TABLE payments_changes ALTER COLUMN organisation_id TYPE varchar(${length})`);
      while (calls < enough) await new Promise((resolve) => setImmediate(resolve));
    }
    isOver = true;
    await Promise.all(work);
  });

  it('deleting everything works without the right to truncate', async () => {
    const role = `role_${new URL(uri).pathname.slice(1)}`;
    await other.query(`CREATE ROLE ${role} LOGIN PASSWORD 'p'; GRANT USAGE ON SCHEMA public TO ${role};
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO ${role}`);
    const limited = await openRows({ uri: Object.assign(new URL(uri), { username: role, password: 'p' }).href });
    try {
      await createAll(limited, ['a', 'b']);
      const last = await limited.lastPosition(newCall());
      await limited.deleteAll(newCall());
      expect(await limited.count(newCall())).to.equal(0);
      expect(await limited.changes({ after: '0', size: 10 }, newCall())).to.deep.equal([]);
      await createAll(limited, ['a']);
      const [change] = await limited.changes({ after: last, size: 10 }, newCall());
      expect(change?.row.id).to.equal('a');
    } finally {
      await limited.close();
      await other.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    }
  });

  it('deleting everything works next to a table that refers to payments, unless one of its rows does', async () => {
    await other.query('CREATE TABLE notes (payment text REFERENCES payments (id))');
    await createAll(repo, ['a', 'b']);
    await other.query(`INSERT INTO notes VALUES ('a')`);
    await expectError(repo.deleteAll(newCall()), 'broken');
    expect(await repo.count(newCall())).to.equal(2);
    expect(await repo.changes({ after: '0', size: 10 }, newCall())).to.have.length(2);
    await other.query('DELETE FROM notes');
    await repo.deleteAll(newCall());
    expect(await repo.count(newCall())).to.equal(0);
  });

  it('a missing table: every call is unavailable until it is back, and none is retried', async () => {
    await createAll(repo, ['a']);
    await other.query('ALTER TABLE payments RENAME TO elsewhere');
    const methods: ((one: OpenRows) => Promise<unknown>)[] = [
      (one) => one.find('a', newCall()),
      (one) => one.create(newPayment('b'), newCall()),
      (one) => one.update(newChange('a', 0), newCall()),
      (one) => one.delete('a', 0, newCall()),
      (one) => one.list({ kind: 'after', position: '0', size: 1 }, newCall()),
      (one) => one.count(newCall()),
      (one) => one.deleteAll(newCall()),
    ];
    for (const method of methods) {
      await expectError(method(repo), 'unavailable');
    }
    await expectError(repo.ping(newCall()), 'unavailable');
    expect(retries).to.deep.equal([]);
    await other.query('ALTER TABLE elsewhere RENAME TO payments');
    await repo.ping(newCall());
    expect(await repo.update(newChange('a', 0), newCall())).to.deep.equal({ outcome: 'updated', version: 1 });
  });

  describe('a server that is read-only', () => {
    const setReadOnly = async (value: string): Promise<void> => {
      const name = new URL(uri).pathname.slice(1);
      await other.query('SET default_transaction_read_only = off');
      await other.query(`ALTER DATABASE "${name}" SET default_transaction_read_only = ${value}`);
    };

    it('does not write, and nothing old is read from it', async () => {
      await createAll(repo, ['a']);
      await setReadOnly('on');
      await terminateServices();
      const call = newCall();
      expect(await expectError(repo.create(newPayment('b'), call), 'unavailable')).to.have.property('reason', '25006');
      expect(call.pendingWrites).to.equal(0);
      expect(await expectError(repo.find('a', newCall()), 'unavailable')).to.have.property('reason', '25006');
      await expectError(repo.ping(newCall()), 'unavailable');
    });

    it('is noticed if it became read-only while sessions are open', async () => {
      await createAll(repo, ['a']);
      await other.query(`ALTER SYSTEM SET default_transaction_read_only = on`);
      try {
        await other.query('SELECT pg_reload_conf()');
        while (
          (await other.query('SHOW default_transaction_read_only')).rows[0]?.default_transaction_read_only !== 'on'
        );
        await expectError(repo.find('a', newCall()), 'unavailable');
        await expectError(repo.ping(newCall()), 'unavailable');
      } finally {
        await other.query('SET default_transaction_read_only = off');
        await other.query('ALTER SYSTEM RESET default_transaction_read_only');
        await other.query('SELECT pg_reload_conf()');
      }
    });

    it('serves again once it is writable', async () => {
      await setReadOnly('on');
      await terminateServices();
      await expectError(repo.create(newPayment('b'), newCall()), 'unavailable');
      await setReadOnly('off');
      while ((await repo.create(newPayment('b'), newCall()).catch(() => null)) === null);
      expect(await repo.find('b', newCall())).to.include({ version: 0 });
    });
  });

  it('every failure is named in the log, with its cause', async () => {
    await other.query('DROP TABLE payments');
    const error: unknown = await repo.find('a', newCall()).catch((reason: unknown) => reason);
    const code: StoreErrorCode = 'unavailable';
    expect(error).to.be.instanceOf(StoreError).with.property('code', code);
    expect(error).to.have.property('message', 'Postgres: relation "payments" does not exist (42P01)');
    expect(error).to.have.property('cause').that.is.instanceOf(pg.DatabaseError);
    expect(error).to.have.property('reason', '42P01');
    expect(failures).to.deep.equal([['42P01', 'relation "payments" does not exist']]);
  });
});

/** With the fields of Postgres 15's message: a server reaches this state after 2,000 million transactions. */
describe('Postgres: a failure that no test server shows', () => {
  it('a server that must be vacuumed before it gives out transaction ids cannot write; a row that an index rejects is another matter', () => {
    const kindOf = (routine: string) => {
      const error = new pg.DatabaseError('', 0, 'error');
      const failure = classifyFailure(Object.assign(error, { severity: 'ERROR', code: '54000', routine }), true);
      return [failure.kind, lacksResources(failure)];
    };
    expect(kindOf('GetNewTransactionId')).to.deep.equal(['rejected', true]);
    expect(kindOf('_bt_check_third_page')).to.deep.equal(['row', false]);
  });
});
