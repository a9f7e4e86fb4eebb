import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { payments } from '../../src/payments/resource.js';
import type { ResourceDescription, ResourceStore, Store } from '../../src/store/types.js';
import { sharedPostgres } from '../support/postgres.js';
import { countOutcomes, newCall, newChange, newPayment } from './conformance/subject.js';
import { migrationsFolder, openPostgres } from './postgres-subject.js';

type RefundColumn = 'payment_id' | 'amount';

/** A refund needs its payment, and all refunds together never exceed its amount. */
const refunds: ResourceDescription<RefundColumn> = {
  name: 'refunds',
  columns: ['payment_id', 'amount'],
  jsonColumns: [],
  filter: 'payment_id',
  constants: {},
  guard: {
    sql: {
      sqlite3: '',
      postgres: `
        SELECT p.attributes::json ->> 'amount' AS amount,
          (SELECT coalesce(sum(amount::numeric), 0)::text FROM {{table:refunds}} WHERE payment_id = $1) AS refunded
        FROM {{table:payments}} AS p WHERE p.id = $1 AND NOT p.deleted FOR SHARE`,
    },
    parameters: (row) => [row.payment_id],
    decide(row, [found]) {
      if (found === undefined) return 'no_payment';
      return Number(found.refunded) + Number(row.amount) > Number(found.amount) ? 'exceeds_amount' : null;
    },
  },
};

const MIGRATION = `
  CREATE TABLE {{table:refunds}} (
    id text COLLATE "C" PRIMARY KEY, seq bigint NOT NULL, position bigint NOT NULL, version bigint NOT NULL,
    payment_id text NOT NULL, amount text NOT NULL, deleted boolean NOT NULL DEFAULT false
  );
  CREATE TABLE {{log:refunds}} (last bigint NOT NULL, at timestamptz NOT NULL);
  INSERT INTO {{log:refunds}} VALUES (0, now());
  CREATE TABLE {{changes:refunds}} (
    position bigint PRIMARY KEY, kind text NOT NULL, at timestamptz NOT NULL, id text COLLATE "C" NOT NULL,
    version bigint NOT NULL, payment_id text NOT NULL, amount text NOT NULL, baseline boolean NOT NULL DEFAULT false,
    idempotency_key text, fingerprint text
  );
  CREATE UNIQUE INDEX {{index:refunds.changes_key}} ON {{changes:refunds}} (idempotency_key);`;

describe('Postgres: a create that depends on other rows', () => {
  let folder: string;
  let uri: string;
  let stores: Store[];

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'migrations-'));
    const own = join(folder, 'postgres');
    cpSync(migrationsFolder, own, { recursive: true });
    const next = readdirSync(own).filter((file) => file.endsWith('.up.sql')).length + 1;
    const name = join(own, `${String(next).padStart(4, '0')}_refunds`);
    writeFileSync(`${name}.up.sql`, MIGRATION);
    writeFileSync(`${name}.down.sql`, 'DROP TABLE {{table:refunds}}');
    uri = await (await sharedPostgres()).createDatabase();
    const open = () => openPostgres({ uri, migrations: folder, resources: [payments, refunds] });
    stores = [await open(), await open()];
    await stores[0]?.resource(payments).create(newPayment('p', { attributes: '{"amount":"100"}' }), newCall());
  });
  afterEach(async () => {
    await Promise.all(stores.map((store) => store.close()));
    rmSync(folder, { recursive: true });
  });

  const refundsOf = (index: number): ResourceStore<RefundColumn> =>
    stores[index % stores.length]?.resource(refunds) ?? expect.fail();
  const refund = (id: string, payment = 'p') => ({ id, payment_id: payment, amount: '10' });

  it('is executed as often as the condition holds, in any number of processes', async () => {
    const results = await Promise.all(
      Array.from({ length: 30 }, (_, index) => refundsOf(index).create(refund(`r-${index}`), newCall())),
    );
    expect(countOutcomes(results)).to.deep.equal({ created: 10, rejected: 20 });
    expect(results.find(({ outcome }) => outcome === 'rejected')).to.deep.equal({
      outcome: 'rejected',
      verdict: 'exceeds_amount',
    });
    expect(await refundsOf(0).count(newCall())).to.equal(10);
    expect(await refundsOf(0).changes({ after: '0', size: 100, filter: 'p' }, newCall())).to.have.lengthOf(10);
    expect(await refundsOf(0).create(refund('other', 'missing'), newCall())).to.deep.equal({
      outcome: 'rejected',
      verdict: 'no_payment',
    });
  });

  it('checks ids and keys like any other', async () => {
    const idempotency = { key: 'key', fingerprint: 'f' };
    expect(await refundsOf(0).create(refund('r'), newCall(), idempotency)).to.deep.equal({ outcome: 'created' });
    expect(await refundsOf(1).create(refund('r'), newCall())).to.deep.equal({ outcome: 'exists' });
    const replay = await refundsOf(1).create(refund('r'), newCall(), idempotency);
    expect(replay).to.have.property('outcome', 'replayed');
    expect(await refundsOf(1).create(refund('s'), newCall(), { ...idempotency, fingerprint: 'g' })).to.deep.equal({
      outcome: 'key_reused',
    });
    expect(await refundsOf(0).count(newCall())).to.equal(1);
  });

  it('waits alone for a row that another session has locked', async () => {
    const other = new pg.Client({ connectionString: uri });
    await other.connect();
    await other.query(`BEGIN; SELECT * FROM payments WHERE id = 'p' FOR UPDATE`);
    const call = newCall();
    const waiting = refundsOf(0).create(refund('r'), call);
    const rows = stores[0]?.resource(payments) ?? expect.fail();
    for (let number = 0; number < 20; number += 1) {
      expect(await rows.create(newPayment(`n-${number}`), newCall(5_000))).to.deep.equal({ outcome: 'created' });
      expect(await rows.update(newChange(`n-${number}`, 0), newCall(5_000))).to.include({ outcome: 'updated' });
    }
    await other.query('COMMIT');
    await other.end();
    expect(await waiting).to.deep.equal({ outcome: 'created' });
    expect(call.pendingWrites).to.equal(1);
  });
});
