import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { addressText, type Config } from '../config/config.js';
import { IN_MEMORY } from '../config/database.js';
import { codeOf } from '../config/sources.js';
import { resources } from '../payments/resource.js';
import { loadMigrations } from '../store/migrations/load.js';
import { migrationStatus } from '../store/migrations/run.js';
import { openMigrations, openStore } from '../store/open-store.js';
import { type CommandLine, configOf } from './command-line.js';
import { exitCodeOf } from './exit-code.js';
import type { Host } from './host.js';

/** One thing that is looked at. It says what it found, or throws why it failed. */
interface Check {
  readonly name: string;
  run(): Promise<string>;
}

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
  let config: Config | null = null;
  const configuration: Check = {
    name: 'configuration',
    async run() {
      config = configOf(host, line);
      return config.configFile === null ? 'complete, without a file' : `complete, with ${config.configFile}`;
    },
  };
  const code = await runChecks(host, [configuration]);
  return config === null ? code : await checkRest(host, config);
}

async function checkRest(host: Host, config: Config): Promise<number> {
  return await runChecks(host, [
    { name: 'port', run: () => checkListeners(config) },
    { name: 'migrations', run: async () => `${(await migrationsOf(config)).length} in the folder` },
    ...(isToBeMade(config) ? [missingDatabase(config)] : databaseChecks(config, host.now)),
  ]);
}

async function runChecks(host: Host, checks: readonly Check[]): Promise<number> {
  for (const { name, run } of checks) {
    try {
      print('ok', name, await run());
    } catch (error) {
      print('failed', name, error instanceof Error ? error.message : String(error));
      return exitCodeOf(error);
    }
  }
  return 0;

  function print(verdict: 'ok' | 'failed', name: string, text: string): void {
    host.print(`${verdict.padEnd(9)}${name.padEnd(NAME_COLUMNS)} ${text.replace(/\s*\n\s*/g, ' ')}`);
  }
}

/** Opens each listener and closes it again. */
async function checkListeners({ listen, adminListen }: Config): Promise<string> {
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
  return `${Object.values(addresses).map(addressText).join(' and ')} free`;
}

function migrationsOf({ repo, repoMigrations }: Config) {
  return loadMigrations(join(repoMigrations, repo));
}

function isToBeMade({ repo, repoUri }: Config): boolean {
  return repo === 'sqlite3' && (repoUri === IN_MEMORY || !existsSync(repoUri));
}

function missingDatabase({ repoUri }: Config): Check {
  const text = repoUri === IN_MEMORY ? 'in memory, forgotten at the end' : 'not there yet: made at the start';
  return { name: 'database', run: async () => text };
}

function databaseChecks(config: Config, now: () => number): Check[] {
  let pending: readonly string[] = [];
  return [
    {
      name: 'database',
      async run() {
        const startMs = now();
        const { driver, close } = await openMigrations(config, resources);
        try {
          const status = await migrationStatus(driver, await migrationsOf(config));
          pending = status.filter(({ appliedAt }) => appliedAt === null).map(({ name }) => name);
          return `${config.repo} answers, in ${Math.ceil(now() - startMs)} ms`;
        } finally {
          await close();
        }
      },
    },
    {
      name: 'tables',
      async run() {
        if (pending.length > 0) return `not there yet: ${pending.join(', ')} will be applied at the start`;
        // Opening finds out whether everything is there that a write needs, and a ping whether it can be done now.
        const store = await openStore(config, resources, {});
        try {
          await store.ping({ deadline: performance.now() + PING_TIMEOUT_MS, abandoned: false, pendingWrites: 0 });
          return 'up to date, and can be written';
        } finally {
          await store.close();
        }
      },
    },
  ];
}
