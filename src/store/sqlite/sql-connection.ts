import { statSync } from 'node:fs';
import type { Database, Statement } from 'better-sqlite3';
import type { Cells, SqlConnection, SqlDialect } from '../sql-connection.js';
import { quoteIdentifier, quoteTable, type Tables } from '../tables.js';
import { retryWhileBusy } from './errors.js';

const LOCK_TIMEOUT_MS = 30_000;

const DIALECT: SqlDialect = {
  list: {
    value: (texts) => JSON.stringify(texts),
    has: (expression, parameter) => `${expression} IN (SELECT value FROM json_each(${parameter}))`,
  },
  time: {
    value: (at) => Date.parse(at),
    read: (column) => `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')`,
  },
  appliedAt: 'applied_at',
  rowsAfter: (cells, rows) => `SELECT ${cells} FROM ${rows} AS p WHERE p.seq > $1 ORDER BY p.seq LIMIT $2`,
  changesOfRows: 'c.seq = p.seq',
  hasSeq: true,
  // Positions are doubles, exact up to 2^53; half of that leaves room for future ones.
  positionLimit: 2n ** 52n,
};

/** A transaction takes the file's write lock (`BEGIN IMMEDIATE`), so a start applies all pending migrations or none. */
export function sqliteConnection(database: Database, tables: Tables): SqlConnection {
  const prepared = new Map<string, Statement<unknown[], Cells>>();

  function statement(sql: string): Statement<unknown[], Cells> {
    const made = prepared.get(sql) ?? database.prepare<unknown[], Cells>(sql);
    prepared.set(sql, made);
    return made;
  }

  return {
    tables,
    dialect: DIALECT,
    async query(sql, values = []) {
      const named = Object.fromEntries(values.map((value, index) => [index + 1, value]));
      if (statement(sql).reader) return statement(sql).all(named);
      statement(sql).run(named);
      return [];
    },
    script: async (sql) => void database.exec(sql),
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
    async hasTable({ table }) {
      const sql = `SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE`;
      return database.prepare<[string]>(sql).get(table) !== undefined;
    },
    async makeHistory(table) {
      database.exec(
        `CREATE TABLE IF NOT EXISTS ${quoteTable(table)} (
          number INTEGER PRIMARY KEY,
          name TEXT NOT NULL,
          checksum TEXT NOT NULL,
          applied_at TEXT NOT NULL
        ) STRICT`,
      );
    },
    async transaction(_log, work) {
      const deadline = performance.now() + LOCK_TIMEOUT_MS;
      await retryWhileBusy(
        () => database.exec('BEGIN IMMEDIATE'),
        () => deadline,
      );
      try {
        const result = await work();
        database.exec('COMMIT');
        return result;
      } finally {
        if (database.inTransaction) database.exec('ROLLBACK');
      }
    },
    async identity() {
      const { dev, ino } = statSync(database.name);
      return `${dev} ${ino}`;
    },
    toOpenError: (error) => error,
    close: async () => void database.close(),
  };
}
