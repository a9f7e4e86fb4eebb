import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type pg from 'pg';
import type { SqlConnection, SqlDialect } from '../sql-connection.js';
import { quoteIdentifier, quoteTable, type Tables, tableOf } from '../tables.js';
import { StoreError } from '../types.js';
import { end, lastRows, onUnreplicated } from './connection/connect.js';
import { toOpenError } from './connection/failure.js';
import { timestampText } from './connection/statement.js';

/** Polled: waiting in the database would hold a snapshot, and a concurrent index build would wait for that. */
const LOCK_POLL_MS = 50;
const REPORT_AFTER_MS = 1_000;
const SLOW_MS = 1_000;

/** How long a migration waits for a table lock. Meanwhile all later users of the table wait too. */
const TABLE_LOCK_TIMEOUT = '30s';

/** Limits how long a process that stalls, or whose connection is cut, holds the locks of a transaction. */
const LIMIT_IDLE = `SET LOCAL idle_in_transaction_session_timeout = '10s'`;

const UNREPLICATED = 'a wait for the synchronous standby was cancelled: a failover would undo the last transaction';

const IS_FIRST = "(c.kind = 'created' OR c.baseline)";

const DIALECT: SqlDialect = {
  list: { value: (texts) => texts, has: (expression, parameter) => `${expression} = ANY(${parameter}::text[])` },
  time: { value: (at) => at, read: timestampText },
  appliedAt: timestampText('applied_at'),
  // Through their first changes: no index has all rows, deleted ones included, in order of creation.
  rowsAfter: (cells, rows, changes) =>
    `SELECT p.* FROM ${changes} AS c
    CROSS JOIN LATERAL (SELECT ${cells} FROM ${rows} AS p WHERE p.id = c.id AND p.seq = c.position LIMIT 1) AS p
    WHERE c.position > $1 AND ${IS_FIRST} ORDER BY c.position LIMIT $2`,
  rowsPastLog: (cells, rows, changes) =>
    `SELECT ${cells} FROM ${rows} AS p WHERE p.seq > $1 AND NOT EXISTS (
      SELECT 1 FROM ${changes} AS c WHERE c.position = p.seq AND c.id = p.id AND ${IS_FIRST}
    ) ORDER BY p.seq`,
  changesOfRows: 'c.id = p.id',
  hasSeq: false,
  // Half of what 18 digits hold, as in archives and tokens; the rest is room for future positions.
  positionLimit: 2n ** 59n,
};

interface PostgresConnectionOptions {
  /** A part of the lock's name, so that other services do not wait for this one. */
  readonly applicationName: string;
  /** The history table is next to the first resource's. */
  readonly tables: Tables;
  /** Called when another process has been migrating for a while. */
  readonly onWaiting?: (message: string) => void;
  /** Called while a statement takes long, which a migration may: it ends the connection if the server hangs. */
  readonly onSlow?: () => Promise<void>;
  /** How long to wait for another process to migrate (60,000). */
  readonly lockTimeoutMs?: number;
}

/**
 * A Postgres database, for its schema and for archives. All pending migrations run in one transaction, under an
 * advisory lock that ends with it. So nothing remains in the session, which a pooler may give to another client.
 *
 * @param client - a connection that nothing else uses
 */
export function postgresConnection(client: pg.Client, options: PostgresConnectionOptions): SqlConnection {
  const { tables, lockTimeoutMs = 60_000 } = options;
  // So services with other tables in the same database do not wait for each other.
  const lockName = `${options.applicationName} migrations ${quoteTable(tableOf(tables, undefined).rows)}`;
  const lockKey = createHash('sha256').update(lockName).digest().readBigInt64BE().toString();

  const query: SqlConnection['query'] = async (sql, values = []) => {
    const timer = setInterval(() => options.onSlow?.(), SLOW_MS);
    return lastRows(await client.query(sql, values.slice()).finally(() => clearInterval(timer)));
  };
  const hasTable: SqlConnection['hasTable'] = async (table) =>
    (await query('SELECT 1 WHERE to_regclass($1) IS NOT NULL', [quoteTable(table)])).length > 0;

  let isUnreplicated = false;
  onUnreplicated(client, () => {
    isUnreplicated = true;
  });

  async function beginMigrating(): Promise<void> {
    const startedMs = performance.now();
    let isReported = false;
    for (;;) {
      await query('BEGIN');
      const [found] = await query('SELECT pg_try_advisory_xact_lock($1) AS locked', [lockKey]);
      if (found?.locked === true) break;
      await query('ROLLBACK');
      const waitedMs = performance.now() - startedMs;
      if (waitedMs > lockTimeoutMs) {
        const message = `another process has been migrating the database for ${lockTimeoutMs / 1000} s`;
        throw new StoreError('unavailable', message, { reason: 'migration_lock' });
      }
      if (!isReported && waitedMs > REPORT_AFTER_MS) {
        isReported = true;
        options.onWaiting?.('another process is migrating the database: waiting until it has finished');
      }
      await delay(LOCK_POLL_MS);
    }
    await query(`${LIMIT_IDLE}; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '${TABLE_LOCK_TIMEOUT}'`);
  }

  return {
    tables,
    dialect: DIALECT,
    query,
    script: async (sql) => void (await query(sql)),
    async insert(table, columns, rows, onConflict = '') {
      if (rows.length === 0) return;
      const names = Object.keys(columns);
      const arrays = Object.values(columns).map((type, index) => `$${index + 1}::${type}[]`);
      await query(
        `INSERT INTO ${table} (${names.map(quoteIdentifier).join(', ')}) SELECT * FROM unnest(${arrays.join(', ')}) ${onConflict}`,
        names.map((name) => rows.map((row) => row[name])),
      );
    },
    hasTable,
    async makeHistory(table) {
      // Checked first, because IF NOT EXISTS needs the CREATE privilege even if there is nothing to create.
      if (await hasTable(table)) return;
      const { schema } = table;
      if (schema !== null && (await query('SELECT 1 FROM pg_namespace WHERE nspname = $1', [schema])).length === 0) {
        await query(`CREATE SCHEMA IF NOT EXISTS ${quoteIdentifier(schema)}`);
      }
      await query(
        `CREATE TABLE IF NOT EXISTS ${quoteTable(table)} (
          number integer PRIMARY KEY,
          name text NOT NULL,
          checksum text NOT NULL,
          applied_at timestamptz NOT NULL DEFAULT now()
        )`,
      );
    },
    async transaction(log, work) {
      try {
        if (log === null) await beginMigrating();
        else {
          await query('BEGIN');
          // Like every writer, locks the log first. Other writers wait until the transaction ends.
          await query(`${LIMIT_IDLE}; SELECT 1 FROM ${log} FOR UPDATE`);
        }
        const result = await work();
        await query('COMMIT');
        if (!isUnreplicated) return result;
        throw new StoreError('outcome_unknown', UNREPLICATED);
      } catch (error) {
        await query('ROLLBACK').catch(() => {});
        throw error;
      }
    },
    async identity() {
      const [found] = await query(
        `SELECT concat_ws(' ', extract(epoch FROM pg_postmaster_start_time()), oid, to_regclass($1)::oid) AS identity
        FROM pg_database WHERE datname = current_database()`,
        [quoteTable(tableOf(tables, undefined).rows)],
      );
      return String(found?.identity);
    },
    toOpenError,
    close: () => end(client),
  };
}
