import {
  ARCHIVE_BATCH,
  type Archive,
  type ArchivedChange,
  type ArchivedRow,
  type ArchiveEntry,
  type ArchiveOutcome,
  type ChangeSubject,
  changeDifferences,
  changeIdentity,
  charactersOf,
  rowDifferences,
} from './archive.js';
import type { Position, ResourceDescription } from './types.js';

/** The log, for positions and times. */
export interface LogState {
  readonly last: Position;
  readonly at: string;
}

/** What has to be done for a batch. */
export interface WritePlan<Column extends string> extends LogState {
  readonly outcomes: readonly ArchiveOutcome[];
  /** Rows to be put in, or to replace those with the same id. */
  readonly rows: readonly ArchivedRow<Column>[];
  readonly changes: readonly ArchivedChange<Column>[];
}

/** What a database does for an archive. */
export interface ArchiveTables<Column extends string> {
  rowsAfter(position: Position, limit: number): Promise<ArchivedRow<Column>[]>;
  /** Rows after a position that `rowsAfter` does not give, because they were written past the log. */
  rowsPastLog?(position: Position): Promise<ArchivedRow<Column>[]>;
  changesAfter(position: Position, end: Position, limit: number): Promise<ArchivedChange<Column>[]>;
  findRows(ids: readonly string[]): Promise<ArchivedRow<Column>[]>;
  /** It may give others of the same rows as well. */
  findChanges(wanted: readonly ChangeSubject[]): Promise<ArchivedChange<Column>[]>;
  findChangesByKey(keys: readonly string[]): Promise<ArchivedChange<Column>[]>;
  readLog(): Promise<LogState>;
  counts(): Promise<{ readonly rows: number; readonly changes: number }>;
  /** Runs the work as a transaction that keeps all other writers out. */
  transaction<T>(work: () => Promise<T>): Promise<T>;
  put(plan: WritePlan<Column>): Promise<void>;
  /** The greatest position that is kept; one beyond it would leave no room for what is to come. */
  readonly positionLimit: bigint;
}

/** Few enough that rows of a megabyte each still fit into memory; later slices go by the size of the rows seen. */
const FIRST_SLICE_ROWS = 100;

/**
 * A resource as it is stored. It is read in slices by position, each a statement of its own: whoever reads slowly holds no
 * snapshot, for which the database would have to keep what others write meanwhile.
 */
export function createArchive<Column extends string>(
  resource: ResourceDescription<Column>,
  tables: ArchiveTables<Column>,
): Archive<Column> {
  const { columns } = resource;

  async function* slices<Item extends Pick<ArchivedRow<Column>, 'row' | 'position'>>(
    after: Position,
    read: (position: Position, limit: number) => Promise<Item[]>,
  ): AsyncGenerator<readonly Item[]> {
    let position = after;
    for (let limit = FIRST_SLICE_ROWS; ; ) {
      const slice = await read(position, limit);
      const last = slice.at(-1);
      if (last === undefined) return;
      yield slice;
      position = last.position;
      const characters = slice.reduce((sum, { row }) => sum + charactersOf(row, columns), 0);
      const fitting = Math.floor((ARCHIVE_BATCH.characters * slice.length) / Math.max(1, characters));
      limit = Math.max(1, Math.min(ARCHIVE_BATCH.rows, fitting));
    }
  }

  async function find(ids: readonly string[]): Promise<Map<string, ArchivedRow<Column>>> {
    return new Map((await tables.findRows(ids)).map((found) => [found.row.id, found]));
  }

  async function findChanges(wanted: readonly ChangeSubject[]): Promise<Map<string, ArchivedChange<Column>>> {
    const identities = new Set(wanted.map(changeIdentity));
    const found = (await tables.findChanges(wanted)).map((change) => [changeIdentity(change), change] as const);
    return new Map(found.filter(([identity]) => identities.has(identity)));
  }

  return {
    resource,
    async *rows(after) {
      yield* slices(after, (position, limit) => tables.rowsAfter(position, limit));
      const pastLog = (await tables.rowsPastLog?.(after)) ?? [];
      if (pastLog.length > 0) yield pastLog;
    },
    async *changes(after) {
      const { last } = await tables.readLog();
      yield* slices(after, (position, limit) => tables.changesAfter(position, last, limit));
    },
    find,
    findChanges,
    counts: () => tables.counts(),
    write: (batch) =>
      tables.transaction(async () => {
        const keys = batch.flatMap(({ idempotency }) => idempotency?.key ?? []);
        const stored = {
          log: await tables.readLog(),
          rows: await find(batch.map(({ row }) => row.id)),
          changes: await findChanges(batch),
          keys: new Set((await tables.findChangesByKey(keys)).map(({ idempotency }) => idempotency?.key ?? '')),
        };
        const plan = planWrites(columns, batch, stored, tables.positionLimit);
        await tables.put(plan);
        return plan.outcomes;
      }),
  };
}

/** Runs works one after another: a connection has one transaction at a time, whichever archives share it. */
export function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}

/** Works out what a batch changes. Everything in `stored` is brought up to date by it. */
function planWrites<Column extends string>(
  columns: readonly Column[],
  batch: readonly ArchiveEntry<Column>[],
  stored: {
    readonly log: LogState;
    readonly rows: Map<string, ArchivedRow<Column>>;
    readonly changes: Map<string, ArchivedChange<Column>>;
    readonly keys: Set<string>;
  },
  limit: bigint,
): WritePlan<Column> {
  const { rows, changes, keys } = stored;
  const written = new Map<string, ArchivedRow<Column>>();
  const added: ArchivedChange<Column>[] = [];
  const now = new Date().toISOString();
  let last = BigInt(stored.log.last);
  let { at } = stored.log;

  function outcomeOf(entry: ArchiveEntry<Column>): ArchiveOutcome {
    const { row, kind, idempotency } = entry;
    const known = rows.get(row.id);
    if (entry.what === 'row' && known) {
      return verdictOf(rowDifferences(columns, { row, isDeleted: kind === 'deleted' }, known));
    }
    const identity = changeIdentity(entry);
    const change = changes.get(identity);
    if (change) return verdictOf(changeDifferences(columns, entry, change));
    if (!follows(entry, known)) {
      return {
        outcome: 'differs',
        reasons: [known ? 'does not follow the stored version' : 'does not begin a history'],
      };
    }
    if (idempotency && keys.has(idempotency.key)) {
      return { outcome: 'differs', reasons: ['its idempotency key belongs to another change'] };
    }
    add(entry, identity, known);
    return { outcome: 'written' };
  }

  function add(entry: ArchiveEntry<Column>, identity: string, known: ArchivedRow<Column> | undefined): void {
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
    added.push(change);
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
