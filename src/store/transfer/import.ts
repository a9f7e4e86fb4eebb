import { isUtf8 } from 'node:buffer';
import type { Archive, ArchiveEntry } from '../archive.js';
import { ArchiveWriter, type TransferSummary } from './archive-writer.js';

/** What a line holds, or why it cannot be taken. */
export type ParsedLine =
  | { readonly resource: string; readonly entry: ArchiveEntry<string> }
  | { readonly error: string };

interface ImportOptions {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly archives: readonly Archive[];
  readonly parse: (line: string) => ParsedLine;
  readonly lineLimitBytes: number;
  /** Told of each line that is not taken, and why; not always in the order of the lines. */
  readonly onRejected: (lineNumber: number, reason: string) => void;
  /** Told how many lines are dealt with. */
  readonly onProgress?: (lines: number) => void;
}

/**
 * Puts lines of JSON into archives, in batches that are each durable before the one after the next begins. Blank lines are
 * not counted.
 *
 * @throws what the archives and the chunks throw; what was written until then stays
 */
export async function importLines(options: ImportOptions): Promise<TransferSummary> {
  const { chunks, archives, parse, lineLimitBytes, onRejected, onProgress } = options;
  const summary = { written: 0, same: 0, rejected: 0 };
  const writers = new Map(
    archives.map((archive) => [
      archive.resource.name,
      new ArchiveWriter<{ readonly entry: ArchiveEntry<string>; readonly number: number }>({
        archive,
        summary,
        onRejected: ({ entry, number }, reason) =>
          onRejected(number, `the id ${JSON.stringify(entry.row.id)} is that of another row (${reason})`),
        onProgress,
      }),
    ]),
  );
  for await (const { number, text, error } of readLines(chunks, lineLimitBytes)) {
    if (text?.trim() === '') continue;
    const parsed = text === null ? { error: error ?? '' } : parse(text);
    if ('entry' in parsed) await writers.get(parsed.resource)?.add({ entry: parsed.entry, number });
    else {
      summary.rejected += 1;
      onRejected(number, parsed.error);
    }
  }
  for (const writer of writers.values()) await writer.finish();
  return summary;
}

/** A line of a text, or why it cannot be one. */
interface Line {
  /** Counted from 1. */
  readonly number: number;
  readonly text: string | null;
  /** Null where there is a text. */
  readonly error: string | null;
}

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Splits bytes into lines, holding no more than one line at a time.
 *
 * @param limitBytes - a longer line is passed over, and told as an error
 * @returns every line, the last one with or without an end
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<Line> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let number = 0;

  function take(): Line {
    number += 1;
    const isTooLong = length > limitBytes;
    const bytes = pieces.length === 1 && pieces[0] ? pieces[0] : Buffer.concat(pieces);
    pieces = [];
    length = 0;
    if (isTooLong) return { number, text: null, error: `is longer than ${limitBytes} bytes` };
    if (!isUtf8(bytes)) return { number, text: null, error: 'is not UTF-8' };
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
    return { number, text: number === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text, error: null };
  }

  function keep(piece: Uint8Array): void {
    length += piece.length;
    if (length > limitBytes) pieces = [];
    else pieces.push(piece);
  }

  for await (const chunk of chunks) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      keep(chunk.subarray(start, end));
      start = end + 1;
      yield take();
    }
    if (start < chunk.length) keep(chunk.subarray(start));
  }
  if (length > 0) yield take();
}
