import { join } from 'node:path';
import { loadMigrations } from './migrations/files.js';
import { migrateUp, requireUpToDate } from './migrations/run.js';
import type { Purpose, SqlConnection } from './sql-connection.js';
import { createArchive } from './stored-archive.js';
import { type AnyResource, type DatabaseLocation, type TableName, tableOf } from './tables.js';
import type { Store, StoreEvents } from './types.js';

export interface DatabaseOptions {
  readonly repo: 'sqlite3' | 'postgres';
  /** `:memory:` or an absolute path for SQLite, a connection string for Postgres. */
  readonly repoUri: string;
  /** With a subfolder for each database. */
  readonly repoMigrations: string;
  /** The table of the first resource. */
  readonly repoTable: TableName;
}

export interface StoreOptions extends DatabaseOptions {
  /** Postgres only. */
  readonly repoPoolSize: number;
  readonly repoStatementTimeoutMs: number;
  /** The connection string of a standby that serves reads. */
  readonly repoReadUri?: string | null;
}

/**
 * Opens the configured database with its resources. Loads only the driver that it needs.
 *
 * @param resources - the first one has the configured table
 * @throws StoreOpenError if the settings or files must change, StoreError `unavailable` if the database stays
 *   unreachable
 */
export async function openStore(
  options: StoreOptions,
  resources: readonly AnyResource[],
  events: StoreEvents,
): Promise<Store> {
  const { repoPoolSize: poolSize, repoStatementTimeoutMs: statementTimeoutMs } = options;
  const common = { ...locate(options), resources, events };
  return options.repo === 'sqlite3'
    ? (await import('./sqlite/open.js')).openSqliteStore(common)
    : (await import('./postgres/open.js')).openPostgresStore({
        ...common,
        poolSize,
        statementTimeoutMs,
        readUri: options.repoReadUri ?? null,
      });
}

/**
 * Opens archives of the resources in the configured database. They share a connection, so writes must not overlap.
 *
 * @param role - a `target` is created and migrated if necessary; a `source` is not changed
 * @throws like `openStore`
 */
export async function openArchives(
  options: DatabaseOptions,
  resources: readonly AnyResource[],
  role: 'source' | 'target',
) {
  const migrations = await loadMigrations(locate(options).migrationsFolder);
  const connection = await openSqlConnection(options, resources, role);
  // It may have died, and what was written is durable.
  const close = () => connection.close().catch(() => {});
  try {
    await (role === 'target' ? migrateUp(connection, migrations) : requireUpToDate(connection, migrations));
    const all = resources.map((resource) =>
      createArchive(connection, resource, tableOf(connection.tables, resource.name)),
    );
    return { all, identity: await connection.identity(), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw connection.toOpenError(error);
  }
}

/** Connects without serving. Creates a missing SQLite file, unless it is a source. Throws like `openStore`. */
export async function openSqlConnection(
  options: DatabaseOptions,
  resources: readonly AnyResource[],
  purpose: Purpose,
): Promise<SqlConnection> {
  const at = { ...locate(options), resources };
  return options.repo === 'sqlite3'
    ? (await import('./sqlite/open.js')).connectSqlite(at, purpose)
    : (await import('./postgres/open.js')).connectPostgres(at, purpose);
}

function locate({ repo, repoUri, repoMigrations, repoTable }: DatabaseOptions): Omit<DatabaseLocation, 'resources'> {
  return { uri: repoUri, table: repoTable, migrationsFolder: join(repoMigrations, repo) };
}
