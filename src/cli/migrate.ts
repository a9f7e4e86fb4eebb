import { join } from 'node:path';
import { type Config, loadConfig } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';
import type { MigrationDriver } from '../store/migrations/driver.js';
import type { TableName } from '../store/migrations/identifier.js';
import { loadMigrations } from '../store/migrations/load.js';
import { migrateDown, migrateUp, migrationStatus } from '../store/migrations/run.js';
import type { Host } from './host.js';

const TAKES = 'migrate takes up, down or status';

/**
 * `migrate up|down|status`: changes the schema by hand, or says where it is.
 *
 * @param host - the process
 * @param argv - the direction, and flags
 * @returns the exit code
 */
export async function migrate(host: Host, argv: readonly string[]): Promise<number> {
  const [direction = '', ...flags] = argv;
  if (!['up', 'down', 'status'].includes(direction)) {
    throw new ConfigError(direction === '' ? TAKES : `${TAKES}, not ${JSON.stringify(direction)}`);
  }
  const { env, cwd, packageRoot } = host;
  const config = loadConfig({ argv: flags, env, cwd, packageRoot });
  const migrations = await loadMigrations(join(config.repoMigrations, config.repo));
  const { driver, table, close } = await openDriver(config);
  try {
    if (direction === 'up') {
      const applied = await migrateUp(driver, migrations, table);
      host.print(applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to apply');
    } else if (direction === 'down') {
      const reverted = await migrateDown(driver, migrations, table);
      host.print(reverted === null ? 'nothing to take back' : `took back ${reverted}`);
    } else {
      for (const { name, appliedAt } of await migrationStatus(driver, migrations)) {
        host.print(`${name}\t${appliedAt ?? 'pending'}`);
      }
    }
    return 0;
  } finally {
    await close();
  }
}

/** A connection to the configured database that can look at its schema and change it. */
export interface OpenDriver {
  readonly driver: MigrationDriver;
  readonly table: TableName;
  close(): void | Promise<void>;
}

/**
 * Connects to the configured database. An SQLite file that is missing is made.
 *
 * @param config - which database, and where
 * @throws what the opening of the database throws
 */
export async function openDriver({
  repo,
  repoUri: uri,
  repoTable: table,
}: Pick<Config, 'repo' | 'repoUri' | 'repoTable'>): Promise<OpenDriver> {
  if (repo === 'sqlite3') {
    const { openSqliteMigrations } = await import('../store/sqlite/open.js');
    return openSqliteMigrations({ uri, table });
  }
  const { openPostgresMigrations } = await import('../store/postgres/open.js');
  return openPostgresMigrations({ uri, table });
}
