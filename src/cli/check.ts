import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { addressText, type Config, IN_MEMORY } from '../config/config.js';
import { requireFreePort } from '../http/transport/listening.js';
import { resources } from '../payments/resource.js';
import { loadMigrations, type Migration } from '../store/migrations/files.js';
import { pendingMigrations, rehearseUp } from '../store/migrations/run.js';
import { openSqlConnection, openStore } from '../store/open-store.js';
import { checkRoom } from '../store/sqlite/file-checks.js';
import type { Call, Store } from '../store/types.js';
import { type Command, configOf, exitCodeOf, rejectListening } from './command-line.js';

const NAME_COLUMNS = 14;
const PING_TIMEOUT_MS = 5_000;

/**
 * `check`: prints a line for each check of whether the service could start, and changes nothing. Stops at the first
 * failure.
 */
export const check: Command = async (host, line) => {
  let current = '';
  function print(verdict: 'ok' | 'failed', text: string): void {
    host.print(`${verdict.padEnd(9)}${current.padEnd(NAME_COLUMNS)} ${text.replace(/\s*\n\s*/g, ' ')}`);
  }

  try {
    current = 'configuration';
    const config = configOf(host, line);
    const { repo, repoUri, configFile } = config;
    print('ok', configFile === null ? 'complete, without a file' : `complete, with ${configFile}`);
    current = 'port';
    print('ok', `${(await checkListeners(config)).join(' and ')} free`);
    current = 'migrations';
    const migrations = await loadMigrations(join(config.repoMigrations, repo));
    print('ok', `${migrations.length} in the folder`);
    current = 'database';
    if (repo === 'sqlite3' && (repoUri === IN_MEMORY || !existsSync(repoUri))) {
      await (await openStore({ ...config, repoUri: IN_MEMORY }, resources, {})).close();
      if (repoUri !== IN_MEMORY) checkRoom(dirname(repoUri));
      print('ok', repoUri === IN_MEMORY ? 'in memory, lost when the process ends' : 'missing: it is created at start');
      return 0;
    }
    const startMs = host.now();
    const opened = await openSqlConnection(config, resources, 'schema');
    let pending: readonly Migration[];
    try {
      pending = await pendingMigrations(opened, migrations);
      print('ok', `${repo} responds, in ${Math.ceil(host.now() - startMs)} ms`);
      current = 'tables';
      if (pending.length > 0) await rehearseUp(opened, migrations);
    } catch (error) {
      throw opened.toOpenError(error);
    } finally {
      await opened.close();
    }
    if (pending.length === 0) await ping(config, (store, call) => store.ping(call));
    const isPending = `pending, applied at start: ${pending.map(({ name }) => name).join(', ')}`;
    print('ok', pending.length > 0 ? isPending : 'up to date, and can be written');
    if (config.repoReadUri !== null && pending.length === 0) {
      current = 'standby';
      await ping(config, async (store, call) => await store.pingStandby?.(call));
      print('ok', 'responds, and can be read');
    }
    return 0;
  } catch (error) {
    print('failed', error instanceof Error ? error.message : String(error));
    return exitCodeOf(error);
  }
};

async function checkListeners({ listen, adminListen }: Config): Promise<string[]> {
  const addresses = adminListen === null ? { listen } : { listen, 'admin-listen': adminListen };
  for (const [name, address] of Object.entries(addresses)) {
    await requireFreePort(address).catch(rejectListening(name, address));
  }
  return Object.values(addresses).map(addressText);
}

/** Opening checks that everything a write needs exists; the ping checks that writes work now. */
async function ping(config: Config, send: (store: Store, call: Call) => Promise<void>): Promise<void> {
  const store = await openStore(config, resources, {});
  try {
    await send(store, { deadline: performance.now() + PING_TIMEOUT_MS, abandoned: false, pendingWrites: 0 });
  } finally {
    await store.close();
  }
}
