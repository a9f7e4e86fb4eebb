import { ARCHIVE_BATCH, type ArchiveEntry, type ArchiveOutcome, type PaymentArchive } from '../archive.js';

/** Told of each payment once its batch is durable. */
export type OnOutcome<Item> = (item: Item, outcome: ArchiveOutcome) => void;

/** Collects payments into batches, of which one is being written while the next one fills. */
export interface ArchiveWriter<Item extends { readonly entry: ArchiveEntry }> {
  /** Resolves when there is room for the next. */
  add(item: Item): Promise<void>;
  /** Resolves when everything is written. */
  finish(): Promise<void>;
}

/**
 * @param archive - where the payments go
 * @param onOutcome - told of each, in order
 */
export function createArchiveWriter<Item extends { readonly entry: ArchiveEntry }>(
  archive: PaymentArchive,
  onOutcome: OnOutcome<Item>,
): ArchiveWriter<Item> {
  let batch: Item[] = [];
  let characters = 0;
  let underWay: Promise<void> = Promise.resolve();

  async function flush(): Promise<void> {
    const items = batch;
    batch = [];
    characters = 0;
    await underWay;
    underWay = write(items);
    // It is awaited before the next batch; until then its failure must not count as one that nobody handles.
    underWay.catch(() => {});
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
      characters += item.entry.attributes.length;
      if (batch.length >= ARCHIVE_BATCH.rows || characters >= ARCHIVE_BATCH.characters) await flush();
    },
    async finish() {
      if (batch.length > 0) await flush();
      await underWay;
    },
  };
}
