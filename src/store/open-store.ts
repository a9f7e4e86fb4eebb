import { join } from 'node:path';
import { loadMigrations } from './migrations/files.js';
import { migrateUp, requireUpToDate } from './migrations/run.js';
import type { Purpose, SqlConnection } from './sql-connection.js';
import { createArchive } from './stored-archive.js';
import { type AnyResource, type DatabaseOptions, type StoreOptions, tableOf } from './tables.js';
import type { Store, StoreEvents } from './types.js';

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
  return options.repo === 'sqlite3'
    ? (await import('./sqlite/open.js')).openSqliteStore(options, resources, events)
    : (await import('./postgres/open.js')).openPostgresStore(options, resources, events);
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
  const migrations = await loadMigrations(join(options.repoMigrations, options.repo));
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
  return options.repo === 'sqlite3'
    ? (await import('./sqlite/open.js')).connectSqlite(options, resources, purpose)
    : (await import('./postgres/open.js')).connectPostgres(options, resources, purpose);
}
