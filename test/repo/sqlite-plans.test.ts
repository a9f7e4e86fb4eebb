import Database from 'better-sqlite3';
import { expect } from 'chai';
import { loadMigrations } from '../../src/store/migrations/load.js';
import { migrateUp } from '../../src/store/migrations/run.js';
import { sqliteArchive } from '../../src/store/sqlite/archive.js';
import { sqliteMigrationDriver } from '../../src/store/sqlite/migration-driver.js';
import { sqliteSql } from '../../src/store/sqlite/sql.js';

const table = { schema: null, table: 'payments' };

const BY_ID = ['SEARCH payments USING INDEX sqlite_autoindex_payments_1 (id=?)'];

/** What each statement may do: no sort anywhere, and no scan but of an index. (Forgetting everything has no plan.) */
const PLANS: Record<keyof ReturnType<typeof sqliteSql>, readonly string[]> = {
  find: BY_ID,
  findVersion: BY_ID,
  create: [],
  update: BY_ID,
  delete: BY_ID,
  deleteAll: [],
  pageAtOffset: [
    'CO-ROUTINE page',
    'SCAN payments USING COVERING INDEX payments_live',
    'SCAN page',
    'SEARCH payment USING INTEGER PRIMARY KEY (rowid=?)',
  ],
  pageAfter: ['SEARCH payments USING INDEX payments_live (seq>?)'],
  pageBefore: ['SEARCH payments USING INDEX payments_live (seq<?)'],
  existsUpTo: ['SCAN CONSTANT ROW', 'SCALAR SUBQUERY 1', 'SEARCH payments USING COVERING INDEX payments_live (seq<?)'],
  count: ['SCAN payments USING COVERING INDEX payments_live'],
  ping: ['SCAN CONSTANT ROW', 'SCALAR SUBQUERY 1', 'SCAN payments USING COVERING INDEX sqlite_autoindex_payments_1'],
};

describe('SQLite: query plans', () => {
  let database: Database.Database;

  before(async () => {
    database = new Database(':memory:');
    await migrateUp(sqliteMigrationDriver(database, table), await loadMigrations('schema/sqlite3'), table);
  });
  after(() => database.close());

  const planOf = (sql: string) =>
    database
      .prepare<null[], { readonly detail: string }>(`EXPLAIN QUERY PLAN ${sql}`)
      .all(...new Array<null>(sql.split('?').length - 1).fill(null))
      .map(({ detail }) => detail);

  for (const [name, sql] of Object.entries(sqliteSql(table))) {
    it(`${name}: is as planned, without statistics and with those of a table full of deleted payments`, () => {
      const plan = Object.entries(PLANS).find(([statement]) => statement === name)?.[1];
      expect(planOf(sql)).to.deep.equal(plan);
      database.exec('SAVEPOINT filled');
      database.exec(`
        WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
        INSERT INTO payments (id, version, organisation_id, attributes, deleted)
          SELECT 'id-' || i, 0, 'org', '{}', i % 10 > 0 FROM n;
        ANALYZE;
      `);
      try {
        expect(planOf(sql)).to.deep.equal(plan);
      } finally {
        database.exec('ROLLBACK TO filled; RELEASE filled');
      }
    });
  }

  it('copying: payments are read in the order of their positions, and found by their ids', async () => {
    const seen: string[] = [];
    const copied = new Database(':memory:', { verbose: (sql) => void seen.push(String(sql)) });
    await migrateUp(sqliteMigrationDriver(copied, table), await loadMigrations('schema/sqlite3'), table);
    const archive = sqliteArchive(copied, table);
    seen.length = 0;
    for await (const _ of archive.readAll('0')) expect.fail('the table is empty');
    await archive.find(['id-1']);
    const selects = seen.filter((sql) => sql.startsWith('SELECT'));
    expect(selects).to.have.length(2);
    expect(selects.flatMap(planOf)).to.deep.equal(['SEARCH payments USING INTEGER PRIMARY KEY (rowid>?)', ...BY_ID]);
    await archive.close();
  });
});
