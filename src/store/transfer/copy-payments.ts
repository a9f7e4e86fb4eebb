import { type ArchivedPayment, differences, type PaymentArchive } from '../archive.js';
import { createArchiveWriter } from './archive-writer.js';

export interface CopyOptions {
  readonly from: PaymentArchive;
  readonly to: PaymentArchive;
  /** Told of each payment whose id is that of another one in `to`, and how they differ. */
  readonly onRejected: (id: string, reason: string) => void;
  /** Told how many payments are dealt with. */
  readonly onProgress?: (payments: number) => void;
}

/** What became of the payments. */
export interface CopySummary {
  readonly written: number;
  /** There already, with the same content. */
  readonly same: number;
  readonly rejected: number;
}

/**
 * Copies every payment as it is stored, byte for byte and in order. Repeated, it goes on where the last one ended.
 *
 * @param options - where from, where to, and who is told
 * @throws what the archives throw; what was written until then stays
 */
export async function copyPayments({ from, to, onRejected, onProgress }: CopyOptions): Promise<CopySummary> {
  const summary = { written: 0, same: 0, rejected: 0 };
  const writer = createArchiveWriter<{ readonly entry: ArchivedPayment }>(to, ({ entry }, result) => {
    if (result.outcome === 'differs') {
      summary.rejected += 1;
      onRejected(entry.id, differences(entry, result.stored).join(', '));
    } else summary[result.outcome] += 1;
    onProgress?.(summary.written + summary.same + summary.rejected);
  });
  for await (const batch of from.readAll('0')) {
    for (const entry of batch) await writer.add({ entry });
  }
  await writer.finish();
  return summary;
}
