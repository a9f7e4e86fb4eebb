import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { IN_MEMORY } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';
import { resources } from '../payments/resource.js';
import { loadMigrations } from '../store/migrations/files.js';
import { migrateDown, migrateUp, migrationStatus, planDown } from '../store/migrations/run.js';
import { openSqlConnection } from '../store/open-store.js';
import { type Command, configOf, type Host } from './command-line.js';

/** `migrate up|down|status`: changes the schema, or shows its state; 1 if `down` was not confirmed. */
export const migrate: Command = async (host, line) => {
  const [direction] = line.operands;
  const config = configOf(host, line);
  if (config.repo === 'sqlite3' && config.repoUri === IN_MEMORY && direction !== 'status') {
    throw new ConfigError('repo-uri: migrate takes a database that outlives this command, not one in memory');
  }
  const migrations = await loadMigrations(join(config.repoMigrations, config.repo));
  // A missing file has no migrations, and reading its state must not create it.
  const isMissing = config.repo === 'sqlite3' && direction !== 'up' && !existsSync(config.repoUri);
  const place = isMissing ? { ...config, repoUri: IN_MEMORY } : config;
  const connection = await openSqlConnection(place, resources, 'schema');
  try {
    if (direction === 'up') {
      const applied = await migrateUp(connection, migrations);
      host.print(applied.length > 0 ? `applied ${applied.join(', ')}` : 'nothing to apply');
    } else if (direction === 'down') {
      const plan = await planDown(connection, migrations);
      if (plan !== null) {
        host.print(`this reverts ${plan.name}:`);
        for (const statement of plan.drops) host.print(`  ${statement}`);
        if (!line.own.yes && !(await isConfirmed(host))) {
          host.printError('nothing was changed: type yes, or give --yes');
          return 1;
        }
      }
      const reverted = await migrateDown(connection, migrations);
      host.print(reverted === null ? 'nothing to revert' : `reverted ${reverted}`);
    } else {
      for (const { name, appliedAt } of await migrationStatus(connection, migrations)) {
        host.print(`${name}\t${appliedAt ?? 'pending'}`);
      }
    }
    return 0;
  } catch (error) {
    throw connection.toOpenError(error);
  } finally {
    await connection.close();
  }
};

async function isConfirmed(host: Host): Promise<boolean> {
  const lines = createInterface({ input: host.stdin(), output: host.stderr() });
  // At the end of the input there is no reply.
  const ended = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  const reply = await Promise.race([lines.question('Dropped data is lost. Continue? (yes/no) '), ended]);
  lines.close();
  return reply.trim().toLowerCase() === 'yes';
}
