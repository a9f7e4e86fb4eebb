import { ARCHIVE_BATCH, type Archive, type ArchiveEntry, charactersOf } from '../archive.js';

/** An entry, with whatever says where it came from. */
interface Item {
  readonly entry: ArchiveEntry<string>;
}

/** What became of the entries of a transfer. */
export interface TransferSummary {
  written: number;
  /** There already, with the same content: what is repeated continues where the last run ended. */
  same: number;
  rejected: number;
}

export interface ArchiveWriterOptions<Own extends Item> {
  /** Where the entries go. */
  readonly archive: Archive;
  /** Counts them. */
  readonly summary: TransferSummary;
  /** Told of each entry that cannot be taken over, and why. */
  readonly onRejected: (item: Own, reason: string) => void;
  /** Told how many are dealt with. */
  readonly onProgress?: ((total: number) => void) | undefined;
}

/** Collects entries into batches, of which one is being written while the next one fills. */
export class ArchiveWriter<Own extends Item> {
  readonly #options: ArchiveWriterOptions<Own>;
  #batch: Own[] = [];
  #characters = 0;
  #inFlight: Promise<void> = Promise.resolve();

  constructor(options: ArchiveWriterOptions<Own>) {
    this.#options = options;
  }

  /** Resolves when there is room for the next. */
  async add(item: Own): Promise<void> {
    this.#batch.push(item);
    this.#characters += charactersOf(item.entry.row, this.#options.archive.resource.columns);
    if (this.#batch.length >= ARCHIVE_BATCH.rows || this.#characters >= ARCHIVE_BATCH.characters) await this.#flush();
  }

  /** Resolves when everything is durable. */
  async finish(): Promise<void> {
    if (this.#batch.length > 0) await this.#flush();
    await this.#inFlight;
  }

  async #flush(): Promise<void> {
    const items = this.#batch;
    this.#batch = [];
    this.#characters = 0;
    await this.#inFlight;
    this.#inFlight = this.#write(items);
    // It is awaited before the next batch; until then its failure must not count as one that nobody handles.
    this.#inFlight.catch(() => {});
  }

  async #write(items: readonly Own[]): Promise<void> {
    const { archive, summary, onRejected, onProgress } = this.#options;
    const results = await archive.write(items.map(({ entry }) => entry));
    for (const [index, item] of items.entries()) {
      const result = results[index];
      if (result?.outcome === 'differs') {
        summary.rejected += 1;
        onRejected(item, result.reasons.join(', '));
      } else if (result) summary[result.outcome] += 1;
      onProgress?.(summary.written + summary.same + summary.rejected);
    }
  }
}
