import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadMigrations } from '../migrations/files.js';
import { migrateUp } from '../migrations/run.js';
import type { Purpose, SqlConnection } from '../sql-connection.js';
import { type AnyResource, type DatabaseOptions, type TableName, tablesOf } from '../tables.js';
import { type Store, type StoreEvents, StoreOpenError } from '../types.js';
import { filesBeside, isInMemory, openDatabase } from './connection.js';
import { sqliteCode, withFile } from './errors.js';
import { fileChecks } from './file-checks.js';
import { sqliteConnection } from './sql-connection.js';
import { sqliteStore } from './store.js';

/** Processes that start together write one after another. */
const FIRST_WRITE_TIMEOUT_MS = 30_000;

/**
 * Opens the resources in an SQLite database, and migrates its schema.
 *
 * @throws StoreOpenError if the settings cannot work or the schema cannot be migrated, StoreError `unavailable` if the
 *   file stays locked or is not writable
 */
export async function openSqliteStore(
  { repo, repoUri: uri, repoTable, repoMigrations }: DatabaseOptions,
  resources: readonly AnyResource[],
  events: StoreEvents,
): Promise<Store> {
  const tables = tablesOf(resources, withoutSchema(repoTable));
  const migrations = await loadMigrations(join(repoMigrations, repo));
  const database = await openDatabase(uri);
  try {
    await migrateUp(sqliteConnection(database, tables), migrations);
    const path = isInMemory(uri) ? null : resolve(uri);
    if (path !== null) {
      const [log] = filesBeside(path);
      events.writeAheadLog?.(() => statSync(log, { throwIfNoEntry: false })?.size ?? 0);
    }
    const store = sqliteStore({ database, resources, tables, events, file: path === null ? null : fileChecks(path) });
    await store.ping({ deadline: performance.now() + FIRST_WRITE_TIMEOUT_MS, abandoned: false, pendingWrites: 0 });
    return store;
  } catch (error) {
    database.close();
    throw withFile(uri, error);
  }
}

/** Throws StoreOpenError if the settings cannot work, StoreError `unavailable` if the file stays locked. */
export async function connectSqlite(
  { repoUri: uri, repoTable }: Pick<DatabaseOptions, 'repoUri' | 'repoTable'>,
  resources: readonly AnyResource[],
  purpose: Purpose,
): Promise<SqlConnection> {
  const tables = tablesOf(resources, withoutSchema(repoTable));
  if (purpose !== 'schema' && isInMemory(uri)) {
    throw new StoreOpenError('a database in memory cannot be moved: it exists only in the process that serves it');
  }
  if (purpose === 'source' && !existsSync(uri)) {
    throw new StoreOpenError(`cannot open the SQLite database ${uri}: there is no such file`);
  }
  const connection = sqliteConnection(await openDatabase(uri), tables);
  const named =
    <Values extends readonly unknown[], T>(method: (...values: Values) => Promise<T>) =>
    (...values: Values): Promise<T> =>
      method(...values).catch((error: unknown) => {
        throw sqliteCode(error) === '' ? error : withFile(uri, error);
      });
  return {
    ...connection,
    query: named(connection.query),
    insert: named(connection.insert),
    transaction: named(connection.transaction),
  };
}

/** The only schema is `main`. */
function withoutSchema({ table }: TableName): TableName {
  return { schema: null, table };
}
