import type { Config } from '../../config/config.js';
import { ConfigError } from '../../config/config-error.js';
import { resources } from '../../payments/resource.js';
import type { Archive } from '../../store/archive.js';
import { openArchives } from '../../store/open-store.js';
import { type CommandLine, configOf } from '../command-line.js';
import type { Host } from '../host.js';

/** One resource in two databases. */
export interface ArchivePair {
  readonly from: Archive;
  readonly to: Archive;
}

/**
 * Opens the two databases that `--from` and `--to` name: a connection string for Postgres, a file for SQLite.
 *
 * @param line - flags: `--from`, `--to`, and settings, which hold for both
 * @param roleOfTo - whether `--to` is made and brought up to date, or left as it is
 * @param work - what to do with them; they are closed afterwards
 */
export async function withBothArchives<T>(
  host: Host,
  line: CommandLine,
  roleOfTo: 'source' | 'target',
  work: (pairs: readonly ArchivePair[]) => Promise<T>,
): Promise<T> {
  const [fromConfig, toConfig] = [databaseOf(host, line, 'from'), databaseOf(host, line, 'to')];
  if (fromConfig.repoUri === toConfig.repoUri) throw new ConfigError('to: takes another database than from');
  const from = await openArchives(fromConfig, resources, 'source');
  try {
    const to = await openArchives(toConfig, resources, roleOfTo);
    try {
      const pairs = from.all.flatMap((archive, index) => {
        const other = to.all[index];
        return other ? [{ from: archive, to: other }] : [];
      });
      return await work(pairs);
    } finally {
      await to.close();
    }
  } finally {
    await from.close();
  }
}

function databaseOf(host: Host, line: CommandLine, flag: 'from' | 'to'): Config {
  const uri = line.own[flag];
  if (typeof uri !== 'string') {
    throw new ConfigError(
      `${flag}: takes a file path for SQLite or a postgres:// connection string, and must be given`,
    );
  }
  const repo = /^postgres(ql)?:\/\//.test(uri) ? 'postgres' : 'sqlite3';
  try {
    return configOf(host, line, { repo, 'repo-uri': uri });
  } catch (error) {
    throw error instanceof ConfigError ? new ConfigError(`${flag}: ${error.message}`, { cause: error }) : error;
  }
}
