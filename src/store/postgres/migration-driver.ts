import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { AppliedMigration, MigrationDriver, MigrationRecord } from '../migrations/driver.js';
import { historyTable, quoteIdentifier, quoteTable, type TableName } from '../migrations/identifier.js';

/** Waiting in the database would hold a snapshot there, for which an index that is built concurrently waits in turn. */
const LOCK_POLL_MS = 50;

/** feature_not_supported (YugabyteDB before 2025.1), undefined_function. */
const NO_ADVISORY_LOCKS = /^(?:0A000|42883)$/;

/**
 * Migrates a Postgres database under an advisory lock of the session, which ends with the session, however that ends.
 *
 * Engines without advisory locks work as well: a migration's row in the history is its transaction's first statement,
 * so that of two processes one waits for the other and then fails on the duplicate number; it finds the migration
 * applied when it tries again (see `isContention`). CockroachDB has the lock's functions, but they do nothing.
 *
 * @param client - a connection that nothing else uses
 * @param table - where the payments live
 */
export function postgresMigrationDriver(client: pg.Client, table: TableName): MigrationDriver {
  const history = historyTable(table);
  const quoted = quoteTable(history);
  const lockKey = advisoryLockKey(table);

  const exists = async (): Promise<boolean> => {
    const { rows } = await client.query<{ found: string | null }>('SELECT to_regclass($1) AS found', [quoted]);
    return rows[0]?.found != null;
  };

  const inTransaction = async (work: () => Promise<void>): Promise<void> => {
    await client.query('BEGIN');
    try {
      await work();
      await client.query('COMMIT');
    } catch (error) {
      await client.query('ROLLBACK').catch(() => {});
      throw error;
    }
  };

  return {
    async withLock(work) {
      const locked = await lock(client, lockKey);
      try {
        return await work();
      } finally {
        if (locked) {
          // A connection that died has let go of it.
          await client.query('SELECT pg_advisory_unlock($1)', [lockKey]).catch(() => {});
        }
      }
    },

    async ensureHistory() {
      // Looked for first, because IF NOT EXISTS asks for the right to create even where there is nothing to do.
      if (await exists()) {
        return;
      }
      if (history.schema !== null) {
        const { rows } = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [history.schema]);
        if (rows.length === 0) {
          await client.query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(history.schema)}`);
        }
      }
      await client.query(
        `CREATE TABLE IF NOT EXISTS ${quoted} (
          number integer PRIMARY KEY,
          name text NOT NULL,
          checksum text NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now()
        )`,
      );
    },

    async applied() {
      if (!(await exists())) {
        return [];
      }
      const { rows } = await client.query<Omit<AppliedMigration, 'appliedAt'> & { applied_at: Date }>(
        `SELECT number::int4, name, checksum, applied_at FROM ${quoted} ORDER BY number`,
      );
      return rows.map(({ applied_at, ...record }) => ({ ...record, appliedAt: applied_at.toISOString() }));
    },

    async apply(sql, { number, name, checksum }: MigrationRecord) {
      await inTransaction(async () => {
        await client.query(`INSERT INTO ${quoted} (number, name, checksum) VALUES ($1, $2, $3)`, [
          number,
          name,
          checksum,
        ]);
        await client.query(sql);
      });
    },

    async revert(sql, { number }: MigrationRecord) {
      await inTransaction(async () => {
        await client.query(`DELETE FROM ${quoted} WHERE number = $1`, [number]);
        await client.query(sql);
      });
    },
  };
}

/**
 * Whether a migration failed because another process did the same at the same moment: trying again finds its work.
 * unique_violation (a row of the history, or of the catalogue), serialization_failure, deadlock_detected, and the
 * names that exist already (schema, table, object).
 */
export function isContention(error: unknown): boolean {
  return error instanceof pg.DatabaseError && /^(?:23505|40001|40P01|42P06|42P07|42710)$/.test(error.code ?? '');
}

async function lock(client: pg.Client, key: string): Promise<boolean> {
  try {
    for (;;) {
      const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [key]);
      if (rows[0]?.locked === true) {
        return true;
      }
      await delay(LOCK_POLL_MS);
    }
  } catch (error) {
    if (error instanceof pg.DatabaseError && NO_ADVISORY_LOCKS.test(error.code ?? '')) {
      return false;
    }
    throw error;
  }
}

/** A bigint of the table's own, so that services with other tables in the same database do not wait for each other. */
function advisoryLockKey(table: TableName): string {
  return createHash('sha256')
    .update(`payments-api migrations ${quoteTable(table)}`)
    .digest()
    .readBigInt64BE()
    .toString();
}
