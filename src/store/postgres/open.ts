import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { PaymentArchive } from '../archive.js';
import type { MigrationDriver } from '../migrations/driver.js';
import { quoteTable, type TableName } from '../migrations/identifier.js';
import { loadMigrations, type Migration } from '../migrations/load.js';
import { MigrationError } from '../migrations/migration-error.js';
import { requireUpToDate } from '../migrations/require-up-to-date.js';
import { migrateUp } from '../migrations/run.js';
import { RepoOpenError } from '../open-error.js';
import { type Repo, RepoError, type RepoEvents } from '../repo.js';
import { postgresArchive } from './archive.js';
import { connectionConfig } from './connection-config.js';
import { isContention, postgresMigrationDriver } from './migration-driver.js';
import { PendingCalls } from './pending-calls.js';
import { postgresRepo } from './postgres-repo.js';
import { Session } from './session.js';
import { createStatements } from './statements.js';

export interface PostgresRepoOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`, see `connectionConfig`. */
  readonly uri: string;
  readonly table: TableName;
  /** The folder that holds Postgres's migrations themselves, `schema/postgres`. */
  readonly migrationsFolder: string;
  /** How many connections this process may hold, at least 2 (10). Times the processes it must fit `max_connections`. */
  readonly poolSize?: number;
  /** How long the server may work on a statement (10,000); an answer is waited for a second longer. */
  readonly statementTimeoutMs?: number;
  /** How long to wait for a connection (2,000). */
  readonly connectionTimeoutMs?: number;
  /** How long to wait for a database that is away when this opens (10,000). */
  readonly startTimeoutMs?: number;
  readonly events?: RepoEvents;
}

const RETRY_PAUSE_MS = 100;
const LONGEST_RETRY_PAUSE_MS = 1_000;
const CONTENTION_ATTEMPTS = 5;
const MIGRATION_CONNECTION_TIMEOUT_MS = 5_000;

/**
 * Opens the payments in a Postgres database, and brings its schema up to date. Processes that start at once on an empty
 * database wait for each other. Statements are prepared by name, so a pooler between this and the server must either
 * keep a session for each connection or know prepared statements (PgBouncer from 1.21 on).
 *
 * @param options - where, under which name, within which limits, and who listens
 * @throws RepoOpenError where the settings cannot work (among them a refused password and missing rights),
 * MigrationError where the schema cannot be brought up to date, RepoError `unavailable` where the database stays away
 */
export async function openPostgresRepo(options: PostgresRepoOptions): Promise<Repo> {
  const { uri, table, migrationsFolder, poolSize = 10, startTimeoutMs = 10_000, events = {} } = options;
  const { statementTimeoutMs = 10_000, connectionTimeoutMs = 2_000 } = options;
  checkTable(table);
  if (!(poolSize >= 2)) {
    throw new RepoOpenError(`a pool of ${poolSize} connections is too small: one beside those that work is for probes`);
  }
  const config = connectionConfig(uri);
  const migrations = await loadMigrations(migrationsFolder);
  const sequence = await patiently(startTimeoutMs, () => prepareDatabase(config, migrations, table));
  const pending = new PendingCalls();
  const session = await Session.open({
    config,
    poolSize,
    statementTimeoutMs,
    connectionTimeoutMs,
    events,
    onOutage: () => pending.rejectUnsent(),
  });
  return postgresRepo({ session, statements: createStatements(table, sequence), pending, events });
}

/** A connection for migrating by hand. */
export interface PostgresMigrations {
  readonly driver: MigrationDriver;
  /** The name to give to `migrateUp` and `migrateDown`. */
  readonly table: TableName;
  close(): Promise<void>;
}

/**
 * Opens a Postgres database to look at its schema or to change it, without serving it.
 *
 * @param options - `uri` and `table` as for `openPostgresRepo`
 * @throws RepoOpenError where the settings cannot work, RepoError `unavailable` where the database is away
 */
export async function openPostgresMigrations({
  uri,
  table,
}: Pick<PostgresRepoOptions, 'uri' | 'table'>): Promise<PostgresMigrations> {
  checkTable(table);
  const config = connectionConfig(uri);
  const client = await patiently(0, () => connect(config));
  return { driver: postgresMigrationDriver(client, table), table, close: () => client.end() };
}

/**
 * Opens a Postgres database to move its payments, without serving it.
 *
 * @param options - `uri`, `table` and `migrationsFolder` as for `openPostgresRepo`; the tables of a `source` must be
 *   there already, those of a `target` are brought up to date
 * @throws RepoOpenError where the settings cannot work, MigrationError where the schema does not fit, RepoError
 *   `unavailable` where the database is away
 */
export async function openPostgresArchive({
  uri,
  table,
  migrationsFolder,
  role,
}: Pick<PostgresRepoOptions, 'uri' | 'table' | 'migrationsFolder'> & {
  readonly role: 'source' | 'target';
}): Promise<PaymentArchive> {
  checkTable(table);
  const config = connectionConfig(uri);
  const migrations = await loadMigrations(migrationsFolder);
  return await patiently(0, async () => {
    if (role === 'target') await prepareDatabase(config, migrations, table);
    const client = await connect(config);
    try {
      if (role === 'source') await requireUpToDate(postgresMigrationDriver(client, table), migrations);
      return postgresArchive(client, table);
    } catch (error) {
      await client.end().catch(() => {});
      throw error;
    }
  });
}

/** @returns the sequence that gives out the places in the order of creation */
async function prepareDatabase(
  config: pg.ClientConfig,
  migrations: readonly Migration[],
  table: TableName,
): Promise<string> {
  const client = await connect(config);
  try {
    await migrateUp(postgresMigrationDriver(client, table), migrations, table);
    const { rows } = await client.query<{ sequence: string | null }>(
      `SELECT pg_get_serial_sequence($1, 'seq') AS sequence`,
      [quoteTable(table)],
    );
    const sequence = rows[0]?.sequence;
    if (sequence == null) {
      throw new RepoOpenError(`the table ${quoteTable(table)} has no identity column seq: it is not a payments' table`);
    }
    return sequence;
  } finally {
    // A connection that died has ended already.
    await client.end().catch(() => {});
  }
}

