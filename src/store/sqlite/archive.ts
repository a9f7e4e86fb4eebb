import type { Database, Statement } from 'better-sqlite3';
import { quoteIdentifier } from '../migrations/identifier.js';
import { type ArchiveDatabase, type ArchiveDialect, type Cells, oneAtATime } from '../stored-archive.js';
import { retryWhileBusy, toStoreError } from './errors.js';

const LOCK_TIMEOUT_MS = 30_000;

const DIALECT: ArchiveDialect = {
  list: {
    value: (texts) => JSON.stringify(texts),
    has: (expression, parameter) => `${expression} IN (SELECT value FROM json_each(${parameter}))`,
  },
  time: {
    value: (at) => Date.parse(at),
    read: (column) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')`,
  },
  rowsAfter: (cells, rows) => `SELECT ${cells} FROM ${rows} AS p WHERE p.seq > $1 ORDER BY p.seq LIMIT $2`,
  changesOfRows: 'c.seq = p.seq',
  hasSeq: true,
  // Positions are read as doubles, which are exact up to 2^53; half of them are left for what is to come.
  positionLimit: 2n ** 52n,
};

/**
 * An SQLite database, for archives of its resources.
 *
 * @param database - open and migrated; nothing else uses this connection
 */
export function sqliteArchiveDatabase(database: Database): ArchiveDatabase {
  const inTurn = oneAtATime();
  const prepared = new Map<string, Statement<unknown[], Cells>>();

  function statement(sql: string): Statement<unknown[], Cells> {
    const made = prepared.get(sql) ?? database.prepare<unknown[], Cells>(sql);
    prepared.set(sql, made);
    return made;
  }

  return {
    dialect: DIALECT,
    async query(sql, values = []) {
      const { reader } = statement(sql);
      const named = Object.fromEntries(values.map((value, index) => [index + 1, value]));
      if (reader) return statement(sql).all(named);
      statement(sql).run(named);
      return [];
    },
    async insert(table, columns, rows, onConflict = '') {
      const names = Object.keys(columns).map(quoteIdentifier);
      const marks = names.map(() => '?').join(', ');
      const put = statement(`INSERT INTO ${table} (${names.join(', ')}) VALUES (${marks}) ${onConflict}`);
      for (const row of rows) {
        put.run(
          Object.entries(columns).map(([name, type]) => {
            if (type === 'boolean') return row[name] ? 1 : 0;
            return type === 'timestamptz' ? Date.parse(String(row[name])) : row[name];
          }),
        );
      }
    },
    transaction: (_log, work) =>
      inTurn(async () => {
        const deadline = performance.now() + LOCK_TIMEOUT_MS;
        try {
          await retryWhileBusy(
            () => database.exec('BEGIN IMMEDIATE'),
            () => deadline,
          );
          const result = await work();
          database.exec('COMMIT');
          return result;
        } catch (error) {
          throw toStoreError(error);
        } finally {
          if (database.inTransaction) database.exec('ROLLBACK');
        }
      }),
  };
}
