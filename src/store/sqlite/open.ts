import { existsSync } from 'node:fs';
import type { PaymentArchive } from '../archive.js';
import type { MigrationDriver } from '../migrations/driver.js';
import { quoteTable, type TableName } from '../migrations/identifier.js';
import { loadMigrations } from '../migrations/load.js';
import { requireUpToDate } from '../migrations/require-up-to-date.js';
import { migrateUp } from '../migrations/run.js';
import { RepoOpenError } from '../open-error.js';
import type { Repo, RepoEvents } from '../repo.js';
import { sqliteArchive } from './archive.js';
import { autocommitWrites } from './autocommit.js';
import { isInMemory, openDatabase } from './connection.js';
import { groupCommitWrites } from './group-commit.js';
import { sqliteMigrationDriver } from './migration-driver.js';
import { sqliteRepo } from './sqlite-repo.js';
import { prepareStatements } from './statements.js';

export interface SqliteRepoOptions {
  /** A file's path; `:memory:`, or nothing, for a database in this process's memory. */
  readonly uri: string;
  readonly table: TableName;
  /** The folder that holds SQLite's migrations themselves, `schema/sqlite3`. */
  readonly migrationsFolder: string;
  readonly events?: RepoEvents;
}

/**
 * Opens the payments in an SQLite database, and brings its schema up to date.
 *
 * @param options - where, under which name, and who listens
 * @throws RepoOpenError where the settings cannot work, MigrationError where the schema cannot be brought up to date,
 * RepoError `unavailable` where other processes keep the file locked
 */
export async function openSqliteRepo({ uri, table, migrationsFolder, events = {} }: SqliteRepoOptions): Promise<Repo> {
  const name = checkTable(table);
  const migrations = await loadMigrations(migrationsFolder);
  const database = await openDatabase(uri);
  try {
    await migrateUp(sqliteMigrationDriver(database, name), migrations, name);
    const shared = !isInMemory(uri);
    const writes = shared ? groupCommitWrites(database, events) : autocommitWrites();
    return sqliteRepo({ database, statements: prepareStatements(database, name), writes, events, shared });
  } catch (error) {
    database.close();
    throw error;
  }
}

/** A connection for migrating by hand. */
export interface SqliteMigrations {
  readonly driver: MigrationDriver;
  /** The name to give to `migrateUp` and `migrateDown`. */
  readonly table: TableName;
  close(): void;
}

/**
 * Opens an SQLite database to look at its schema or to change it, without serving it.
 *
 * @param options - `uri` and `table` as for `openSqliteRepo`
 * @throws RepoOpenError where the settings cannot work, RepoError `unavailable` where the file stays locked
 */
export async function openSqliteMigrations({
  uri,
  table,
}: Pick<SqliteRepoOptions, 'uri' | 'table'>): Promise<SqliteMigrations> {
  const name = checkTable(table);
  const database = await openDatabase(uri);
  return { driver: sqliteMigrationDriver(database, name), table: name, close: () => database.close() };
}

/**
 * Opens an SQLite database to move its payments, without serving it.
 *
 * @param options - `uri`, `table` and `migrationsFolder` as for `openSqliteRepo`; a `source` must be there already, a
 *   `target` is made and brought up to date
 * @throws RepoOpenError where the settings cannot work, MigrationError where the schema does not fit, RepoError
 *   `unavailable` where the file stays locked
 */
export async function openSqliteArchive({
  uri,
  table,
  migrationsFolder,
  role,
}: Omit<SqliteRepoOptions, 'events'> & { readonly role: 'source' | 'target' }): Promise<PaymentArchive> {
  const name = checkTable(table);
  if (isInMemory(uri)) {
    throw new RepoOpenError('payments in memory cannot be moved: they live in the process that serves them');
  }
  if (role === 'source' && !existsSync(uri)) {
    throw new RepoOpenError(`cannot open the SQLite database ${uri}: there is no such file`);
  }
  const migrations = await loadMigrations(migrationsFolder);
  const database = await openDatabase(uri);
  try {
    const driver = sqliteMigrationDriver(database, name);
    await (role === 'source' ? requireUpToDate(driver, migrations) : migrateUp(driver, migrations, name));
    return sqliteArchive(database, name);
  } catch (error) {
    database.close();
    throw error;
  }
}

/**
 * The table's name as SQLite can hold it.
 *
 * @throws RepoOpenError for a schema, or for a name that cannot be one
 */
export function checkTable({ schema, table }: TableName): TableName {
  if (schema !== null && schema.toLowerCase() !== 'main') {
    throw new RepoOpenError(
      `SQLite has no schemas: write the table's name alone, or main.${table}, not ${schema}.${table}`,
    );
  }
  const name: TableName = { schema: null, table };
  try {
    quoteTable(name);
  } catch (cause) {
    throw new RepoOpenError(`the payments' table: ${cause instanceof Error ? cause.message : String(cause)}`, {
      cause,
    });
  }
  return name;
}
