import { type Tables, tablesOf } from '../tables.js';
import type { AppliedMigration, MigrationDriver } from './driver.js';
import type { TableName } from './identifier.js';
import type { Migration } from './load.js';
import { MigrationError } from './migration-error.js';
import { renderSql } from './render.js';

/** One line of `migrationStatus`; `appliedAt` is null where the migration is still to come. */
export interface MigrationStatus {
  readonly name: string;
  readonly appliedAt: string | null;
}

/**
 * Applies every migration that is still to come, in order, each in a transaction. Processes that start at once wait
 * for each other; those that come later find nothing left to do.
 *
 * @param driver - the database
 * @param migrations - from `loadMigrations`
 * @param table - of the first resource
 * @param tables - of all resources
 * @returns the names of those applied now
 * @throws MigrationError when the history does not fit the files, or the database refuses a migration
 */
export async function migrateUp(
  driver: MigrationDriver,
  migrations: readonly Migration[],
  table: TableName,
  tables: Tables = tablesOf([{ name: table.table }], table),
): Promise<readonly string[]> {
  return await driver.withLock(async () => {
    await driver.ensureHistory();
    const applied = checkHistory(await driver.applied(), migrations);
    const pending = migrations.slice(applied.length);
    for (const { number, name, checksum, up } of pending) {
      const sql = renderSql(up, tables);
      await naming(`migration ${name}`, () => driver.apply(sql, { number, name, checksum }));
    }
    return pending.map(({ name }) => name);
  });
}

/**
 * Takes the last applied migration back, and only that one: what is dropped is gone.
 *
 * @param driver - the database
 * @param migrations - from `loadMigrations`
 * @param table - of the first resource
 * @param tables - of all resources
 * @returns its name, or null where none was applied
 * @throws MigrationError when the history does not fit the files, or the database refuses
 */
export async function migrateDown(
  driver: MigrationDriver,
  migrations: readonly Migration[],
  table: TableName,
  tables: Tables = tablesOf([{ name: table.table }], table),
): Promise<string | null> {
  return await driver.withLock(async () => {
    const applied = checkHistory(await driver.applied(), migrations);
    const last = migrations[applied.length - 1];
    if (last === undefined) {
      return null;
    }
    const sql = renderSql(last.down, tables);
    await naming(`the way back from migration ${last.name}`, () => driver.revert(sql, last));
    return last.name;
  });
}

/**
 * Where the database stands. Reads only, and takes no lock.
 *
 * @param driver - the database
 * @param migrations - from `loadMigrations`
 * @returns every migration in order
 * @throws MigrationError when the history does not fit the files
 */
export async function migrationStatus(
  driver: MigrationDriver,
  migrations: readonly Migration[],
): Promise<readonly MigrationStatus[]> {
  const applied = checkHistory(await driver.applied(), migrations);
  return migrations.map(({ name }, index) => ({ name, appliedAt: applied[index]?.appliedAt ?? null }));
}

/** The history must be the beginning of the files: same numbers, nothing edited, nothing the files do not know. */
function checkHistory(
  applied: readonly AppliedMigration[],
  migrations: readonly Migration[],
): readonly AppliedMigration[] {
  applied.forEach((entry, index) => {
    const migration = migrations[entry.number - 1];
    if (migration === undefined) {
      throw new MigrationError(
        'history',
        `the database has migration ${entry.name}, which this version does not know: it is older than the database`,
      );
    }
    if (entry.number !== index + 1) {
      throw new MigrationError('history', `the database has migration ${entry.name} but not one of those before it`);
    }
    if (entry.checksum !== migration.checksum) {
      throw new MigrationError('edited', `migration ${migration.name} was edited after it was applied`);
    }
  });
  return applied;
}

async function naming(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (cause) {
    const reason = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0];
    throw new MigrationError('failed', `${what} failed: ${reason}`, { cause });
  }
}
