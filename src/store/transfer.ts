import { isUtf8 } from 'node:buffer';
import {
  ARCHIVE_BATCH,
  type ArchiveEntry,
  changeDifferences,
  changeIdentity,
  charactersOf,
  rowDifferences,
} from './archive.js';
import type { Archive } from './stored-archive.js';

interface TransferSummary {
  written: number;
  /** Stored already with the same content: a repeated transfer continues where the last one ended. */
  same: number;
  rejected: number;
}

interface TransferEvents<Place> {
  /** Called for an entry that cannot be stored, not always in order. */
  readonly onRejected: (place: Place, reason: string) => void;
  readonly onProgress?: (done: number) => void;
}

/** Collects entries, and writes them in batches. `add` resolves when there is room, `finish` when all are durable. */
function writerOf(
  archive: Archive,
  summary: TransferSummary,
  onRejected: (entry: ArchiveEntry, reason: string, place: number) => void,
  onProgress: (done: number) => void = () => {},
) {
  let batch: { readonly entry: ArchiveEntry; readonly place: number }[] = [];
  let characters = 0;

  async function finish(): Promise<void> {
    const full = batch;
    batch = [];
    characters = 0;
    if (full.length === 0) return;
    const results = await archive.write(full.map(({ entry }) => entry));
    for (const [index, { entry, place }] of full.entries()) {
      const result = results[index];
      if (result?.outcome === 'differs') {
        summary.rejected += 1;
        onRejected(entry, result.reasons.join(', '), place);
      } else if (result) summary[result.outcome] += 1;
    }
    onProgress(summary.written + summary.same + summary.rejected);
  }

  async function add(entry: ArchiveEntry, place = 0): Promise<void> {
    batch.push({ entry, place });
    characters += charactersOf(entry.row, archive.resource.columns);
    if (batch.length >= ARCHIVE_BATCH.rows || characters >= ARCHIVE_BATCH.characters) await finish();
  }

  return { add, finish };
}

/**
 * Copies all changes of a resource, byte for byte and in order, and thereby its rows and idempotency keys. A repeated
 * copy continues where the last one ended.
 *
 * @param events - `onRejected` gets the id of the row
 * @throws the archives' errors; earlier batches stay written
 */
export async function copyResource(
  from: Archive,
  to: Archive,
  { onRejected, onProgress }: TransferEvents<string>,
): Promise<TransferSummary> {
  const summary = { written: 0, same: 0, rejected: 0 };
  const writer = writerOf(to, summary, ({ row }, reason) => onRejected(row.id, reason), onProgress);
  for await (const batch of from.changes('0')) for (const change of batch) await writer.add(change);
  await writer.finish();
  return summary;
}

export type ParsedLine = { readonly resource: string; readonly entry: ArchiveEntry } | { readonly error: string };

interface ImportOptions extends TransferEvents<number> {
  readonly chunks: AsyncIterable<Uint8Array>;
  readonly archives: readonly Archive[];
  readonly parse: (line: string) => ParsedLine;
  readonly lineLimitBytes: number;
}

/**
 * Imports lines of JSON into archives, in batches. Each batch is durable before the next begins. Blank lines are
 * ignored. `onRejected` gets the number of the line.
 *
 * @throws errors of the archives and the chunks; earlier batches stay written
 */
export async function importLines(options: ImportOptions): Promise<TransferSummary> {
  const { chunks, archives, parse, lineLimitBytes, onRejected, onProgress } = options;
  const summary = { written: 0, same: 0, rejected: 0 };
  const reject = ({ row }: ArchiveEntry, reason: string, line: number) =>
    onRejected(line, `the id ${JSON.stringify(row.id)} is that of another row (${reason})`);
  const writers = new Map(
    archives.map((archive) => [archive.resource.name, writerOf(archive, summary, reject, onProgress)]),
  );
  for await (const { number, line } of readLines(chunks, lineLimitBytes)) {
    if (typeof line === 'string' && line.trim() === '') continue;
    const parsed = typeof line === 'string' ? parse(line) : line;
    if ('entry' in parsed) await writers.get(parsed.resource)?.add(parsed.entry, number);
    else {
      summary.rejected += 1;
      onRejected(number, parsed.error);
    }
  }
  for (const writer of writers.values()) await writer.finish();
  return summary;
}

