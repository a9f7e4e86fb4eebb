import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { historyTable, quoteIdentifier, quoteTable } from '../migrations/identifier.js';
import type { AppliedMigration, MigrationDriver, MigrationRecord } from '../migrations/run.js';
import { type Tables, tableOf } from '../tables.js';
import { StoreError } from '../types.js';
import { timestampText } from './connection/statement.js';

/** Waiting in the database would hold a snapshot there, for which an index that is built concurrently waits in turn. */
const LOCK_POLL_MS = 50;
const SAY_SO_AFTER_MS = 1_000;

/** What a migration may wait for the lock of a table; whoever wants the table meanwhile waits after it. */
const TABLE_LOCK_TIMEOUT = '30s';

/** feature_not_supported (YugabyteDB before 2025.1), undefined_function. */
const NO_ADVISORY_LOCKS = /^(?:0A000|42883)$/;

export interface MigrationDriverOptions {
  /** Part of the lock's name, so that other services do not wait for this one. */
  readonly applicationName: string;
  /** Where the resources live; the history is next to the first. */
  readonly tables: Tables;
  /** Told when another process has been migrating for a while. */
  readonly onWaiting?: (message: string) => void;
  /** How long another process may migrate (60,000). */
  readonly lockTimeoutMs?: number;
}

/**
 * Migrates a Postgres database: all that is pending in one transaction, under an advisory lock that ends with it. So nothing
 * is left in the session, which a pooler may give to somebody else.
 *
 * Engines without advisory locks work as well: a migration's row in the history is its first statement,
 * so that of two processes one waits for the other and then fails on the duplicate number; it finds the migration
 * applied when it tries again (see `isContention`). CockroachDB has the lock's functions, but they do nothing.
 */
export function postgresMigrationDriver(client: pg.Client, options: MigrationDriverOptions): MigrationDriver {
  const { lockTimeoutMs = 60_000 } = options;
  const { rows } = tableOf(options.tables, undefined);
  const history = historyTable(rows);
  const quoted = quoteTable(history);
  const lockKey = advisoryLockKey(`${options.applicationName} migrations ${quoteTable(rows)}`);

  const exists = async (): Promise<boolean> => {
    const { rows: found } = await client.query<{ found: string | null }>('SELECT to_regclass($1) AS found', [quoted]);
    return found[0]?.found != null;
  };

  /** Begins a transaction that has the lock. */
  async function begin(): Promise<void> {
    const startedMs = performance.now();
    let isTold = false;
    for (;;) {
      await client.query('BEGIN');
      if (await tryLock(client, lockKey)) return;
      await client.query('ROLLBACK');
      const waitedMs = performance.now() - startedMs;
      if (waitedMs > lockTimeoutMs) {
        const message = `another process has been migrating the database for ${lockTimeoutMs / 1000} s`;
        throw new StoreError('unavailable', message, { reason: 'migration_lock' });
      }
      if (!isTold && waitedMs > SAY_SO_AFTER_MS) {
        isTold = true;
        options.onWaiting?.('another process is migrating the database: waiting until it has finished');
      }
      await delay(LOCK_POLL_MS);
    }
  }

  return {
    async withLock(work) {
      await begin();
      try {
        await client.query(`SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '${TABLE_LOCK_TIMEOUT}'`);
        const result = await work();
        await client.query('COMMIT');
        return result;
      } catch (error) {
        await client.query('ROLLBACK').catch(() => {});
        throw error;
      }
    },

    async ensureHistory() {
      // Looked for first, because IF NOT EXISTS asks for the right to create even where there is nothing to do.
      if (await exists()) {
        return;
      }
      if (history.schema !== null) {
        const found = await client.query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [history.schema]);
        if (found.rows.length === 0) {
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
      const applied = await client.query<AppliedMigration>(
        `SELECT number::int4, name, checksum, ${timestampText('applied_at')} AS "appliedAt" FROM ${quoted} ORDER BY number`,
      );
      return applied.rows;
    },

    async apply(sql, { number, name, checksum }: MigrationRecord) {
      await client.query(`INSERT INTO ${quoted} (number, name, checksum) VALUES ($1, $2, $3)`, [
        number,
        name,
        checksum,
      ]);
      await client.query(sql);
    },

    async revert(sql, { number }: MigrationRecord) {
      await client.query(`DELETE FROM ${quoted} WHERE number = $1`, [number]);
      await client.query(sql);
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

/** @returns whether the transaction has the lock now, or there is no such thing */
async function tryLock(client: pg.Client, key: string): Promise<boolean> {
  try {
    const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_xact_lock($1) AS locked', [key]);
    return rows[0]?.locked === true;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || !NO_ADVISORY_LOCKS.test(error.code ?? '')) throw error;
    await client.query('ROLLBACK');
    await client.query('BEGIN');
    return true;
  }
}

/** A bigint of the table's own, so that services with other tables in the same database do not wait for each other. */
function advisoryLockKey(name: string): string {
  return createHash('sha256').update(name).digest().readBigInt64BE().toString();
}
