import { expect } from 'chai';
import pg from 'pg';
import { sharedPostgres } from '../support/postgres.js';
import {
  createAll,
  expectError,
  newCall,
  newChange,
  newPayment,
  numbered,
  type OpenRows,
} from './conformance/subject.js';
import { openRows } from './postgres-subject.js';

/** Long enough to prove that nothing waits, and shorter than every timeout. */
const SOON_MS = 5_000;

describe('Postgres: rows that another session has locked', () => {
  let repo: OpenRows;
  let other: pg.Client;

  beforeEach(async () => {
    const uri = await (await sharedPostgres()).createDatabase();
    repo = await openRows({ uri });
    other = new pg.Client({ connectionString: uri });
    await other.connect();
    await createAll(repo, ['locked', ...numbered('p', 10)]);
  });
  afterEach(async () => {
    await other.end();
    await repo.close();
  });

  /** Writes of every kind to other rows, which must finish soon. */
  async function expectNeighboursProceed(round: number): Promise<void> {
    const results = await Promise.all([
      ...numbered('p', 10).map((id) => repo.update(newChange(id, round), newCall(SOON_MS))),
      ...numbered(`new-${round}`, 10).map((id) => repo.create(newPayment(id), newCall(SOON_MS))),
    ]);
    expect(new Set(results.map(({ outcome }) => outcome))).to.deep.equal(new Set(['updated', 'created']));
    expect(await repo.delete(`new-${round}-0`, 0, newCall(SOON_MS))).to.deep.equal({ outcome: 'deleted' });
  }

  it('an update of a locked row waits alone, and is executed after the lock is released', async () => {
    await other.query(`BEGIN; SELECT * FROM payments WHERE id = 'locked' FOR UPDATE`);
    const update = repo.update(newChange('locked', 0), newCall());
    let isDone = false;
    void update.then(() => {
      isDone = true;
    });
    for (let round = 0; round < 10; round += 1) await expectNeighboursProceed(round);
    expect(isDone).to.equal(false);
    await other.query('COMMIT');
    expect(await update).to.deep.equal({ outcome: 'updated', version: 1 });
  });

  it('everything is deleted next to a transaction that reads, and other requests proceed', async () => {
    await other.query('BEGIN; SELECT count(*) FROM payments; SELECT count(*) FROM payments_changes');
    const deleted = repo.deleteAll(newCall(SOON_MS));
    await repo.find('p-0', newCall(SOON_MS));
    await deleted;
    expect(await repo.count(newCall(SOON_MS))).to.equal(0);
    expect(await repo.changes({ after: '0', size: 20 }, newCall(SOON_MS))).to.deep.equal([]);
    await createAll(repo, ['locked']);
    await other.query('COMMIT');
  });

  it('a call to delete everything that ends before its turn deletes nothing afterwards', async () => {
    const small = await openRows({
      uri: `postgres://postgres:test@127.0.0.1:${other.port}/${other.database}`,
      poolSize: 2,
    });
    try {
      await other.query('BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
      // On the only connection; the next calls wait for it in order.
      const counted = small.count(newCall());
      await expectError(small.deleteAll(newCall(300)), 'unavailable');
      const last = small.count(newCall());
      await other.query('COMMIT');
      expect([await counted, await last]).to.deep.equal([11, 11]);
    } finally {
      await small.close();
    }
  });

  it('clients that repeat it get a certain outcome, and other writes proceed', async () => {
    await other.query(`BEGIN; UPDATE payments SET attributes = '{}' WHERE id = 'locked'`);
    const calls = numbered('call', 40).map(() => newCall(1_000));
    const rejected = calls.map((call, index) =>
      expectError(
        index % 2 === 0 ? repo.update(newChange('locked', 0), call) : repo.delete('locked', 0, call),
        'unavailable',
      ),
    );
    for (let round = 0; round < 5; round += 1) await expectNeighboursProceed(round);
    for (const error of await Promise.all(rejected)) expect(error.reason).to.be.oneOf(['55P03', 'deadline']);
    expect(calls.map(({ pendingWrites }) => pendingWrites)).to.deep.equal(calls.map(() => 0));
    await other.query('ROLLBACK');
    expect(await repo.find('locked', newCall())).to.include({ version: 0 });
    expect(await repo.versions('locked', { after: '0', size: 10 }, newCall())).to.have.lengthOf(1);
  });

  it('writes of one locked row keep their order, and each has its own outcome', async () => {
    await other.query(`BEGIN; SELECT * FROM payments WHERE id = 'locked' FOR SHARE`);
    const first = repo.update(newChange('locked', 0), newCall());
    await expectNeighboursProceed(0);
    const second = repo.update(newChange('locked', 1), newCall());
    const conflicting = repo.update(newChange('locked', 1), newCall());
    const last = repo.delete('locked', 2, newCall());
    await expectNeighboursProceed(1);
    await other.query('COMMIT');
    expect(await Promise.all([first, second, conflicting, last])).to.deep.equal([
      { outcome: 'updated', version: 1 },
      { outcome: 'updated', version: 2 },
      { outcome: 'version_conflict', currentVersion: 2 },
      { outcome: 'deleted' },
    ]);
  });

  for (const [end, expected] of [
    ['ROLLBACK', { outcome: 'created' }],
    ['COMMIT', { outcome: 'exists' }],
  ] as const) {
    it(`a create of an uncommitted id waits alone (${end})`, async () => {
      await other.query(`BEGIN; INSERT INTO payments (id, seq, position, version, organisation_id, attributes)
        VALUES ('taken', 0, 0, 0, 'org', '{}')`);
      const create = repo.create(newPayment('taken'), newCall());
      const keyed = repo.create(newPayment('taken'), newCall(), { key: 'key', fingerprint: 'f' });
      for (let round = 0; round < 10; round += 1) await expectNeighboursProceed(round);
      await other.query(end);
      expect([await create, await keyed]).to.deep.include(expected);
      expect(await repo.count(newCall())).to.be.greaterThan(0);
      const found = await repo.find('taken', newCall());
      expect(found).to.include({ organisation_id: end === 'COMMIT' ? 'org' : 'org-1' });
    });
  }

  it('many uncommitted ids: their creates wait, and everything else proceeds', async () => {
    await other.query(`BEGIN; INSERT INTO payments (id, seq, position, version, organisation_id, attributes)
      SELECT 'bulk-' || i, 0, 0, 0, 'org', '{}' FROM generate_series(0, 29) AS i`);
    const creates = numbered('bulk', 30).map((id) => repo.create(newPayment(id), newCall(60_000)));
    for (let round = 0; round < 5; round += 1) await expectNeighboursProceed(round);
    await other.query('COMMIT');
    expect(new Set((await Promise.all(creates)).map(({ outcome }) => outcome))).to.deep.equal(new Set(['exists']));
  });

  it('two services that wait for the row: one of them gets it', async () => {
    const second = await openRows({ uri: `postgres://postgres:test@127.0.0.1:${other.port}/${other.database}` });
    try {
      await other.query(`BEGIN; SELECT * FROM payments WHERE id = 'locked' FOR UPDATE`);
      const updates = [repo, second, repo, second].map((one) => one.update(newChange('locked', 0), newCall()));
      await expectNeighboursProceed(0);
      await other.query('COMMIT');
      const outcomes = (await Promise.all(updates)).map(({ outcome }) => outcome).sort();
      expect(outcomes).to.deep.equal(['updated', 'version_conflict', 'version_conflict', 'version_conflict']);
    } finally {
      await second.close();
    }
  });
});
