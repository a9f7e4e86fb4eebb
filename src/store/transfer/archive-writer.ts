import { ARCHIVE_BATCH, type Archive, type ArchiveEntry, type ArchiveOutcome, charactersOf } from '../archive.js';

/** Collects entries into batches, of which one is being written while the next one fills. */
export interface ArchiveWriter<Item extends { readonly entry: ArchiveEntry<string> }> {
  /** Resolves when there is room for the next. */
  add(item: Item): Promise<void>;
  /** Resolves when everything is written. */
  finish(): Promise<void>;
}

/**
 * @param archive - where the entries go
 * @param onOutcome - told of each, in order, once its batch is durable
 */
export function createArchiveWriter<Item extends { readonly entry: ArchiveEntry<string> }>(
  archive: Archive,
  onOutcome: (item: Item, outcome: ArchiveOutcome) => void,
): ArchiveWriter<Item> {
  let batch: Item[] = [];
  let characters = 0;
  let inFlight: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    const items = batch;
    batch = [];
    characters = 0;
    await inFlight;
    inFlight = write(items);
    // It is awaited before the next batch; until then its failure must not count as one that nobody handles.
    inFlight.catch(() => {});
  }

  async function write(items: readonly Item[]): Promise<void> {
    const outcomes = await archive.write(items.map(({ entry }) => entry));
    items.forEach((item, index) => {
      const outcome = outcomes[index];
      if (outcome) onOutcome(item, outcome);
    });
  }

  return {
    async add(item) {
      batch.push(item);
      characters += charactersOf(item.entry.row, archive.resource.columns);
      if (batch.length >= ARCHIVE_BATCH.rows || characters >= ARCHIVE_BATCH.characters) await flush();
    },
    async finish() {
      if (batch.length > 0) await flush();
      await inFlight;
    },
  };
}

/** What became of the entries. */
export interface TransferSummary {
  readonly written: number;
  /** There already, with the same content: what is repeated continues where the last run ended. */
  readonly same: number;
  readonly rejected: number;
}

/** Counts outcomes. */
export class TransferCounter implements TransferSummary {
  written = 0;
  same = 0;
  rejected = 0;

  get total(): number {
    return this.written + this.same + this.rejected;
  }
}
