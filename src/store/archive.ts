import type { Change, ChangeKind, Idempotency, Position, Row } from './types.js';

/** A row, which may be deleted, with its position. */
export interface ArchivedRow {
  readonly row: Row;
  /** The position of its creation, which orders lists. */
  readonly position: Position;
  readonly isDeleted: boolean;
}

/** With the idempotency key of its request. */
export interface ArchivedChange extends Change {
  readonly idempotency: Idempotency | null;
}

/** A change to write, or a row, which has no time and gets a baseline change. Without a position it is appended. */
export type ArchiveEntry = Omit<ArchivedChange, 'position' | 'at'> & {
  readonly position: Position | null;
  readonly at: string | null;
};

/** `same`: an identical entry exists. `differs`: the stored entry is kept, and `reasons` name the differences. */
export type ArchiveOutcome =
  | { readonly outcome: 'written' }
  | { readonly outcome: 'same' }
  | { readonly outcome: 'differs'; readonly reasons: readonly string[] };

export const ARCHIVE_BATCH = { rows: 1000, characters: 4 * 1024 * 1024 } as const;

/** Identifies a change within the history of its row. */
export interface ChangeSubject {
  readonly kind: ChangeKind;
  readonly row: { readonly id: string; readonly version: number };
}

/** A row has one change for each version, and at most one deletion. */
export function changeIdentity({ kind, row: { id, version } }: ChangeSubject): string {
  return `${kind === 'deleted' ? 'deleted' : version} ${id}`;
}

export function charactersOf(row: Row, columns: readonly string[]): number {
  let characters = row.id.length;
  for (const column of columns) characters += row[column]?.length ?? 0;
  return characters;
}

type ComparedRow = Omit<ArchivedRow, 'position'>;

/** The differences between two rows with the same id. Positions are not compared. */
export function rowDifferences(columns: readonly string[], one: ComparedRow, other: ComparedRow): string[] {
  const found: string[] = [];
  if (one.row.version !== other.row.version) {
    found.push(`version ${other.row.version} instead of ${one.row.version}`);
  }
  if (one.isDeleted !== other.isDeleted) found.push(other.isDeleted ? 'deleted' : 'not deleted');
  for (const column of columns) if (one.row[column] !== other.row[column]) found.push(`different ${column}`);
  return found;
}

/** A change that got another position may have a later time. */
export function changeDifferences(columns: readonly string[], one: ArchiveEntry, other: ArchiveEntry): string[] {
  const isDeleted = one.kind === 'deleted';
  const found = rowDifferences(columns, { row: one.row, isDeleted }, { row: other.row, isDeleted });
  if (one.kind !== other.kind) found.push(`${other.kind} instead of ${one.kind}`);
  if (one.isBaseline !== other.isBaseline) found.push(other.isBaseline ? 'a baseline' : 'no baseline');
  if (one.position === other.position && one.at !== other.at) found.push('another time');
  const { key, fingerprint } = one.idempotency ?? {};
  if (other.idempotency?.key !== key) found.push('another idempotency key');
  else if (other.idempotency?.fingerprint !== fingerprint) found.push('another fingerprint');
  return found;
}

/**
 * Plans the writes for a batch, and updates `stored` accordingly.
 *
 * @returns the outcomes, the new state of the log, and the changes. The last change of a row is the row's new state;
 *   `seq` is the position of the row's creation
 */
export function planWrites(
  columns: readonly string[],
  batch: readonly ArchiveEntry[],
  stored: {
    readonly log: { readonly last: bigint; readonly at: string };
    readonly rows: Map<string, ArchivedRow>;
    readonly changes: Map<string, ArchivedChange>;
    readonly keys: Set<string>;
  },
  limit: bigint,
) {
  const { rows, changes, keys } = stored;
  const added: { readonly seq: Position; readonly change: ArchivedChange }[] = [];
  const now = new Date().toISOString();
  let { last, at } = stored.log;

  function outcomeOf(entry: ArchiveEntry): ArchiveOutcome {
    const { row, kind, idempotency } = entry;
    const known = rows.get(row.id);
    if (entry.at === null && known) {
      return verdictOf(rowDifferences(columns, { row, isDeleted: kind === 'deleted' }, known));
    }
    const identity = changeIdentity(entry);
    const change = changes.get(identity);
    // It was stored with a later time if the log had one.
    const at = change && entry.at && change.at > entry.at ? change.at : entry.at;
    if (change) return verdictOf(changeDifferences(columns, { ...entry, at }, change));
    if (!follows(entry, known)) {
      return verdictOf([known ? 'does not follow the stored version' : 'does not begin a history']);
    }
    if (idempotency && keys.has(idempotency.key)) return verdictOf(['its idempotency key belongs to another change']);
    add(entry, identity, known);
    return { outcome: 'written' };
  }

  function add(entry: ArchiveEntry, identity: string, known: ArchivedRow | undefined): void {
    const { row, kind, isBaseline, idempotency } = entry;
    const wanted = entry.position === null ? 0n : BigInt(entry.position);
    last = wanted > last && wanted <= limit ? wanted : last + 1n;
    const wantedAt = entry.at ?? now;
    if (wantedAt > at) at = wantedAt;
    const change = { position: String(last), kind, at, row, isBaseline, idempotency };
    const archived = { row, position: known?.position ?? change.position, isDeleted: kind === 'deleted' };
    rows.set(row.id, archived);
    changes.set(identity, change);
    added.push({ seq: archived.position, change });
    if (idempotency) keys.add(idempotency.key);
  }

  const outcomes = batch.map(outcomeOf);
  return { outcomes, changes: added, last: String(last), at };
}

/** Whether a change may come next in the history of its row. */
function follows({ kind, row, isBaseline }: ArchiveEntry, known: ArchivedRow | undefined): boolean {
  if (known === undefined) return isBaseline || kind === 'created';
  if (known.isDeleted || isBaseline || kind === 'created') return false;
  return row.version === known.row.version + (kind === 'updated' ? 1 : 0);
}

function verdictOf(reasons: readonly string[]): ArchiveOutcome {
  return reasons.length === 0 ? { outcome: 'same' } : { outcome: 'differs', reasons };
}
