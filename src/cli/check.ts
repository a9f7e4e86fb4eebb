import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { addressText, type Config } from '../config/config.js';
import { IN_MEMORY } from '../config/database.js';
import { codeOf } from '../config/sources.js';
import { resources } from '../payments/resource.js';
import { loadMigrations, type Migration } from '../store/migrations/load.js';
import { migrationStatus } from '../store/migrations/run.js';
import { openMigrations, openStore } from '../store/open-store.js';
import { type CommandLine, configOf } from './command-line.js';
import { exitCodeOf } from './exit-code.js';
import type { Host } from './host.js';

const NAME_COLUMNS = 14;
const PING_TIMEOUT_MS = 5_000;

/**
 * `check`: looks whether the service could start as it is configured, and changes nothing. Prints a line for each
 * check and stops at the first that fails, since the later ones build on it.
 *
 * @param host - the process
 * @param line - settings
 * @returns the exit code: 0, 1 where the database fails, 2 where the settings or the files must change
 */
export async function check(host: Host, line: CommandLine): Promise<number> {
  function print(verdict: 'ok' | 'failed', name: string, text: string): void {
    host.print(`${verdict.padEnd(9)}${name.padEnd(NAME_COLUMNS)} ${text.replace(/\s*\n\s*/g, ' ')}`);
  }
  let current = '';
  async function step<T>(name: string, run: () => T | Promise<T>, describe: (result: T) => string): Promise<T> {
    current = name;
    const result = await run();
    print('ok', name, describe(result));
    return result;
  }

  try {
    const config = await step(
      'configuration',
      () => configOf(host, line),
      ({ configFile }) => (configFile === null ? 'complete, without a file' : `complete, with ${configFile}`),
    );
    const { repo, repoUri } = config;
    await step(
      'port',
      () => checkListeners(config),
      (addresses) => `${addresses.join(' and ')} free`,
    );
    const migrations = await step(
      'migrations',
      () => loadMigrations(join(config.repoMigrations, repo)),
      ({ length }) => `${length} in the folder`,
    );
    if (repo === 'sqlite3' && (repoUri === IN_MEMORY || !existsSync(repoUri))) {
      const isInMemory = repoUri === IN_MEMORY;
      print('ok', 'database', isInMemory ? 'in memory, forgotten at the end' : 'not there yet: made at the start');
      return 0;
    }
    const startMs = host.now();
    const pending = await step(
      'database',
      () => pendingMigrations(config, migrations),
      () => `${repo} answers, in ${Math.ceil(host.now() - startMs)} ms`,
    );
    await step(
      'tables',
      () => (pending.length > 0 ? undefined : checkWrites(config)),
      () =>
        pending.length > 0
          ? `not there yet: ${pending.join(', ')} will be applied at the start`
          : 'up to date, and can be written',
    );
    return 0;
  } catch (error) {
    print('failed', current, error instanceof Error ? error.message : String(error));
    return exitCodeOf(error);
  }
}

/** Opens each listener and closes it again. */
async function checkListeners({ listen, adminListen }: Config): Promise<string[]> {
  const addresses = adminListen === null ? { listen } : { listen, 'admin-listen': adminListen };
  for (const [name, { host, port }] of Object.entries(addresses)) {
    const server = createServer();
    try {
      await once(server.listen({ port, ...(host !== undefined && { host }) }), 'listening');
    } catch (error) {
      throw new Error(`${name}: ${addressText({ host, port })} cannot be used (${codeOf(error)})`, { cause: error });
    }
    server.close();
  }
  return Object.values(addresses).map(addressText);
}

async function pendingMigrations(config: Config, migrations: readonly Migration[]): Promise<string[]> {
  const { driver, close } = await openMigrations(config, resources);
  try {
    const status = await migrationStatus(driver, migrations);
    return status.filter(({ appliedAt }) => appliedAt === null).map(({ name }) => name);
  } finally {
    await close();
  }
}

/** Opening finds out whether everything is there that a write needs, and a ping whether it can be done now. */
async function checkWrites(config: Config): Promise<void> {
  const store = await openStore(config, resources, {});
  try {
    await store.ping({ deadline: performance.now() + PING_TIMEOUT_MS, abandoned: false, pendingWrites: 0 });
  } finally {
    await store.close();
  }
}
