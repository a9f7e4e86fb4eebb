import type { Database } from 'better-sqlite3';
import { historyTable, quoteTable } from '../migrations/identifier.js';
import type { AppliedMigration, MigrationDriver, MigrationRecord } from '../migrations/run.js';
import { type Tables, tableOf } from '../tables.js';
import { retryWhileBusy, toStoreError } from './errors.js';

const LOCK_TIMEOUT_MS = 30_000;

/**
 * Migrates an SQLite database. The lock is the write lock of the file (`BEGIN IMMEDIATE`), so everything done under it
 * is one transaction: a start either applies all that is pending, or nothing.
 */
export function sqliteMigrationDriver(database: Database, tables: Tables): MigrationDriver {
  const history = historyTable(tableOf(tables, undefined).rows);
  const quoted = quoteTable(history);
  return {
    async withLock(work) {
      const deadline = performance.now() + LOCK_TIMEOUT_MS;
      try {
        await retryWhileBusy(
          () => database.exec('BEGIN IMMEDIATE'),
          () => deadline,
        );
      } catch (error) {
        throw toStoreError(error);
      }
      try {
        const result = await work();
        database.exec('COMMIT');
        return result;
      } finally {
        if (database.inTransaction) {
          database.exec('ROLLBACK');
        }
      }
    },

    async ensureHistory() {
      database.exec(
        `CREATE TABLE IF NOT EXISTS ${quoted} (
          number INTEGER PRIMARY KEY,
          name TEXT NOT NULL,
          checksum TEXT NOT NULL,
          applied_at TEXT NOT NULL
        ) STRICT`,
      );
    },

    async applied() {
      const known = database
        .prepare<[string]>(`SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE`)
        .get(history.table);
      if (known === undefined) {
        return [];
      }
      return database
        .prepare<[], AppliedMigration>(
          `SELECT number, name, checksum, applied_at AS appliedAt FROM ${quoted} ORDER BY number`,
        )
        .all();
    },

    async apply(sql, { number, name, checksum }: MigrationRecord) {
      database.exec(sql);
      database
        .prepare(`INSERT INTO ${quoted} (number, name, checksum, applied_at) VALUES (?, ?, ?, ?)`)
        .run(number, name, checksum, new Date().toISOString());
    },

    async revert(sql, { number }: MigrationRecord) {
      database.exec(sql);
      database.prepare(`DELETE FROM ${quoted} WHERE number = ?`).run(number);
    },
  };
}
