import { type Config, loadConfig } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';
import type { PaymentArchive } from '../store/archive.js';
import { openArchive } from '../store/open-archive.js';
import type { Host } from './host.js';
import { takeOwnFlags } from './own-flags.js';

/**
 * Opens the two databases that `--from` and `--to` name: a connection string for Postgres, a file for SQLite.
 *
 * @param host - the process
 * @param argv - flags: `--from`, `--to`, and settings, which hold for both
 * @param roleOfTo - whether `--to` is made and brought up to date, or left as it is
 * @param work - what to do with them; they are closed afterwards
 * @returns what the work returns
 */
export async function withBothArchives<T>(
  host: Host,
  argv: readonly string[],
  roleOfTo: 'source' | 'target',
  work: (from: PaymentArchive, to: PaymentArchive) => Promise<T>,
): Promise<T> {
  const { values, rest } = takeOwnFlags(argv, ['from', 'to']);
  const [fromConfig, toConfig] = [configOf(host, rest, 'from', values.from), configOf(host, rest, 'to', values.to)];
  if (fromConfig.repoUri === toConfig.repoUri) throw new ConfigError('to: takes another database than from');
  const from = await openArchive(fromConfig, 'source');
  try {
    const to = await openArchive(toConfig, roleOfTo);
    try {
      return await work(from, to);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

function configOf(host: Host, argv: readonly string[], flag: 'from' | 'to', uri: string | undefined): Config {
  if (uri === undefined) {
    throw new ConfigError(
      `${flag}: takes a file path for SQLite or a postgres:// connection string, and must be given`,
    );
  }
  const { env, cwd, packageRoot } = host;
  const repo = /^postgres(ql)?:\/\//.test(uri) ? 'postgres' : 'sqlite3';
  const own = [`--repo=${repo}`, `--repo-uri=${uri}`];
  try {
    return loadConfig({ argv: [...argv, ...own], env, cwd, packageRoot });
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(`${flag}: ${error.message}`, { cause: error }) : error;
  }
}
