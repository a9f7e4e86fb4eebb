import { expect } from 'chai';
import pg from 'pg';
import { payments } from '../../src/payments/resource.js';
import { joined } from '../../src/store/postgres/connection/statement.js';
import { postgresConnection } from '../../src/store/postgres/sql-connection.js';
import { createStatements } from '../../src/store/postgres/statements.js';
import { createArchive } from '../../src/store/stored-archive.js';
import { tableOf, tablesOf } from '../../src/store/tables.js';
import type { Row } from '../../src/store/types.js';
import { sharedPostgres } from '../support/postgres.js';
import { openRows, table } from './postgres-subject.js';

const ROWS = 20_000;
const BATCH = 128;

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Relation Name'?: string;
  readonly 'Conflict Arbiter Indexes'?: readonly string[];
  readonly Plans?: readonly PlanNode[];
}

/** The table accesses of a plan, except for the log's one row. A bitmap's heap scan counts by its index scan. */
function accesses(node: PlanNode): readonly string[] {
  const { 'Node Type': type, 'Index Name': index, 'Conflict Arbiter Indexes': arbiters = [], Plans = [] } = node;
  const isScan = type.endsWith('Seq Scan') && node['Relation Name'] !== 'payments_log';
  const own = index !== undefined ? [index] : isScan ? [type] : arbiters;
  return [...own, ...Plans.flatMap(accesses)];
}

/** A literal for an array parameter, or for joined texts. */
function literal(values: readonly (string | number)[] | string): string {
  return typeof values === 'string' ? pg.escapeLiteral(values) : `'{${values.join(',')}}'`;
}

/** A row of unknown columns is an object of strings with one number. */
function rowOf(id: string): Row<string> {
  const texts: Record<string, string> = { organisation_id: 'org', attributes: '{}' };
  return { ...texts, id, version: 3 } as Row<string>;
}

