import { verifyResource } from '../../store/transfer/verify.js';
import type { CommandLine } from '../command-line.js';
import type { Host } from '../host.js';
import { type ArchivePair, withBothArchives } from './both-archives.js';
import { grouped, progressOf } from './progress.js';
import { type Transferred, transferred } from './resources.js';

/**
 * `verify`: compares two databases row by row and change by change, and prints every difference.
 *
 * @param host - the process
 * @param line - flags: `--from`, `--to`, and settings
 * @param resources - what is compared
 * @returns the exit code; 1 where there is a difference
 */
export function verify(host: Host, line: CommandLine, resources: Transferred = transferred): Promise<number> {
  return withBothArchives(host, line, 'source', resources.descriptions, (pairs) => verifyArchives(host, pairs));
}

/**
 * Compares the archives of two databases and prints what it finds.
 *
 * @param host - the process
 * @param pairs - of every resource the archive that is right, and the one that may differ
 * @returns the exit code; 1 where there is a difference
 */
export async function verifyArchives(host: Host, pairs: readonly ArchivePair[]): Promise<number> {
  let isSame = true;
  for (const { from, to } of pairs) {
    const { name } = from.resource;
    const counts = await from.counts();
    const progress = progressOf(host, `${name} and changes verified`, counts.rows + counts.changes);
    const { rows, changes, different, renumbered } = await verifyResource({
      from,
      to,
      onDifference: (id, what) => {
        progress.end();
        host.print(`${JSON.stringify(id)}\t${what}`);
      },
      onProgress: (done) => progress.report(done),
    });
    progress.end();
    if (renumbered > 0) {
      host.printError(`${grouped(renumbered)} ${name} have other positions: links that clients kept lead elsewhere`);
    }
    const verdict = different === 0 ? 'the same in both' : `${grouped(different)} differences`;
    host.printError(`verified ${grouped(rows)} ${name} and ${grouped(changes)} changes: ${verdict}`);
    if (different > 0) isSame = false;
  }
  return isSame ? 0 : 1;
}
