import { expect } from 'chai';
import pg from 'pg';
import { jsonText } from '../../src/contract/json-text.js';
import { postgresArchive } from '../../src/store/postgres/archive.js';
import { joined } from '../../src/store/postgres/joined-texts.js';
import { openPostgresRepo } from '../../src/store/postgres/open.js';
import { createStatements, type Statements } from '../../src/store/postgres/statements.js';
import type { Repo } from '../../src/store/repo.js';
import { sharedPostgres } from '../support/postgres.js';

const ROWS = 20_000;
const table = { schema: null, table: 'payments' };

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly 'Conflict Arbiter Indexes'?: readonly string[];
  readonly Plans?: readonly PlanNode[];
}

/** How the nodes of a plan reach a table. A bitmap's heap scan is told apart by the index scan below it. */
function accesses(node: PlanNode): readonly string[] {
  const { 'Node Type': type, 'Index Name': index, 'Conflict Arbiter Indexes': arbiters = [], Plans = [] } = node;
  const own = index !== undefined ? [index] : type.endsWith('Seq Scan') ? [type] : arbiters;
  return [...own, ...Plans.flatMap(accesses)];
}

/** A literal for an array parameter, or for texts that travel as one. */
function literal(values: readonly (string | number)[] | string): string {
  return typeof values === 'string' ? pg.escapeLiteral(values) : `'{${values.join(',')}}'`;
}

describe('Postgres: query plans', () => {
  let repo: Repo;
  let client: pg.Client;
  let statements: Statements;

  before(async () => {
    const uri = await (await sharedPostgres()).createDatabase();
    repo = await openPostgresRepo({ uri, table, migrationsFolder: 'schema/postgres' });
    client = new pg.Client({ connectionString: uri });
    await client.connect();
    statements = createStatements(table, 'public.payments_seq_seq');
    await client.query(`
      INSERT INTO payments (id, version, organisation_id, attributes, deleted)
        SELECT md5(i::text), 0, 'org', repeat('x', 400), i % 10 = 0 FROM generate_series(1, ${ROWS}) AS i;
      `);
    await client.query('VACUUM ANALYZE payments');
  });
  after(async () => {
    await client.end();
    await repo.close();
  });

  const ids = (count: number) => Array.from({ length: count }, (_, index) => `id-${index}`);
  const BATCH = 64;
  const texts = joined(ids(BATCH));
  const numbers = joined(ids(BATCH).map(() => 0));
  const positions = Array.from({ length: 16 }, (_, index) => String(index * 1_000));
  const sizes = positions.map(() => 20);

  interface Case {
    readonly values: readonly (readonly (string | number)[] | string)[];
    readonly index: string;
  }
  /** Every statement, so that a new one is not forgotten. Forgetting everything has no plan. */
  const cases: Record<Exclude<keyof Statements, 'deleteAll'>, Case> = {
    create: { values: [texts, texts, texts], index: 'payments_pkey' },
    find: { values: [texts], index: 'payments_pkey' },
    update: { values: [texts, numbers, texts, texts], index: 'payments_pkey' },
    delete: { values: [texts, numbers], index: 'payments_pkey' },
    pageAfter: { values: [positions, sizes], index: 'payments_live' },
    pageBefore: { values: [positions, sizes], index: 'payments_live' },
    pageByOffset: { values: [positions, sizes], index: 'payments_live' },
    count: { values: [], index: 'payments_live' },
  };
  const statementSql = (name: string) => Object.entries(statements).find(([each]) => each === name)?.[1].sql;

  // The server keeps to one plan for all values after a few executions, if that seems no dearer: hold both.
  for (const mode of ['force_custom_plan', 'force_generic_plan']) {
    for (const [name, { values, index }] of Object.entries(cases)) {
      it(`${name}: reaches the payments by ${index} only (${mode})`, async () => {
        await client.query(`SET plan_cache_mode = ${mode}; DEALLOCATE ALL; PREPARE statement AS ${statementSql(name)}`);
        const parameters = values.length === 0 ? '' : `(${values.map(literal).join(', ')})`;
        const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
          `EXPLAIN (FORMAT JSON) EXECUTE statement${parameters}`,
        );
        const plan = rows[0]?.['QUERY PLAN'][0]?.Plan ?? expect.fail('no plan');
        expect(new Set(accesses(plan)), JSON.stringify(plan, null, 1)).to.deep.equal(new Set([index]));
      });
    }
  }

  it('copying: payments are found by payments_pkey, and no batch reads the whole table', async () => {
    const scans = async () => {
      await client.query('SELECT pg_stat_force_next_flush()');
      const { rows } = await client.query<{ seq: string; idx: string }>(
        "SELECT seq_scan AS seq, idx_scan AS idx FROM pg_stat_user_tables WHERE relname = 'payments'",
      );
      const [row] = rows;
      return row === undefined ? expect.fail('no statistics') : { seq: Number(row.seq), idx: Number(row.idx) };
    };
    await client.query('RESET plan_cache_mode');
    const before = await scans();
    const archive = postgresArchive(client, table);
    const found = await archive.find(['md5', ...ids(BATCH)]);
    expect(found.size).to.equal(0);
    const stored = {
      organisationId: 'org',
      attributes: jsonText<unknown>('{}'),
      version: 0,
      deleted: false,
    };
    await archive.write(ids(BATCH).map((id, index) => ({ ...stored, id, position: String(ROWS + index + 1) })));
    const after = await scans();
    expect(after.seq).to.equal(before.seq);
    expect(after.idx).to.be.greaterThan(before.idx);
  });
});
