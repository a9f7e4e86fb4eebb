import { type Config, loadConfig } from '../../config/config.js';
import { ConfigError } from '../../config/config-error.js';
import type { Archive } from '../../store/archive.js';
import { openArchives } from '../../store/open-store.js';
import type { AnyResource } from '../../store/tables.js';
import type { Host } from '../host.js';
import { takeOwnFlags } from '../own-flags.js';

/** One resource in two databases. */
export interface ArchivePair {
  readonly from: Archive;
  readonly to: Archive;
}

/**
 * Opens the two databases that `--from` and `--to` name: a connection string for Postgres, a file for SQLite.
 *
 * @param host - the process
 * @param argv - flags: `--from`, `--to`, and settings, which hold for both
 * @param roleOfTo - whether `--to` is made and brought up to date, or left as it is
 * @param resources - what is there
 * @param work - what to do with them; they are closed afterwards
 * @returns what the work returns
 */
export async function withBothArchives<T>(
  host: Host,
  argv: readonly string[],
  roleOfTo: 'source' | 'target',
  resources: readonly AnyResource[],
  work: (pairs: readonly ArchivePair[]) => Promise<T>,
): Promise<T> {
  const { values, rest } = takeOwnFlags(argv, ['from', 'to']);
  const [fromConfig, toConfig] = [configOf(host, rest, 'from', values.from), configOf(host, rest, 'to', values.to)];
  if (fromConfig.repoUri === toConfig.repoUri) throw new ConfigError('to: takes another database than from');
  const from = await openArchives(fromConfig, resources, 'source');
  try {
    const to = await openArchives(toConfig, resources, roleOfTo);
    try {
      return await work(
        from.all.flatMap((archive, index) => {
          const other = to.all[index];
          return other ? [{ from: archive, to: other }] : [];
        }),
      );
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
