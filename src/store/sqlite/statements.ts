import type { Database, Statement } from 'better-sqlite3';
import { renderSql } from '../migrations/render.js';
import { type Cell, changeOf, rowOf } from '../rows.js';
import { type Tables, tableOf } from '../tables.js';
import {
  type Change,
  type ChangeKind,
  type CreateOutcome,
  type DeleteOutcome,
  type GuardRow,
  type Idempotency,
  type NewRow,
  type Rejection,
  type Replay,
  type ResourceDescription,
  type Row,
  StoreError,
  type UpdateOutcome,
} from '../types.js';
import type { ChangeLog } from './change-log.js';
import { isOwnError } from './errors.js';
import { sqliteSql } from './sql.js';

/** The writes of one resource, each a synchronous step of a transaction. */
export interface WriteStatements<Column extends string> {
  create(row: NewRow<Column>, idempotency: Idempotency | undefined): CreateOutcome<Column>;
  update(row: Row<Column>, idempotency: Idempotency | undefined): UpdateOutcome<Column>;
  delete(id: string, version: number, idempotency: Idempotency | undefined): DeleteOutcome<Column>;
  deleteAll(): void;
  replay(idempotency: Idempotency): Replay<Column> | null;
}

/**
 * Prepares the statements that write. Every write that succeeds adds its change in the same transaction.
 *
 * @param database - an open, migrated database
 * @param resource - what is written
 * @param tables - where all resources live
 * @param log - gives out the positions
 */
export function prepareWrites<Column extends string>(
  database: Database,
  resource: ResourceDescription<Column>,
  tables: Tables,
  log: ChangeLog,
): WriteStatements<Column> {
  const { columns } = resource;
  const sql = sqliteSql(resource, tableOf(tables, resource.name));
  const create = database.prepare<Cell[]>(sql.create);
  const updateAll = database.prepare<Cell[]>(sql.update);
  const updateFiltered = sql.updateFiltered === null ? null : database.prepare<Cell[]>(sql.updateFiltered);
  const remove = database.prepare<[number, string, number]>(sql.delete);
  const addChange = database.prepare<Cell[]>(sql.addChange);
  const addKeyedChange = database.prepare<Cell[]>(sql.addKeyedChange);
  const findVersion = database.prepare<[string], number>(sql.findVersion).pluck();
  const findAny = database.prepare<[string], Cell[]>(sql.findAny).raw();
  const changeOfKey = database.prepare<[string], [fingerprint: string, ...change: Cell[]]>(sql.changeOfKey).raw();
  const deleteRows = database.prepare<[]>(sql.deleteRows);
  const deleteChanges = database.prepare<[]>(sql.deleteChanges);
  const guard = prepareGuard(database, resource, tables);

  const { filter } = resource;
  const unfiltered = columns.filter((column) => column !== filter);

  /** @returns whether there was such a row */
  function update(position: number, row: Row<Column>, values: readonly Cell[]): boolean {
    const { id, version } = row;
    if (updateFiltered !== null && filter !== null) {
      const others = unfiltered.map((column) => row[column]);
      if (updateFiltered.run(position, ...others, id, version, row[filter]).changes === 1) return true;
    }
    return updateAll.run(position, ...values, id, version).changes === 1;
  }

  const valuesOf = (row: NewRow<Column>): string[] => columns.map((column) => row[column]);

  function replay({ key, fingerprint }: Idempotency): Replay<Column> | null {
    const found = changeOfKey.get(key);
    if (found === undefined) return null;
    const [storedFingerprint, ...change] = found;
    if (storedFingerprint !== fingerprint) return { outcome: 'key_reused' };
    return { outcome: 'replayed', change: changeOf(columns, change) };
  }

  /** Adds the change of a write that was just done. Where that fails, the write must not stay: all is rolled back. */
  function record(
    kind: ChangeKind,
    id: string,
    version: number,
    values: readonly Cell[],
    idempotency: Idempotency | undefined,
  ): void {
    const next = log.next();
    try {
      if (idempotency === undefined) addChange.run(next.last, kind, next.atMs, id, version, ...values);
      else {
        const { key, fingerprint } = idempotency;
        addKeyedChange.run(next.last, kind, next.atMs, key, fingerprint, id, version, ...values);
      }
    } catch (cause) {
      throw isOwnError(cause) ? new Error('a write could not be recorded as a change', { cause }) : cause;
    }
    log.take(next);
  }

  /** Why an update or a delete met no row. */
  function rejection(id: string, version: number): Rejection {
    const currentVersion = findVersion.get(id);
    if (currentVersion === undefined) return { outcome: 'not_found' };
    if (currentVersion === version) throw new StoreError('broken', 'the version of the row cannot grow any further');
    return { outcome: 'version_conflict', currentVersion };
  }

  return {
    replay,

    create(row, idempotency) {
      const known = idempotency && replay(idempotency);
      if (known) return known;
      if (guard !== null) {
        if (findAny.get(row.id) !== undefined) return { outcome: 'exists' };
        const verdict = guard(row);
        if (verdict !== null) return { outcome: 'rejected', verdict };
      }
      const values = valuesOf(row);
      const position = log.next().last;
      if (create.run(position, position, row.id, ...values).changes === 0) return { outcome: 'exists' };
      record('created', row.id, 0, values, idempotency);
      return { outcome: 'created' };
    },

    update(row, idempotency) {
      const known = idempotency && replay(idempotency);
      if (known) return known;
      const { id, version } = row;
      const values = valuesOf(row);
      // The greatest version a double holds exactly has no successor: such a row stays as it is.
      if (version >= Number.MAX_SAFE_INTEGER) return rejection(id, version);
      if (!update(log.next().last, row, values)) return rejection(id, version);
      record('updated', id, version + 1, values, idempotency);
      return { outcome: 'updated', version: version + 1 };
    },

    delete(id, version, idempotency) {
      const known = idempotency && replay(idempotency);
      if (known) return known;
      if (remove.run(log.next().last, id, version).changes === 0) return rejection(id, version);
      record('deleted', id, version, findAny.get(id)?.slice(2) ?? [], idempotency);
      return { outcome: 'deleted' };
    },

    deleteAll() {
      deleteRows.run();
      deleteChanges.run();
    },
  };
}

