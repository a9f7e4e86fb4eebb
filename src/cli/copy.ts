import { copyPayments } from '../store/transfer/copy-payments.js';
import { withBothArchives } from './both-archives.js';
import type { Host } from './host.js';
import { createProgress, grouped } from './progress.js';
import { verifyArchives } from './verify.js';

/**
 * `copy`: moves the payments of one database into another one, byte for byte, and then compares both row by row.
 *
 * @param host - the process
 * @param argv - flags: `--from`, `--to`, and settings
 * @returns the exit code; 1 where a payment could not be copied or the databases differ
 */
export function copy(host: Host, argv: readonly string[]): Promise<number> {
  return withBothArchives(host, argv, 'target', async (from, to) => {
    const progress = createProgress({
      target: host.stderr(),
      unit: 'payments',
      total: await from.count(),
      now: host.now,
    });
    const { written, same, rejected } = await copyPayments({
      from,
      to,
      onRejected: (id, reason) => progress.say(`the id ${JSON.stringify(id)} is that of another payment (${reason})`),
      onProgress: progress.report,
    });
    progress.end();
    const parts = [`copied ${grouped(written)} payments`, `${grouped(same)} were there already`];
    host.printError(`${parts.join(', ')}, ${grouped(rejected)} rejected`);
    return await verifyArchives(host, from, to);
  });
}
