import { StoreOpenError } from '../open-error.js';
import type { MigrationDriver } from './driver.js';
import type { Migration } from './load.js';
import { migrationStatus } from './run.js';

/**
 * Makes sure that a database can be read as it is. It changes nothing there.
 *
 * @param driver - the database
 * @param migrations - from `loadMigrations`
 * @throws StoreOpenError where migrations are still to come, MigrationError where the history does not fit the files
 */
export async function requireUpToDate(driver: MigrationDriver, migrations: readonly Migration[]): Promise<void> {
  const pending = (await migrationStatus(driver, migrations)).filter(({ appliedAt }) => appliedAt === null);
  if (pending.length > 0) {
    const names = pending.map(({ name }) => name).join(', ');
    throw new StoreOpenError(`the database lacks migrations (${names}): the command "migrate up" applies them`);
  }
}
