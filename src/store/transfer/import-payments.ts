import type { RequestError } from '../../contract/types.js';
import { type ArchiveEntry, differences, type PaymentArchive } from '../archive.js';
import { createArchiveWriter } from './archive-writer.js';
import { readLines } from './lines.js';
import { type FindFaults, parsePaymentLine } from './payment-line.js';

export interface ImportOptions {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly archive: PaymentArchive;
  readonly findFaults: FindFaults;
  readonly lineLimitBytes: number;
  /** Told of each line that is not taken, and why; not always in the order of the lines. */
  readonly onRejected: (lineNumber: number, reason: string) => void;
  /** Told how many payments are dealt with. */
  readonly onProgress?: (payments: number) => void;
}

/** What became of the lines; blank ones are not counted. */
export interface ImportSummary {
  readonly written: number;
  /** There already, with the same content: an import that is repeated goes on where the last one ended. */
  readonly same: number;
  readonly rejected: number;
}

/**
 * Puts lines of JSON into an archive, in batches that are each durable before the one after the next begins.
 *
 * @param options - where from, where to, and who is told
 * @throws what the archive and the chunks throw; what was written until then stays
 */
export async function importPayments(options: ImportOptions): Promise<ImportSummary> {
  const { chunks, archive, findFaults, lineLimitBytes, onRejected, onProgress } = options;
  const summary = { written: 0, same: 0, rejected: 0 };

  function reject(lineNumber: number, reason: string): void {
    summary.rejected += 1;
    onRejected(lineNumber, reason);
  }

  const writer = createArchiveWriter<{ readonly entry: ArchiveEntry; readonly lineNumber: number }>(
    archive,
    ({ entry, lineNumber }, result) => {
      if (result.outcome === 'differs') {
        const what = differences(entry, result.stored).join(', ');
        reject(lineNumber, `the id ${JSON.stringify(entry.id)} is that of another payment (${what})`);
      } else summary[result.outcome] += 1;
      onProgress?.(summary.written + summary.same + summary.rejected);
    },
  );

  for await (const { number, text, fault } of readLines(chunks, lineLimitBytes)) {
    if (text === null) reject(number, fault ?? '');
    else if (text.trim() !== '') {
      const parsed = parsePaymentLine(text, findFaults);
      if ('faults' in parsed) reject(number, parsed.faults.map(phraseOf).join('; '));
      else await writer.add({ entry: parsed.entry, lineNumber: number });
    }
  }
  await writer.finish();
  return summary;
}

function phraseOf({ pointer, detail }: RequestError): string {
  return pointer === '' ? detail : `${pointer} ${detail}`;
}
