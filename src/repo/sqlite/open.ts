import type { MigrationDriver } from '../migrations/driver.js';
import { quoteTable, type TableName } from '../migrations/identifier.js';
import { loadMigrations } from '../migrations/load.js';
import { migrateUp } from '../migrations/run.js';
import { RepoOpenError } from '../open-error.js';
import type { Repo, RepoEvents } from '../repo.js';
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
