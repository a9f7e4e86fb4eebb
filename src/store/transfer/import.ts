import type { Archive, ArchiveEntry } from '../archive.js';
import { type ArchiveWriter, createArchiveWriter, TransferCounter, type TransferSummary } from './archive-writer.js';
import { readLines } from './lines.js';

/** What a line holds, or why it cannot be taken. */
export type ParsedLine =
  | { readonly resource: string; readonly entry: ArchiveEntry<string> }
  | { readonly error: string };

export interface ImportOptions {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly archives: readonly Archive[];
  readonly parse: (line: string) => ParsedLine;
  readonly lineLimitBytes: number;
  /** Told of each line that is not taken, and why; not always in the order of the lines. */
  readonly onRejected: (lineNumber: number, reason: string) => void;
  /** Told how many lines are dealt with. */
  readonly onProgress?: (lines: number) => void;
}

interface Item {
  readonly entry: ArchiveEntry<string>;
  readonly lineNumber: number;
}

/**
 * Puts lines of JSON into archives, in batches that are each durable before the one after the next begins. Blank lines are
 * not counted.
 *
 * @param options - where from, where to, and who is told
 * @throws what the archives and the chunks throw; what was written until then stays
 */
export async function importLines(options: ImportOptions): Promise<TransferSummary> {
  const { chunks, archives, parse, lineLimitBytes, onRejected, onProgress } = options;
  const counter = new TransferCounter();

  function reject(lineNumber: number, reason: string): void {
    counter.rejected += 1;
    onRejected(lineNumber, reason);
  }

  const writers = new Map<string, ArchiveWriter<Item>>();
  for (const archive of archives) {
    const writer = createArchiveWriter<Item>(archive, ({ entry, lineNumber }, result) => {
      if (result.outcome === 'differs') {
        reject(
          lineNumber,
          `the id ${JSON.stringify(entry.row.id)} is that of another row (${result.reasons.join(', ')})`,
        );
      } else counter[result.outcome] += 1;
      onProgress?.(counter.total);
    });
    writers.set(archive.resource.name, writer);
  }

  async function take(text: string, lineNumber: number): Promise<void> {
    const parsed = parse(text);
    if ('error' in parsed) reject(lineNumber, parsed.error);
    else await writers.get(parsed.resource)?.add({ entry: parsed.entry, lineNumber });
  }

  for await (const { number, text, error } of readLines(chunks, lineLimitBytes)) {
    if (text === null) reject(number, error ?? '');
    else if (text.trim() !== '') await take(text, number);
  }
  for (const writer of writers.values()) await writer.finish();
  return counter;
}