async function connect(config: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client({
    application_name: 'payments-api migrations',
    ...config,
    connectionTimeoutMillis: MIGRATION_CONNECTION_TIMEOUT_MS,
    keepAlive: true,
  });
  // What is under way fails by itself; without a listener the error would end the process.
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** Tries again while the database is away, and a few times where other processes migrate it at the same moment. */
async function patiently<T>(timeoutMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (let attempts = 1, pauseMs = RETRY_PAUSE_MS; ; attempts += 1) {
    try {
      return await attempt();
    } catch (error) {
      const failure = toOpenError(error);
      const contention = failure instanceof MigrationError && isContention(failure.cause);
      const again = contention ? attempts < CONTENTION_ATTEMPTS : failure instanceof RepoError;
      if (!again || performance.now() + pauseMs > deadline) {
        throw failure;
      }
    }
    await delay(pauseMs);
    pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_PAUSE_MS);
  }
}

/**
 * What cannot be cured by waiting: 28 invalid_authorization, 3D000 and 3F000 no such database or schema, 42 anything
 * that is undefined or not allowed, 0A feature_not_supported, 22 and 08P01 what is no Postgres at all or an old one.
 */
const LASTING = /^(?:28|3D|3F|42|0A|22|08P01)/;

/** Without a code of Postgres Node's TLS errors would look like an outage. */
const CERTIFICATE = /^(?:CERT_|ERR_TLS_|ERR_SSL_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_)/;

/** RepoError `unavailable` for what waiting may cure. */
function toOpenError(error: unknown): Error {
  if (error instanceof RepoOpenError) {
    return error;
  }
  const cause = error instanceof MigrationError ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const contention = isContention(cause);
  const lasting = LASTING.test(code) && !contention;
  if (error instanceof MigrationError && (cause === undefined || lasting || contention)) {
    return error;
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  const noTls = reason === 'The server does not support SSL connections';
  if (lasting || noTls || CERTIFICATE.test(code)) {
    return new RepoOpenError(`cannot open the Postgres database: ${reason}${code && ` (${code})`}`, { cause });
  }
  return new RepoError('unavailable', `the Postgres database stays away: ${reason || code}`, { cause });
}

/** @throws RepoOpenError for a name that cannot be one */
function checkTable(table: TableName): void {
  try {
    quoteTable(table);
  } catch (cause) {
    throw new RepoOpenError(`the payments' table: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
}
