import { verifyResource } from '../../store/transfer/verify.js';
import type { Command } from '../command-line.js';
import type { Host } from '../host.js';
import { type ArchivePair, withBothArchives } from './both-archives.js';
import { grouped, Progress } from './progress.js';

/** `verify`: compares two databases row by row and change by change, and prints every difference; 1 where there is one. */
export const verify: Command = (host, line) =>
  withBothArchives(host, line, 'source', (pairs) => verifyArchives(host, pairs));

/**
 * Compares the archives of two databases and prints what it finds.
 *
 * @param host - where it prints
 * @param pairs - of every resource the archive that is right, and the one that may differ
 * @returns the exit code
 */
export async function verifyArchives(host: Host, pairs: readonly ArchivePair[]): Promise<number> {
  let isSame = true;
  for (const { from, to } of pairs) {
    const { name } = from.resource;
    const counts = await from.counts();
    const progress = new Progress(host, `${name} and changes verified`, counts.rows + counts.changes);
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
