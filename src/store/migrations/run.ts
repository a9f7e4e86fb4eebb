import type { Tables } from '../tables.js';
import { StoreOpenError } from '../types.js';
import { type Migration, MigrationError, renderSql } from './files.js';

/** What the history of a database says about one migration. */
export interface AppliedMigration {
  readonly number: number;
  readonly name: string;
  readonly checksum: string;
  /** ISO 8601, in UTC. */
  readonly appliedAt: string;
}

/** What is recorded of a migration when it is applied; the time is the driver's to add. */
export type MigrationRecord = Omit<AppliedMigration, 'appliedAt'>;

/** What the runner needs of a database. A driver works on one connection of its own. */
export interface MigrationDriver {
  /** Runs `work` while no other process can be in its own `withLock` on the same database; waits its turn for that. */
  withLock<T>(work: () => Promise<T>): Promise<T>;
  /** Makes the history table, and the schema it lives in, where they are missing. Called under the lock. */
  ensureHistory(): Promise<void>;
  /** The history in order of number; empty where there is no history table yet. */
  applied(): Promise<readonly AppliedMigration[]>;
  /** Executes the SQL (several statements) and records the migration, both or neither. Called under the lock. */
  apply(sql: string, record: MigrationRecord): Promise<void>;
  /** Executes the SQL and forgets the migration, both or neither. Called under the lock. */
  revert(sql: string, record: MigrationRecord): Promise<void>;
}

/** A connection to a database that can look at its schema and change it. */
export interface Migrations {
  readonly driver: MigrationDriver;
  readonly tables: Tables;
  close(): Promise<void>;
}

/**
 * Applies every migration that is still to come, in order, each in a transaction. Processes that start at once wait
 * for each other; those that come later find nothing left to do.
 *
 * @returns the names of those applied now
 * @throws MigrationError when the history does not fit the files, or the database rejects a migration
 */
export async function migrateUp(
  driver: MigrationDriver,
  migrations: readonly Migration[],
  tables: Tables,
): Promise<readonly string[]> {
  // Without the lock where there is nothing to do, so that nobody who starts waits for anybody.
  if (checkHistory(await driver.applied(), migrations).length >= migrations.length) return [];
  return await driver.withLock(() => applyPending(driver, migrations, tables));
}

async function applyPending(driver: MigrationDriver, migrations: readonly Migration[], tables: Tables) {
  await driver.ensureHistory();
  const applied = checkHistory(await driver.applied(), migrations);
  const pending = migrations.slice(applied.length);
  for (const { number, name, checksum, up } of pending) {
    const sql = renderSql(up, tables);
    await naming(`migration ${name}`, () => driver.apply(sql, { number, name, checksum }));
  }
  return pending.map(({ name }) => name);
}

/**
 * Finds out whether a database would take the migrations, and changes nothing: all of them are applied and rolled back. Only for
 * one that has none of them yet; with rows in it, that could take long.
 *
 * @throws MigrationError when the database rejects a migration, for example because another table has the name; its own error
 *   when it does not take the history
 */
export async function rehearseUp(
  driver: MigrationDriver,
  migrations: readonly Migration[],
  tables: Tables,
): Promise<void> {
  const rollback = new Error('the rehearsal is over');
  const rehearsal = driver.withLock(async () => {
    await applyPending(driver, migrations, tables);
    throw rollback;
  });
  await rehearsal.catch((error: unknown) => {
    if (error !== rollback) throw error;
  });
}

/**
 * Takes the last applied migration back, and only that one: what is dropped is gone.
 *
 * @returns its name, or null where none was applied
 * @throws MigrationError when the history does not fit the files, or the database rejects it
 */
export async function migrateDown(
  driver: MigrationDriver,
  migrations: readonly Migration[],
  tables: Tables,
): Promise<string | null> {
  return await driver.withLock(async () => {
    const last = await lastApplied(driver, migrations);
    if (last === null) return null;
    const sql = renderSql(last.down, tables);
    await naming(`the way back from migration ${last.name}`, () => driver.revert(sql, last));
    return last.name;
  });
}

const DROP = /^(?:DROP|ALTER TABLE [^;]* DROP|DELETE|TRUNCATE)\b[^;]*/gim;

/**
 * What `migrateDown` would drop. Reads only, and takes no lock.
 *
 * @returns the migration that would be taken back, and its statements that drop something; null where none was applied
 * @throws MigrationError when the history does not fit the files
 */
export async function planDown(
  driver: MigrationDriver,
  migrations: readonly Migration[],
  tables: Tables,
): Promise<{ readonly name: string; readonly drops: readonly string[] } | null> {
  const last = await lastApplied(driver, migrations);
  return last && { name: last.name, drops: renderSql(last.down, tables).match(DROP) ?? [] };
}

async function lastApplied(driver: MigrationDriver, migrations: readonly Migration[]): Promise<Migration | null> {
  const applied = checkHistory(await driver.applied(), migrations);
  const last = migrations[applied.length - 1];
  if (applied.length > 0 && last === undefined) throw unknownMigration(applied.at(-1)?.name);
  return last ?? null;
}

/**
 * Where the database stands. Reads only, and takes no lock.
 *
 * @returns every migration in order; `appliedAt` is null where it is still to come
 * @throws MigrationError when the history does not fit the files
 */
export async function migrationStatus(
  driver: MigrationDriver,
  migrations: readonly Migration[],
): Promise<readonly { readonly name: string; readonly appliedAt: string | null }[]> {
  const applied = checkHistory(await driver.applied(), migrations);
  return migrations.map(({ name }, index) => ({ name, appliedAt: applied[index]?.appliedAt ?? null }));
}

/**
 * Makes sure that a database can be read as it is. It changes nothing there.
 *
 * @throws StoreOpenError where migrations are still to come, MigrationError where the history does not fit the files
 */
export async function requireUpToDate(driver: MigrationDriver, migrations: readonly Migration[]): Promise<void> {
  const pending = (await migrationStatus(driver, migrations)).filter(({ appliedAt }) => appliedAt === null);
  if (pending.length > 0) {
    const names = pending.map(({ name }) => name).join(', ');
    throw new StoreOpenError(`the database lacks migrations (${names}): the command "migrate up" applies them`);
  }
}

/**
 * The history must be the beginning of the files: same numbers, nothing edited. It may be longer by one migration, that of the
 * next release, on whose schema this release works: a process that dies after the upgrade began can be replaced.
 */
function checkHistory(
  applied: readonly AppliedMigration[],
  migrations: readonly Migration[],
): readonly AppliedMigration[] {
  applied.forEach((entry, index) => {
    const migration = migrations[entry.number - 1];
    if (entry.number > migrations.length + 1) throw unknownMigration(entry.name);
    if (entry.number !== index + 1) {
      throw new MigrationError('history', `the database has migration ${entry.name} but not one of those before it`);
    }
    if (migration !== undefined && entry.checksum !== migration.checksum) {
      throw new MigrationError('edited', `migration ${migration.name} was edited after it was applied`);
    }
  });
  return applied;
}

function unknownMigration(name = ''): MigrationError {
  return new MigrationError(
    'history',
    `the database has migration ${name}, which this version does not know: it is older than the database`,
  );
}

async function naming(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0];
    throw new MigrationError('failed', `${what} failed: ${reason}`, { cause });
  }
}
