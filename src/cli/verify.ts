import type { PaymentArchive } from '../store/archive.js';
import { verifyPayments } from '../store/transfer/verify-payments.js';
import { withBothArchives } from './both-archives.js';
import type { Host } from './host.js';
import { createProgress, grouped } from './progress.js';

/**
 * `verify`: compares the payments of two databases row by row, and prints every difference.
 *
 * @param host - the process
 * @param argv - flags: `--from`, `--to`, and settings
 * @returns the exit code; 1 where there is a difference
 */
export function verify(host: Host, argv: readonly string[]): Promise<number> {
  return withBothArchives(host, argv, 'source', (from, to) => verifyArchives(host, from, to));
}

/**
 * Compares two archives and prints what it finds.
 *
 * @param host - the process
 * @param from - the archive that is right
 * @param to - the archive that may differ
 * @returns the exit code; 1 where there is a difference
 */
export async function verifyArchives(host: Host, from: PaymentArchive, to: PaymentArchive): Promise<number> {
  const progress = createProgress({
    target: host.stderr(),
    unit: 'payments verified',
    total: await from.count(),
    now: host.now,
  });
  const { compared, different, renumbered } = await verifyPayments({
    from,
    to,
    onDifference: (id, what) => {
      progress.end();
      host.print(`${JSON.stringify(id)}\t${what}`);
    },
    onProgress: progress.report,
  });
  progress.end();
  if (renumbered > 0) {
    host.printError(`${grouped(renumbered)} payments have other positions: links that clients kept lead elsewhere`);
  }
  const verdict = different === 0 ? 'the same in both' : `${grouped(different)} differences`;
  host.printError(`verified ${grouped(compared)} payments: ${verdict}`);
  return different === 0 ? 0 : 1;
}
