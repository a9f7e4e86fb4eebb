import { copyResource } from '../../store/transfer/copy.js';
import type { CommandLine } from '../command-line.js';
import type { Host } from '../host.js';
import { withBothArchives } from './both-archives.js';
import { grouped, progressOf } from './progress.js';
import { type Transferred, transferred } from './resources.js';
import { verifyArchives } from './verify.js';

/**
 * `copy`: copies everything in one database into another one, byte for byte, and then compares both.
 *
 * @param host - the process
 * @param line - flags: `--from`, `--to`, and settings
 * @param resources - what is copied
 * @returns the exit code; 1 where something could not be copied or the databases differ
 */
export function copy(host: Host, line: CommandLine, resources: Transferred = transferred): Promise<number> {
  return withBothArchives(host, line, 'target', resources.descriptions, async (pairs) => {
    for (const { from, to } of pairs) {
      const { name } = from.resource;
      const total = (await from.counts()).changes;
      const progress = progressOf(host, `changes of ${name}`, total);
      const { written, same, rejected } = await copyResource({
        from,
        to,
        onRejected: (id, reason) =>
          progress.say(`${name}: the id ${JSON.stringify(id)} has another history (${reason})`),
        onProgress: (done) => progress.report(done),
      });
      progress.end();
      const parts = [`copied ${grouped(written)} changes of ${name}`, `${grouped(same)} were there already`];
      host.printError(`${parts.join(', ')}, ${grouped(rejected)} rejected`);
    }
    return await verifyArchives(host, pairs);
  });
}
