import type { Config } from '../../config/config.js';
import { ConfigError } from '../../config/config-error.js';
import { resources } from '../../payments/resource.js';
import { openArchives } from '../../store/open-store.js';
import type { Archive } from '../../store/stored-archive.js';
import { copyResource, verifyResource } from '../../store/transfer.js';
import { StoreOpenError } from '../../store/types.js';
import { type Command, type CommandLine, configOf, type Host } from '../command-line.js';
import { grouped, Progress, reportIncomplete } from './progress.js';

/** `copy`: copies one database into another, byte for byte, and compares both. 1 if that failed or they differ. */
export const copy: Command = (host, line) =>
  withBothArchives(host, line, 'target', async (pairs) => {
    for (const { from, to } of pairs) {
      const { name } = from.resource;
      const progress = new Progress(host, `changes of ${name}`, (await from.counts()).changes);
      const { written, same, rejected } = await copyResource(from, to, {
        onRejected: (id, reason) =>
          progress.say(`${name}: the id ${JSON.stringify(id)} has another history (${reason})`),
        onProgress: (done) => progress.report(done),
      }).catch(reportIncomplete(progress));
      progress.end();
      const parts = [`copied ${grouped(written)} changes of ${name}`, `${grouped(same)} were there already`];
      host.printError(`${parts.join(', ')}, ${grouped(rejected)} rejected`);
    }
    return await verifyArchives(host, pairs);
  });

/** `verify`: compares two databases row by row and change by change, and prints every difference; 1 if there is one. */
export const verify: Command = (host, line) =>
  withBothArchives(host, line, 'source', (pairs) => verifyArchives(host, pairs));

/** Compares the archives of two databases: the reference, and the one that may differ. */
async function verifyArchives(host: Host, pairs: readonly ArchivePair[]): Promise<number> {
  let isSame = true;
  for (const { from, to } of pairs) {
    const { name } = from.resource;
    const counts = await from.counts();
    const progress = new Progress(host, `${name} and changes verified`, counts.rows + counts.changes);
    const { rows, changes, different, renumbered } = await verifyResource(from, to, {
      onDifference: (id, what) => {
        progress.end();
        host.print(`${JSON.stringify(id)}\t${what}`);
      },
      onProgress: (done) => progress.report(done),
    });
    progress.end();
    if (renumbered > 0) {
      host.printError(`${grouped(renumbered)} changes of ${name} have other positions: stored links lead elsewhere`);
    }
    const verdict = different === 0 ? 'the same in both' : `${grouped(different)} differences`;
    host.printError(`verified ${grouped(rows)} ${name} and ${grouped(changes)} changes: ${verdict}`);
    if (different > 0) isSame = false;
  }
  return isSame ? 0 : 1;
}

interface ArchivePair {
  readonly from: Archive;
  readonly to: Archive;
}

/** Opens the databases of `--from` and `--to`. Settings apply to both. `roleOfTo`: see `openArchives`. */
async function withBothArchives<T>(
  host: Host,
  line: CommandLine,
  roleOfTo: 'source' | 'target',
  work: (pairs: readonly ArchivePair[]) => Promise<T>,
): Promise<T> {
  const [fromConfig, toConfig] = [databaseOf(host, line, 'from'), databaseOf(host, line, 'to')];
  await using from = await openArchives(fromConfig, resources, 'source');
  await using to = await openArchives(toConfig, resources, roleOfTo);
  if (from.identity === to.identity) throw new ConfigError('to: takes another database than from');
  const pairs = from.all.flatMap((archive, index) => {
    const other = to.all[index];
    return other ? [{ from: archive, to: other }] : [];
  });
  return await work(pairs);
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
    if (!(error instanceof ConfigError || error instanceof StoreOpenError)) throw error;
    // The error names `repo-uri`, for which the flag stands.
    const message = error.message.replace(/^repo-uri:/, `${flag}:`).replace('(from --repo-uri)', `(from --${flag})`);
    throw new ConfigError(message, { cause: error });
  }
}
