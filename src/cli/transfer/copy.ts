import { copyResource } from '../../store/transfer/copy.js';
import type { Command } from '../command-line.js';
import { withBothArchives } from './both-archives.js';
import { grouped, Progress } from './progress.js';
import { verifyArchives } from './verify.js';

/**
 * `copy`: copies everything in one database into another one, byte for byte, and then compares both. 1 where something
 * could not be copied or the databases differ.
 */
export const copy: Command = (host, line) =>
  withBothArchives(host, line, 'target', async (pairs) => {
    for (const { from, to } of pairs) {
      const { name } = from.resource;
      const progress = new Progress(host, `changes of ${name}`, (await from.counts()).changes);
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
