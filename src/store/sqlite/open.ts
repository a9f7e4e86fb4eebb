import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadMigrations } from '../migrations/files.js';
import { migrateUp } from '../migrations/run.js';
import type { Purpose, SqlConnection } from '../sql-connection.js';
import { type DatabasePlace, type TableName, tablesOf } from '../tables.js';
import { type Store, type StoreEvents, StoreOpenError } from '../types.js';
import { fileIdentity, isInMemory, openDatabase } from './connection.js';
import { sqliteCode } from './errors.js';
import { sqliteConnection } from './sql-connection.js';
import { sqliteStore } from './store.js';

/** Processes that start together write one after another. */
const FIRST_WRITE_TIMEOUT_MS = 30_000;

/**
 * Opens the resources in an SQLite database, and migrates its schema.
 *
 * @throws StoreOpenError if the settings cannot work, MigrationError if the schema cannot be migrated, StoreError
 *   `unavailable` if the file stays locked or is not writable
 */
export async function openSqliteStore(options: DatabasePlace & { readonly events?: StoreEvents }): Promise<Store> {
  const { uri, resources, table, migrationsFolder, events = {} } = options;
  const tables = tablesOf(resources, checkTable(table));
  const migrations = await loadMigrations(migrationsFolder);
  const database = await openDatabase(uri);
  try {
    await migrateUp(sqliteConnection(database, tables), migrations);
    const path = isInMemory(uri) ? null : resolve(uri);
    const checkFile = fileIdentity(path);
    if (path !== null) {
      events.writeAheadLog?.(() => statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0);
    }
    const store = sqliteStore({ database, resources, tables, events, checkFile });
    await store.ping({ deadline: performance.now() + FIRST_WRITE_TIMEOUT_MS, abandoned: false, pendingWrites: 0 });
    return store;
  } catch (error) {
    database.close();
    if (sqliteCode(error) !== 'SQLITE_ERROR') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreOpenError(`the SQLite database ${uri} cannot be used: ${reason}`, { cause: error });
  }
}

/** Throws StoreOpenError if the settings cannot work, StoreError `unavailable` if the file stays locked. */
export async function connectSqlite(
  { uri, table, resources }: Omit<DatabasePlace, 'migrationsFolder'>,
  purpose: Purpose,
): Promise<SqlConnection> {
  const tables = tablesOf(resources, checkTable(table));
  if (purpose !== 'schema' && isInMemory(uri)) {
    throw new StoreOpenError('a database in memory cannot be moved: it exists only in the process that serves it');
  }
  if (purpose === 'source' && !existsSync(uri)) {
    throw new StoreOpenError(`cannot open the SQLite database ${uri}: there is no such file`);
  }
  return sqliteConnection(await openDatabase(uri), tables);
}

/** SQLite has no schemas but `main`. */
function checkTable({ schema, table }: TableName): TableName {
  if (schema !== null && schema.toLowerCase() !== 'main') {
    throw new StoreOpenError(
      `SQLite has no schemas: write the table's name alone, or main.${table}, not ${schema}.${table}`,
    );
  }
  return { schema: null, table };
}
