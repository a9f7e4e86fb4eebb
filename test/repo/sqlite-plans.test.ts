import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { payments } from '../../src/payments/resource.js';
import { loadMigrations } from '../../src/store/migrations/files.js';
import { migrateUp } from '../../src/store/migrations/run.js';
import { openConnection } from '../../src/store/sqlite/connection.js';
import { sqliteConnection } from '../../src/store/sqlite/sql-connection.js';
import { prepareStatements } from '../../src/store/sqlite/statements.js';
import { createArchive } from '../../src/store/stored-archive.js';
import { tableOf, tablesOf } from '../../src/store/tables.js';

const tables = tablesOf([payments], { schema: null, table: 'payments' });
const own = tableOf(tables, 'payments');

const BY_ID = ['SEARCH payments USING INDEX sqlite_autoindex_payments_1 (id=?)'];
const ONE_LOG_ROW = ['SCAN payments_log'];

/** The allowed plan of each statement: no sort, and no scan except of an index. (Deleting everything has no plan.) */
const PLANS: Record<string, readonly string[]> = {
  find: BY_ID,
  findVersion: BY_ID,
  findAny: BY_ID,
  findSeq: ['SEARCH payments USING COVERING INDEX sqlite_autoindex_payments_1 (id=?)'],
  create: [],
  update: BY_ID,
  updateFiltered: BY_ID,
  delete: BY_ID,
  addChange: ['SCALAR SUBQUERY 1', 'SEARCH payments USING COVERING INDEX sqlite_autoindex_payments_1 (id=?)'],
  addCreated: ['SEARCH payments USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)'],
  positionOf: ['SEARCH payments_changes USING INDEX payments_changes_seq (seq=?)'],
  rowAt: ['SEARCH payments_changes USING INTEGER PRIMARY KEY (rowid=?)'],
  firstChange: ['SEARCH payments_changes USING INTEGER PRIMARY KEY (rowid=?)'],
  laterChanges: ['SEARCH payments_changes USING INDEX payments_changes_seq (seq=? AND rowid>?)'],
  changeOfKey: ['SEARCH payments_changes USING INDEX payments_changes_key (idempotency_key=?)'],
  readLog: [...ONE_LOG_ROW, 'SCALAR SUBQUERY 1', 'SEARCH payments_changes', 'SCALAR SUBQUERY 2', 'SEARCH payments'],
  writeLog: ONE_LOG_ROW,
  ping: ['SCAN CONSTANT ROW', 'SCALAR SUBQUERY 1', 'SCAN payments', 'SCALAR SUBQUERY 2', 'SCAN payments_changes'],
  deleteRows: [],
  deleteChanges: [],
  count: ['SCAN payments USING COVERING INDEX payments_live'],
  'all.atOffset': [
    'CO-ROUTINE page',
    'SEARCH payments USING COVERING INDEX payments_live (seq>?)',
    'SCAN page',
    'SEARCH payments USING INTEGER PRIMARY KEY (rowid=?)',
  ],
  'all.after': ['SEARCH payments USING INDEX payments_live (seq>?)'],
  'all.before': ['SEARCH payments USING INDEX payments_live (seq<?)'],
  'all.seqAt': ['SEARCH payments USING COVERING INDEX payments_live (seq>?)'],
  'all.existsUpTo': [
    'SCAN CONSTANT ROW',
    'SCALAR SUBQUERY 1',
    'SEARCH payments USING COVERING INDEX payments_live (seq<?)',
  ],
  'all.changes': ['SEARCH payments_changes USING INTEGER PRIMARY KEY (rowid>?)'],
  'filtered.changes': [
    'SEARCH payments_changes USING INDEX payments_changes_organisation_id (organisation_id=? AND rowid>?)',
  ],
  'filtered.atOffset': [
    'CO-ROUTINE page',
    'SEARCH payments USING COVERING INDEX payments_live_organisation_id (organisation_id=? AND rowid>?)',
    'SCAN page',
    'SEARCH payments USING INTEGER PRIMARY KEY (rowid=?)',
  ],
  'filtered.after': ['SEARCH payments USING INDEX payments_live_organisation_id (organisation_id=? AND rowid>?)'],
  'filtered.before': ['SEARCH payments USING INDEX payments_live_organisation_id (organisation_id=? AND rowid<?)'],
  'filtered.seqAt': [
    'SEARCH payments USING COVERING INDEX payments_live_organisation_id (organisation_id=? AND rowid>?)',
  ],
  'filtered.existsUpTo': [
    'SCAN CONSTANT ROW',
    'SCALAR SUBQUERY 1',
    'SEARCH payments USING COVERING INDEX payments_live_organisation_id (organisation_id=? AND rowid<?)',
  ],
};

