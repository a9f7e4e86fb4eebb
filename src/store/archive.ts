import type { Change, ChangeKind, Idempotency, Position, Row } from './types.js';

/** A row with everything the store keeps of it, deleted ones included. */
export interface ArchivedRow<Column extends string> {
  readonly row: Row<Column>;
  /** The position of its creation, which is its place in lists. */
  readonly position: Position;
  readonly isDeleted: boolean;
}

/** A change with the key it was sent under, if there was one. */
export interface ArchivedChange<Column extends string> extends Change<Column> {
  readonly idempotency: Idempotency | null;
}

/**
 * What is put into an archive: a row as it is, which becomes one baseline change, or one change. Without a position it comes
 * after all that are there; without a time it happens now.
 */
export interface ArchiveEntry<Column extends string> {
  readonly what: 'row' | 'change';
  readonly kind: ChangeKind;
  readonly row: Row<Column>;
  readonly position: Position | null;
  readonly at: string | null;
  readonly isBaseline: boolean;
  readonly idempotency: Idempotency | null;
}

/** `same`: it was there already, with the same content; `differs`: what is there stays, and `reasons` say what is different. */
export type ArchiveOutcome =
  | { readonly outcome: 'written' }
  | { readonly outcome: 'same' }
  | { readonly outcome: 'differs'; readonly reasons: readonly string[] };

/** At most this number of rows, and about this much text, is sent at once; it bounds the memory, whatever the rows hold. */
export const ARCHIVE_BATCH = { rows: 1000, characters: 4 * 1024 * 1024 } as const;

/** What identifies a change among those of its row. */
export interface ChangeSubject {
  readonly kind: ChangeKind;
  readonly row: { readonly id: string; readonly version: number };
}

/** Of one row there is one change that leads to a version, and at most one that deletes it. */
export function changeIdentity({ kind, row: { id, version } }: ChangeSubject): string {
  return `${kind === 'deleted' ? 'deleted' : version} ${id}`;
}

export function charactersOf(row: Row<string>, columns: readonly string[]): number {
  let characters = row.id.length;
  for (const column of columns) characters += row[column]?.length ?? 0;
  return characters;
}

type ComparedRow<Column extends string> = Omit<ArchivedRow<Column>, 'position'>;

/** In what two rows of one id differ; their places in the order are not looked at. */
export function rowDifferences<Column extends string>(
  columns: readonly Column[],
  one: ComparedRow<Column>,
  other: ComparedRow<Column>,
): string[] {
  const found: string[] = [];
  if (one.row.version !== other.row.version) {
    found.push(`version ${other.row.version} instead of ${one.row.version}`);
  }
  if (one.isDeleted !== other.isDeleted) found.push(other.isDeleted ? 'deleted' : 'not deleted');
  for (const column of columns) if (one.row[column] !== other.row[column]) found.push(`different ${column}`);
  return found;
}

type ComparedChange<Column extends string> = Omit<ArchivedChange<Column>, 'position' | 'at'> & {
  readonly position: Position | null;
  readonly at: string | null;
};

/** In what two changes of one identity differ. A change that had to take another position may have a later time. */
export function changeDifferences<Column extends string>(
  columns: readonly Column[],
  one: ComparedChange<Column>,
  other: ComparedChange<Column>,
): string[] {
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

/** The log, for positions and times. */
export interface LogState {
  readonly last: bigint;
  readonly at: string;
}

/** What has to be done for a batch. */
export interface WritePlan {
  readonly outcomes: readonly ArchiveOutcome[];
  /** Rows to be put in, or to replace those with the same id. */
  readonly rows: readonly ArchivedRow<string>[];
  /** Each with the position of its row's creation. */
  readonly changes: readonly { readonly seq: Position; readonly change: ArchivedChange<string> }[];
  readonly last: Position;
  readonly at: string;
}

/** Works out what a batch changes. Everything in `stored` is brought up to date by it. */
export function planWrites(
  columns: readonly string[],
  batch: readonly ArchiveEntry<string>[],
  stored: {
    readonly log: LogState;
    readonly rows: Map<string, ArchivedRow<string>>;
    readonly changes: Map<string, ArchivedChange<string>>;
    readonly keys: Set<string>;
  },
  limit: bigint,
): WritePlan {
  const { rows, changes, keys } = stored;
  const written = new Map<string, ArchivedRow<string>>();
  const added: { readonly seq: Position; readonly change: ArchivedChange<string> }[] = [];
  const now = new Date().toISOString();
  let { last, at } = stored.log;

  function outcomeOf(entry: ArchiveEntry<string>): ArchiveOutcome {
    const { row, kind, idempotency } = entry;
    const known = rows.get(row.id);
    if (entry.what === 'row' && known) {
      return verdictOf(rowDifferences(columns, { row, isDeleted: kind === 'deleted' }, known));
    }
    const identity = changeIdentity(entry);
    const change = changes.get(identity);
    if (change) return verdictOf(changeDifferences(columns, entry, change));
    if (!follows(entry, known)) {
      return verdictOf([known ? 'does not follow the stored version' : 'does not begin a history']);
    }
    if (idempotency && keys.has(idempotency.key)) return verdictOf(['its idempotency key belongs to another change']);
    add(entry, identity, known);
    return { outcome: 'written' };
  }

  function add(entry: ArchiveEntry<string>, identity: string, known: ArchivedRow<string> | undefined): void {
    const { row, kind, isBaseline, idempotency } = entry;
    const wanted = entry.position === null ? 0n : BigInt(entry.position);
    last = wanted > last && wanted <= limit ? wanted : last + 1n;
    const wantedAt = entry.at ?? now;
    if (wantedAt > at) at = wantedAt;
    const change = { position: String(last), kind, at, row, isBaseline, idempotency };
    const archived = { row, position: known?.position ?? change.position, isDeleted: kind === 'deleted' };
    rows.set(row.id, archived);
    written.set(row.id, archived);
    changes.set(identity, change);
    added.push({ seq: archived.position, change });
    if (idempotency) keys.add(idempotency.key);
  }

  const outcomes = batch.map(outcomeOf);
  return { outcomes, rows: [...written.values()], changes: added, last: String(last), at };
}

/** Whether a change can come next in the history of its row. */
function follows({ kind, row, isBaseline }: ArchiveEntry<string>, known: ArchivedRow<string> | undefined): boolean {
  if (known === undefined) return isBaseline || kind === 'created';
  if (known.isDeleted || isBaseline || kind === 'created') return false;
  return row.version === known.row.version + (kind === 'updated' ? 1 : 0);
}

function verdictOf(reasons: readonly string[]): ArchiveOutcome {
  return reasons.length === 0 ? { outcome: 'same' } : { outcome: 'differs', reasons };
}
