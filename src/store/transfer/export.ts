import type { Archive, ArchivedChange, ArchivedRow } from '../archive.js';
import type { Position } from '../types.js';

export interface ExportOptions {
  readonly archive: Archive;
  /** Whether to print every change instead of every row as it is now. */
  readonly isLog: boolean;
  /** Only what comes after this position. */
  readonly after: Position;
  /** Prints one as a line, without its end. */
  readonly print: (item: ArchivedRow<string> | ArchivedChange<string>) => string;
  /** Takes some whole lines; its promise holds the export back until there is room for more. */
  readonly write: (lines: string) => Promise<void>;
  /** Told how many lines are out. */
  readonly onProgress?: (lines: number) => void;
}

/**
 * Prints a resource as lines of JSON, in order.
 *
 * @returns how many lines there were
 * @throws what the archive and `write` throw
 */
export async function exportResource(options: ExportOptions): Promise<number> {
  const { archive, isLog, after, print, write, onProgress } = options;
  let lines = 0;
  for await (const batch of isLog ? archive.changes(after) : archive.rows(after)) {
    await write(batch.map((item) => `${print(item)}\n`).join(''));
    lines += batch.length;
    onProgress?.(lines);
  }
  return lines;
}