/** The text of each statement. */
function statementsOf(database: Database.Database): ReadonlyMap<string, string> {
  const { all, filtered, ...others } = prepareStatements(database, payments, own);
  const named = [
    ...Object.entries(others),
    ...Object.entries(all).map(([name, statement]) => [`all.${name}`, statement] as const),
    ...Object.entries(filtered ?? {}).map(([name, statement]) => [`filtered.${name}`, statement] as const),
  ];
  return new Map(named.map(([name, statement]) => [name, statement?.source ?? '']));
}

async function migrated(database: Database.Database): Promise<Database.Database> {
  await migrateUp(sqliteConnection(database, tables), await loadMigrations('schema/sqlite3'));
  return database;
}

describe('SQLite: query plans', () => {
  let database: Database.Database;
  let statements: ReadonlyMap<string, string>;

  before(async () => {
    database = await migrated(openConnection(':memory:'));
    statements = statementsOf(database);
  });
  after(() => database.close());

  const planOf = (sql: string) =>
    database
      .prepare<null[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...new Array<null>(sql.split('?').length - 1).fill(null))
      .map(({ detail }) => detail);

  it('exist for every statement', () => {
    expect([...statements.keys()].sort()).to.deep.equal(Object.keys(PLANS).sort());
  });

  for (const [name, plan] of Object.entries(PLANS)) {
    it(`${name}: is as expected, without statistics and with those of a table full of deleted payments`, () => {
      const sql = statements.get(name) ?? '';
      expect(planOf(sql)).to.deep.equal(plan);
      database.exec('SAVEPOINT filled');
      database.exec(`
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        INSERT INTO payments (id, version, organisation_id, attributes, deleted)
          SELECT 'id-' || i, 0, 'org ' || (i % 5), '{}', i % 10 > 0 FROM n;
        UPDATE payments SET version = 1 WHERE seq % 3 = 0;
        ANALYZE;
      `);
      try {
        expect(planOf(sql)).to.deep.equal(plan);
      } finally {
        database.exec('ROLLBACK TO filled; RELEASE filled');
      }
    });
  }

  it('copying: rows and changes are read in the order of their positions, and found by their ids', async () => {
    const seen: string[] = [];
    const copied = await migrated(openConnection(':memory:', { verbose: (sql) => void seen.push(String(sql)) }));
    const archive = createArchive(sqliteConnection(copied, tables), payments, own);
    seen.length = 0;
    for await (const _ of archive.rows('0')) expect.fail('the table is empty');
    for await (const _ of archive.changes('0')) expect.fail('there are no changes');
    await archive.find(['id-1']);
    await archive.findChanges([{ kind: 'updated', row: { id: 'id-1', version: 1 } }]);
    const plans = seen.filter((sql) => sql.startsWith('SELECT')).map((sql) => planOf(sql));
    const scans = plans.flat().filter((plan) => plan.startsWith('SCAN'));
    expect(scans.filter((plan) => !/payments_log|json_each/.test(plan))).to.deep.equal([]);
    expect(plans).to.have.length(5);
    copied.close();
  });
});