const ids = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}`);
const texts = joined(ids(BATCH));
const numbers = joined(ids(BATCH).map(() => 0));
const positions = Array.from({ length: 16 }, (_, index) => String(index * 1_000));
const sizes = positions.map(() => 20);
const filters = positions.map(() => 'org-7');

describe('Postgres: query plans', () => {
  let client: pg.Client;
  const tables = tableOf(tablesOf([payments], table), undefined);
  const statements = createStatements({ tables, ...payments, hasTimelines: true });

  before(async () => {
    const uri = await (await sharedPostgres()).createDatabase();
    await (await openRows({ uri })).close();
    client = new pg.Client({ connectionString: uri });
    await client.connect();
    await client.query(`
      ALTER TABLE payments DISABLE TRIGGER USER;
      INSERT INTO payments (id, seq, position, version, organisation_id, attributes, deleted)
        SELECT md5(i::text), i, i, 0, 'org-' || i % 100, repeat('x', 400), i % 10 = 0 FROM generate_series(1, ${ROWS}) AS i;
      INSERT INTO payments_changes (position, kind, at, id, version, organisation_id, attributes)
        SELECT seq, 'created', now(), id, 0, organisation_id, attributes FROM payments;
      INSERT INTO payments_changes (position, kind, at, id, version, organisation_id, attributes, idempotency_key, fingerprint)
        SELECT seq + ${ROWS}, 'updated', now(), id, 1, organisation_id, attributes, id, id FROM payments;
      UPDATE payments_log SET last = ${3 * ROWS};
      ALTER TABLE payments ENABLE TRIGGER USER`);
    await client.query('VACUUM ANALYZE payments, payments_changes');
  });
  after(() => client.end());

  interface Case {
    readonly sql: string;
    readonly values: readonly (readonly (string | number)[] | string)[];
    readonly indexes: readonly string[];
  }
  const { created: create, updated: update, deleted: remove } = statements.write;
  const keys = [texts, texts];
  /** All statements on rows or changes; the others concern the log, or everything. */
  const cases: Record<string, Case> = {
    create: { sql: create.plain.sql, values: [texts, texts, texts], indexes: ['payments_pkey'] },
    update: { sql: update.plain.sql, values: [texts, numbers, texts, texts], indexes: ['payments_pkey'] },
    delete: { sql: remove.plain.sql, values: [texts, numbers], indexes: ['payments_pkey'] },
    'create with keys': {
      sql: create.keyed.sql,
      values: [texts, texts, texts, ...keys],
      indexes: ['payments_changes_key', 'payments_pkey'],
    },
    'update with keys': {
      sql: update.keyed.sql,
      values: [texts, numbers, texts, texts, ...keys],
      indexes: ['payments_changes_key', 'payments_pkey'],
    },
    'delete with keys': {
      sql: remove.keyed.sql,
      values: [texts, numbers, ...keys],
      indexes: ['payments_changes_key', 'payments_pkey'],
    },
    find: { sql: statements.find.sql, values: [texts], indexes: ['payments_pkey'] },
    existing: { sql: statements.existing.sql, values: [texts], indexes: ['payments_pkey'] },
    keys: { sql: statements.keys.sql, values: [texts], indexes: ['payments_changes_key'] },
    pageAfter: { sql: statements.pageAfter.all.sql, values: [positions, sizes], indexes: ['payments_live'] },
    pageBefore: { sql: statements.pageBefore.all.sql, values: [positions, sizes], indexes: ['payments_live'] },
    pageByOffset: { sql: statements.pageByOffset.all.sql, values: [positions, sizes], indexes: ['payments_live'] },
    'pageAfter of one organisation': {
      sql: statements.pageAfter.filtered.sql,
      values: [positions, sizes, filters],
      indexes: ['payments_live_organisation_id'],
    },
    'pageBefore of one organisation': {
      sql: statements.pageBefore.filtered.sql,
      values: [positions, sizes, filters],
      indexes: ['payments_live_organisation_id'],
    },
    'pageByOffset of one organisation': {
      sql: statements.pageByOffset.filtered.sql,
      values: [positions, sizes, filters],
      indexes: ['payments_live_organisation_id'],
    },
    changes: { sql: statements.changes.all.sql, values: [positions, sizes], indexes: ['payments_changes_pkey'] },
    'changes of one organisation': {
      sql: statements.changes.filtered.sql,
      values: [positions, sizes, filters],
      indexes: ['payments_changes_organisation_id'],
    },
    versions: {
      sql: statements.versions.sql,
      values: [positions, sizes, ids(16)],
      indexes: ['payments_changes_id', 'payments_changes_pkey', 'payments_pkey'],
    },
    count: { sql: statements.count.sql, values: [], indexes: ['payments_live'] },
  };

  // After a few executions the server uses a generic plan if it does not seem more expensive: both are checked.
  for (const mode of ['force_custom_plan', 'force_generic_plan']) {
    for (const [name, { sql, values, indexes }] of Object.entries(cases)) {
      it(`${name}: reaches the rows by ${indexes.join(', ')} only (${mode})`, async () => {
        await client.query(`SET plan_cache_mode = ${mode}; DEALLOCATE ALL; PREPARE statement AS ${sql}`);
        const parameters = values.length === 0 ? '' : `(${values.map(literal).join(', ')})`;
        const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
          `EXPLAIN (FORMAT JSON) EXECUTE statement${parameters}`,
        );
        const plan = rows[0]?.['QUERY PLAN'][0]?.Plan ?? expect.fail('no plan');
        expect([...new Set(accesses(plan))].sort(), JSON.stringify(plan, null, 1)).to.deep.equal(indexes);
      });
    }
  }

  it('writes never use JIT: their plans are too cheap for that', async () => {
    await client.query('RESET plan_cache_mode');
    for (const name of ['create', 'update', 'delete', 'create with keys', 'update with keys']) {
      const { sql = '', values = [] } = cases[name] ?? {};
      await client.query(`DEALLOCATE ALL; PREPARE statement AS ${sql}`);
      const { rows } = await client.query<{ 'QUERY PLAN': readonly object[] }>(
        `EXPLAIN (ANALYZE, FORMAT JSON) EXECUTE statement(${values.map(literal).join(', ')})`,
      );
      expect(rows[0]?.['QUERY PLAN'][0], name).not.to.have.property('JIT');
    }
  });

  it('copying: no batch reads a whole table', async () => {
    const scans = async () => {
      await client.query('SELECT pg_stat_force_next_flush()');
      const { rows } = await client.query<{ seq: string }>(
        `SELECT sum(seq_scan) AS seq FROM pg_stat_user_tables WHERE relname IN ('payments', 'payments_changes')`,
      );
      return Number(rows[0]?.seq);
    };
    const before = await scans();
    const archive = createArchive(
      postgresConnection(client, { applicationName: 'payments-api', tables: tablesOf([payments], table) }),
      payments,
      tables,
    );
    expect((await archive.find(['md5', ...ids(BATCH)])).size).to.be.at.most(BATCH);
    let rows = 0;
    for await (const slice of archive.rows('0')) {
      rows += slice.length;
      // After the last slice one statement reads both tables once, for rows without the log.
      if (rows >= ROWS) break;
    }
    expect(rows).to.be.at.least(ROWS);
    let changes = 0;
    for await (const slice of archive.changes('0')) changes += slice.length;
    expect(changes).to.be.at.least(2 * ROWS);
    const outcomes = await archive.write(
      ids(BATCH).map((id) => ({
        kind: 'created' as const,
        row: rowOf(`copied-${id}`),
        position: null,
        at: null,
        isBaseline: true,
        idempotency: null,
      })),
    );
    expect(new Set(outcomes.map(({ outcome }) => outcome))).to.deep.equal(new Set(['written']));
    expect(await scans()).to.equal(before);
  });
});
