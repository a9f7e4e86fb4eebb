import type { Archive, ArchiveEntry } from '../archive.js';
import { createArchiveWriter, TransferCounter, type TransferSummary } from './archive-writer.js';

export interface CopyOptions {
  readonly from: Archive;
  readonly to: Archive;
  /** Told of each change that cannot be taken over, and why; the id is that of its row. */
  readonly onRejected: (id: string, reason: string) => void;
  /** Told how many changes are dealt with. */
  readonly onProgress?: (changes: number) => void;
}

/**
 * Copies every change of a resource, byte for byte and in order, and so its rows and idempotency keys. Repeated, it
 * continues where the last run ended.
 *
 * @param options - where from, where to, and who is told
 * @throws what the archives throw; what was written until then stays
 */
export async function copyResource({ from, to, onRejected, onProgress }: CopyOptions): Promise<TransferSummary> {
  const counter = new TransferCounter();
  const writer = createArchiveWriter<{ readonly entry: ArchiveEntry<string> }>(to, ({ entry }, result) => {
    if (result.outcome === 'differs') {
      counter.rejected += 1;
      onRejected(entry.row.id, result.reasons.join(', '));
    } else counter[result.outcome] += 1;
    onProgress?.(counter.total);
  });
  for await (const batch of from.changes('0')) {
    for (const change of batch) await writer.add({ entry: { what: 'change', ...change } });
  }
  await writer.finish();
  return counter;
}