/** The guard as one function; null where the resource has none. */
function prepareGuard<Column extends string>(
  database: Database,
  { guard }: ResourceDescription<Column>,
  tables: Tables,
): ((row: NewRow<Column>) => string | null) | null {
  if (guard === undefined) return null;
  const query = database.prepare<string[], GuardRow>(renderSql(guard.sql.sqlite3, tables));
  return (row) => guard.decide(row, query.all(...guard.parameters(row)));
}

/** A row of a page. */
export type PageCells = [seq: number, ...row: Cell[]];

type PageStatement<Arguments extends unknown[]> = Statement<[...filter: string[], ...Arguments], PageCells>;

/** The pages of the live rows, or of those with one value of the filter column: then it is the first argument. */
export interface PageStatements {
  readonly atOffset: PageStatement<[after: bigint, size: number, skip: number]>;
  readonly after: PageStatement<[position: bigint, size: number]>;
  readonly before: PageStatement<[position: bigint, size: number]>;
  readonly existsUpTo: Statement<[...filter: string[], position: bigint], number>;
  readonly seqAt: Statement<[...filter: string[], after: bigint, skip: number], number>;
}

/**
 * Prepares the statements that read.
 *
 * @param database - an open, migrated database
 * @param resource - what is read
 * @param tables - where all resources live
 */
export function prepareReads<Column extends string>(
  database: Database,
  resource: ResourceDescription<Column>,
  tables: Tables,
) {
  const { columns } = resource;
  const sql = sqliteSql(resource, tableOf(tables, resource.name));
  const find = database.prepare<[string], Cell[]>(sql.find).raw();
  const changes = database.prepare<[bigint, number], Cell[]>(sql.changes).raw();
  const filteredChanges =
    sql.filteredChanges === null ? null : database.prepare<[string, bigint, number], Cell[]>(sql.filteredChanges).raw();
  const findSeq = database.prepare<[string], number>(sql.findSeq).pluck();
  const firstChange = database.prepare<[number], Cell[]>(sql.firstChange).raw();
  const laterChanges = database.prepare<[string, bigint, number], Cell[]>(sql.laterChanges).raw();
  const count = database.prepare<[], number>(sql.count).pluck();

  const toChange = (cells: readonly Cell[]): Change<Column> => changeOf(columns, cells);

  return {
    find(id: string): Row<Column> | null {
      const cells = find.get(id);
      return cells === undefined ? null : rowOf(columns, cells, 0);
    },

    changes(after: string, size: number, filter: string | undefined): Change<Column>[] {
      const position = BigInt(after);
      if (filter === undefined) return changes.all(position, size).map(toChange);
      return (filteredChanges?.all(filter, position, size) ?? []).map(toChange);
    },

    versions(id: string, after: string, size: number): Change<Column>[] | null {
      const seq = findSeq.get(id);
      if (seq === undefined) return null;
      const position = BigInt(after);
      const isFirstWanted = position < BigInt(seq);
      const first = isFirstWanted ? firstChange.all(seq) : [];
      const later = laterChanges.all(id, isFirstWanted ? BigInt(seq) : position, size - first.length);
      return [...first, ...later].map(toChange);
    },

    count: (): number => count.get() ?? 0,
    live: preparePages(database, sql.live),
    filtered: sql.filtered === null ? null : preparePages(database, sql.filtered),
  };
}

function preparePages(database: Database, sql: ReturnType<typeof sqliteSql>['live']): PageStatements {
  return {
    atOffset: database.prepare<[...string[], bigint, number, number], PageCells>(sql.atOffset).raw(),
    after: database.prepare<[...string[], bigint, number], PageCells>(sql.after).raw(),
    before: database.prepare<[...string[], bigint, number], PageCells>(sql.before).raw(),
    existsUpTo: database.prepare<[...string[], bigint], number>(sql.existsUpTo).pluck(),
    seqAt: database.prepare<[...string[], bigint, number], number>(sql.seqAt).pluck(),
  };
}
