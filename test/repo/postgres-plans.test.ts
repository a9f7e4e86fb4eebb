import { expect } from 'chai';
import pg from 'pg';
import { joined } from '../../src/repo/postgres/joined-texts.js';
import { openPostgresRepo } from '../../src/repo/postgres/open.js';
import { createStatements, type Statements } from '../../src/repo/postgres/statements.js';
import type { Repo } from '../../src/repo/repo.js';
import { sharedPostgres } from '../support/postgres.js';

const ROWS = 20_000;
const table = { schema: null, table: 'payments' };

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly PlanNode[];
}

/** How the nodes of a plan reach a table. A bitmap's heap scan is told apart by the index scan below it. */
function accesses({ 'Node Type': type, 'Index Name': index, Plans = [] }: PlanNode): readonly string[] {
  const own = index !== undefined ? [index] : type.endsWith('Seq Scan') ? [type] : [];
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

  const cases: [keyof Statements, readonly (readonly (string | number)[] | string)[], string][] = [
    ['find', [texts], 'payments_pkey'],
    ['update', [texts, numbers, texts, texts], 'payments_pkey'],
    ['delete', [texts, numbers], 'payments_pkey'],
    ['pageAfter', [positions, sizes], 'payments_live'],
    ['pageBefore', [positions, sizes], 'payments_live'],
    ['pageByOffset', [positions, sizes], 'payments_live'],
    ['count', [], 'payments_live'],
  ];

  // The server keeps to one plan for all values after a few executions, if that seems no dearer: hold both.
  for (const mode of ['force_custom_plan', 'force_generic_plan']) {
    for (const [name, values, index] of cases) {
      it(`${name}: reaches the payments by ${index} only (${mode})`, async () => {
        await client.query(
          `SET plan_cache_mode = ${mode}; DEALLOCATE ALL; PREPARE statement AS ${statements[name].sql}`,
        );
        const parameters = values.length === 0 ? '' : `(${values.map(literal).join(', ')})`;
        const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
          `EXPLAIN (FORMAT JSON) EXECUTE statement${parameters}`,
        );
        const plan = rows[0]?.['QUERY PLAN'][0]?.Plan ?? expect.fail('no plan');
        expect(new Set(accesses(plan)), JSON.stringify(plan, null, 1)).to.deep.equal(new Set([index]));
      });
    }
  }
});
