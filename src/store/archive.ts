import type { Position, StoredPayment } from './repo.js';

/** A payment with everything a repository keeps of it, deleted ones included. */
export interface ArchivedPayment extends StoredPayment {
  /** Its place in the order of creation. */
  readonly position: Position;
  readonly deleted: boolean;
}

/** A payment to be put into an archive; without a position it comes behind all that are there. */
export interface ArchiveEntry extends StoredPayment {
  readonly position: Position | null;
  readonly deleted: boolean;
}

/** `same`: it was there already, with the same content; `differs`: its id is that of another payment, which stays. */
export type ArchiveOutcome =
  | { readonly outcome: 'written' }
  | { readonly outcome: 'same' }
  | { readonly outcome: 'differs'; readonly stored: ArchivedPayment };

/** The payments of a repository as they are stored, for moving them elsewhere. It serves nobody: `Repo` does. */
export interface PaymentArchive {
  /**
   * Every payment behind a position, deleted ones too, in order of creation; as they all were at one instant, however
   * long the walk takes. Nothing may be written through this archive meanwhile.
   */
  readAll(after: Position): AsyncIterable<readonly ArchivedPayment[]>;
  /** The payments with these ids, by id; one that was deleted is there as well. */
  find(ids: readonly string[]): Promise<ReadonlyMap<string, ArchivedPayment>>;
  /**
   * Puts payments in, all or none, and tells of each what became of it. Their order is kept: one whose position is not
   * behind the last there is gets the next instead, and no position given out afterwards is one of theirs.
   */
  write(batch: readonly ArchiveEntry[]): Promise<readonly ArchiveOutcome[]>;
  /** How many payments there are, deleted ones included. */
  count(): Promise<number>;
  close(): Promise<void>;
}

/** So many payments and so much text travel at once; it bounds the memory, whatever the payments hold. */
export const ARCHIVE_BATCH = { rows: 1000, characters: 4 * 1024 * 1024 } as const;

/** What has to be done for a batch. */
export interface WritePlan {
  readonly outcomes: readonly ArchiveOutcome[];
  readonly insertions: readonly ArchivedPayment[];
  /** The last position once they are in. */
  readonly last: bigint;
}

/**
 * Works out what a batch changes.
 *
 * @param batch - in order
 * @param stored - what is there of it, by id
 * @param last - the last position given out
 * @param limit - the greatest position that is kept; one beyond it would leave no room for the payments to come
 */
export function planWrites(
  batch: readonly ArchiveEntry[],
  stored: ReadonlyMap<string, ArchivedPayment>,
  last: bigint,
  limit: bigint,
): WritePlan {
  const known = new Map(stored);
  const insertions: ArchivedPayment[] = [];
  let place = last;
  const outcomes = batch.map((entry): ArchiveOutcome => {
    const found = known.get(entry.id);
    if (found) {
      return differences(entry, found).length === 0 ? { outcome: 'same' } : { outcome: 'differs', stored: found };
    }
    const wanted = entry.position === null ? 0n : BigInt(entry.position);
    place = wanted > place && wanted <= limit ? wanted : place + 1n;
    const insertion: ArchivedPayment = { ...entry, position: String(place) };
    known.set(entry.id, insertion);
    insertions.push(insertion);
    return { outcome: 'written' };
  });
  return { outcomes, insertions, last: place };
}

/**
 * In what two payments of one id differ; their places in the order are not looked at.
 *
 * @param one - a payment
 * @param other - the payment it is compared with
 * @returns a phrase for each difference, such as `version 2 instead of 3`; none where they are the same
 */
export function differences(one: Omit<ArchiveEntry, 'position'>, other: Omit<ArchiveEntry, 'position'>): string[] {
  const found: string[] = [];
  if (one.version !== other.version) found.push(`version ${other.version} instead of ${one.version}`);
  if (one.deleted !== other.deleted) found.push(other.deleted ? 'deleted' : 'not deleted');
  if (one.organisationId !== other.organisationId) found.push('another organisation_id');
  if (one.attributes !== other.attributes) found.push('other attributes');
  return found;
}
