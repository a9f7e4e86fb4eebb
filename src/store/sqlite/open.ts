import { existsSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Archives } from '../archive.js';
import { quoteTable, type TableName } from '../migrations/identifier.js';
import { loadMigrations } from '../migrations/load.js';
import { type Migrations, migrateUp, requireUpToDate } from '../migrations/run.js';
import { StoreOpenError } from '../open-error.js';
import { oneAtATime } from '../stored-archive.js';
import { type DatabasePlace, tableOf, tablesOf } from '../tables.js';
import type { Store, StoreEvents } from '../types.js';
import { sqliteArchive } from './archive.js';
import { fileIdentity, isInMemory, openDatabase } from './connection.js';
import { sqliteCode } from './errors.js';
import { sqliteMigrationDriver } from './migration-driver.js';
import { sqliteStore } from './store.js';

/** Processes that start together write one after another. */
const FIRST_WRITE_TIMEOUT_MS = 30_000;

/**
 * Opens the resources in an SQLite database, and brings its schema up to date.
 *
 * @param options - where, under which name, and who listens
 * @throws StoreOpenError where the settings cannot work, MigrationError where the schema cannot be brought up to date,
 * StoreError `unavailable` where other processes keep the file locked, or it cannot be written
 */
export async function openSqliteStore(options: DatabasePlace & { readonly events?: StoreEvents }): Promise<Store> {
  const { uri, resources, events = {} } = options;
  const { database, tables } = await openMigrated(options, 'target');
  try {
    const path = isInMemory(uri) ? null : resolve(uri);
    const file = fileIdentity(path);
    if (path !== null) {
      events.writeAheadLog?.(() => statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0);
    }
    const store = sqliteStore({ database, resources, tables, events, file });
    await store.ping({ deadline: performance.now() + FIRST_WRITE_TIMEOUT_MS, abandoned: false, pendingWrites: 0 });
    return store;
  } catch (error) {
    database.close();
    if (sqliteCode(error) !== 'SQLITE_ERROR') throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new StoreOpenError(`the SQLite database ${uri} cannot be used: ${reason}`, { cause: error });
  }
}

/**
 * Opens an SQLite database to look at its schema or to change it, without serving it.
 *
 * @param options - as for `openSqliteStore`
 * @throws StoreOpenError where the settings cannot work, StoreError `unavailable` where the file stays locked
 */
export async function openSqliteMigrations({
  uri,
  table,
  resources,
}: Omit<DatabasePlace, 'migrationsFolder'>): Promise<Migrations> {
  const tables = tablesOf(resources, checkTable(table));
  const database = await openDatabase(uri);
  return { driver: sqliteMigrationDriver(database, tables), tables, close: async () => void database.close() };
}

/**
 * Opens an SQLite database to move its resources, without serving it.
 *
 * @param options - as for `openSqliteStore`; a `source` must be there already, a `target` is made and brought up to date
 * @throws StoreOpenError where the settings cannot work, MigrationError where the schema does not fit, StoreError
 *   `unavailable` where the file stays locked
 */
export async function openSqliteArchives(
  options: DatabasePlace & { readonly role: 'source' | 'target' },
): Promise<Archives> {
  const { uri, resources, role } = options;
  if (isInMemory(uri)) {
    throw new StoreOpenError('what is in memory cannot be moved: it lives in the process that serves it');
  }
  if (role === 'source' && !existsSync(uri)) {
    throw new StoreOpenError(`cannot open the SQLite database ${uri}: there is no such file`);
  }
  const { database, tables } = await openMigrated(options, role);
  const inTurn = oneAtATime();
  return {
    all: resources.map((resource) => sqliteArchive(database, resource, tableOf(tables, resource.name), inTurn)),
    close: async () => void database.close(),
  };
}

async function openMigrated({ uri, table, resources, migrationsFolder }: DatabasePlace, role: 'source' | 'target') {
  const tables = tablesOf(resources, checkTable(table));
  const migrations = await loadMigrations(migrationsFolder);
  const database = await openDatabase(uri);
  try {
    const driver = sqliteMigrationDriver(database, tables);
    await (role === 'source' ? requireUpToDate(driver, migrations) : migrateUp(driver, migrations, tables));
    return { database, tables };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** The table's name as SQLite can hold it. */
function checkTable({ schema, table }: TableName): TableName {
  if (schema !== null && schema.toLowerCase() !== 'main') {
    throw new StoreOpenError(
      `SQLite has no schemas: write the table's name alone, or main.${table}, not ${schema}.${table}`,
    );
  }
  const name: TableName = { schema: null, table };
  try {
    quoteTable(name);
  } catch (cause) {
    throw new StoreOpenError(`the table: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  return name;
}
