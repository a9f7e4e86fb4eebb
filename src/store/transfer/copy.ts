import type { Archive } from '../archive.js';
import { ArchiveWriter, type TransferSummary } from './archive-writer.js';

interface CopyOptions {
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
 * @throws what the archives throw; what was written until then stays
 */
export async function copyResource({ from, to, onRejected, onProgress }: CopyOptions): Promise<TransferSummary> {
  const summary = { written: 0, same: 0, rejected: 0 };
  const writer = new ArchiveWriter({
    archive: to,
    summary,
    onRejected: ({ entry }, reason) => onRejected(entry.row.id, reason),
    onProgress,
  });
  for await (const batch of from.changes('0')) {
    for (const change of batch) await writer.add({ entry: { what: 'change', ...change } });
  }
  await writer.finish();
  return summary;
}