/** Numbered from 1; an error instead of the text if it cannot be read. */
interface Line {
  readonly number: number;
  readonly line: string | { readonly error: string };
}

const LINE_FEED = 0x0a;
const BYTE_ORDER_MARK = '\uFEFF';

/**
 * Splits bytes into lines, with at most one line in memory.
 *
 * @param limitBytes - a longer line is skipped, and returned as an error
 * @returns all lines; the last one may lack a line end
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>, limitBytes: number): AsyncGenerator<Line> {
  let pieces: Uint8Array[] = [];
  let length = 0;
  let number = 0;

  function take(): Line {
    number += 1;
    const isTooLong = length > limitBytes;
    const bytes = Buffer.concat(pieces);
    pieces = [];
    length = 0;
    if (isTooLong) return { number, line: { error: `is longer than ${limitBytes} bytes` } };
    if (!isUtf8(bytes)) return { number, line: { error: 'is not UTF-8' } };
    const text = bytes.toString('utf8');
    return { number, line: number === 1 && text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text };
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

/**
 * Compares a resource in two databases: its rows with order, versions, deletion and columns byte for byte, and its
 * changes with order, times and keys.
 *
 * @param events - `onDifference` is called for a row or change that differs in `to`
 * @returns the number of rows and changes of `from`, of differences, and of `renumbered` changes: their order is the
 *   same, but their positions differ, so stored cursors lead elsewhere
 * @throws the archives' errors
 */
export async function verifyResource(
  from: Archive,
  to: Archive,
  { onDifference, onProgress }: { onDifference(id: string, what: string): void; onProgress?(compared: number): void },
) {
  const { columns } = from.resource;
  const summary = { rows: 0, changes: 0, different: 0, renumbered: 0 };
  /** The number found in `to`. Anything more there is surplus. */
  const known = { rows: 0, changes: 0 };
  let lastPosition = 0n;

  function note(id: string, differences: readonly string[]): void {
    if (differences.length === 0) return;
    summary.different += 1;
    onDifference(id, differences.join(', '));
  }

  /** Adds a difference in order to those of two corresponding entries. */
  function withOrder(other: { readonly position: string } | undefined, differences: readonly string[]) {
    if (!other) return ['missing'];
    const position = BigInt(other.position);
    if (position <= lastPosition) return [...differences, 'another position in the order'];
    lastPosition = position;
    return differences;
  }

  for await (const batch of from.rows('0')) {
    const found = await to.find(batch.map(({ row }) => row.id));
    known.rows += found.size;
    for (const one of batch) {
      const other = found.get(one.row.id);
      note(one.row.id, withOrder(other, other ? rowDifferences(columns, one, other) : []));
    }
    summary.rows += batch.length;
    onProgress?.(summary.rows);
  }

  lastPosition = 0n;
  for await (const batch of from.changes('0')) {
    const found = await to.findChanges(batch);
    known.changes += found.size;
    for (const one of batch) {
      const other = found.get(changeIdentity(one));
      const differences = withOrder(other, other ? changeDifferences(columns, one, other) : []);
      if (differences.length === 0 && other?.position !== one.position) summary.renumbered += 1;
      const named = differences.map((what) => `the change to version ${one.row.version}: ${what}`);
      note(one.row.id, named);
    }
    summary.changes += batch.length;
    onProgress?.(summary.rows + summary.changes);
  }

  const counts = await to.counts();
  if (counts.rows !== known.rows) {
    for await (const batch of to.rows('0')) {
      const others = await from.find(batch.map(({ row }) => row.id));
      for (const { row } of batch) if (!others.has(row.id)) note(row.id, ['surplus']);
    }
  }
  if (counts.changes !== known.changes) {
    for await (const batch of to.changes('0')) {
      const ids = batch.map(({ row }) => row.id);
      const [rows, others] = [await from.find(ids), await from.findChanges(batch)];
      const [ownRows, own] = [await to.find(ids), await to.findChanges(batch)];
      for (const change of batch) {
        const { id } = change.row;
        const identity = changeIdentity(change);
        // Of two with one identity, `findChanges` finds one.
        const isFound = others.has(identity) && (own.get(identity) ?? change).position === change.position;
        // The changes of a surplus row are not counted again.
        if (!isFound && (rows.has(id) || !ownRows.has(id))) note(id, ['a surplus change']);
      }
    }
  }
  return summary;
}
