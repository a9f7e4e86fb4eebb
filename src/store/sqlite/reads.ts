import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { deadlineExceeded, isExpired } from '../batching/batch.js';
import { type Tables, tableOf } from '../tables.js';
import type { Call, Change, ChangesRequest, Page, PageRequest, ResourceDescription, Row } from '../types.js';
import { StoreError } from '../types.js';
import { type Cell, changeOf, rowOf } from './rows.js';
import { sqliteSql } from './sql.js';

/** Rows skipped in one go, some 0.3 ms in which the event loop stands still. */
const SKIP_ROWS = 20_000;
/** What is read of large rows in one go, some 1.5 ms. */
const SLICE_CHARACTERS = 1024 * 1024;

export type OffsetRequest = Extract<PageRequest, { kind: 'offset' }>;

/** Whether so much is skipped that others should be served in between. */
export function isDeep(request: PageRequest): request is OffsetRequest {
  return request.kind === 'offset' && request.from > SKIP_ROWS;
}

/**
 * Prepares the statements that read. What needs more than one statement is to be run in a transaction where other
 * processes may write.
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
  const { columns, name } = resource;
  const sql = sqliteSql(resource, tableOf(tables, name));
  const find = database.prepare<[string], Cell[]>(sql.find).raw();
  const changes = database.prepare<[bigint, number], Cell[]>(sql.changes).raw();
  const filteredChanges =
    sql.filteredChanges === null ? null : database.prepare<[string, bigint, number], Cell[]>(sql.filteredChanges).raw();
  const findSeq = database.prepare<[string], number>(sql.findSeq).pluck();
  const firstChange = database.prepare<[number], Cell[]>(sql.firstChange).raw();
  const laterChanges = database.prepare<[number, bigint, number], Cell[]>(sql.laterChanges).raw();
  const count = database.prepare<[], number>(sql.count).pluck();
  const live = preparePages(database, columns, sql.live);
  const filtered = sql.filtered && preparePages(database, columns, sql.filtered);

  const toChange = (cells: readonly Cell[]): Change<Column> => changeOf(columns, cells);

  function pagesOf({ filter }: PageRequest) {
    const pages = filter === undefined ? live : filtered;
    if (pages === null) throw new StoreError('broken', `${name} have no column to filter by`);
    return pages;
  }

  return {
    find(id: string): Row<Column> | null {
      const cells = find.get(id);
      return cells === undefined ? null : rowOf(columns, cells, 0);
    },

    /** @returns null where its rows are so large that the page should be read in slices */
    list: (request: PageRequest): Page<Column> | null => pagesOf(request).page(request),

    /**
     * A page by a deep offset, or of large rows, is counted and read in slices, between which other requests are served. Each
     * slice sees the rows as they are at that moment.
     */
    async listInSlices(request: PageRequest, call: Call): Promise<Page<Column>> {
      const pages = pagesOf(request);
      async function others(): Promise<void> {
        await nextTurn();
        if (isExpired(call, performance.now())) throw deadlineExceeded();
      }
      if (!isDeep(request)) return pages.inSlices(request, 0n, others);
      let start = 0n;
      let from = request.from;
      for (; from > SKIP_ROWS; from -= SKIP_ROWS) {
        const seq = pages.seqAfter(request, start, SKIP_ROWS);
        if (seq === undefined) return { rows: [], first: null, last: null, hasEarlier: false };
        start = BigInt(seq);
        await others();
      }
      return pages.inSlices({ ...request, from }, start, others);
    },

    changes({ after, size, filter }: ChangesRequest): Change<Column>[] {
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
      const later = laterChanges.all(seq, isFirstWanted ? BigInt(seq) : position, size - first.length);
      return [...first, ...later].map(toChange);
    },

    count: (): number => count.get() ?? 0,
  };
}

/** A row of a page. */
type PageCells = [seq: number, ...row: Cell[]];

/** The pages of the live rows, or of those with one value of the filter column: then that is the first argument. */
function preparePages<Column extends string>(
  database: Database,
  columns: readonly Column[],
  sql: ReturnType<typeof sqliteSql>['live'],
) {
  const atOffset = database.prepare<[...string[], bigint, number, number], PageCells>(sql.atOffset).raw();
  const after = database.prepare<[...string[], bigint, number], PageCells>(sql.after).raw();
  const before = database.prepare<[...string[], bigint, number], PageCells>(sql.before).raw();
  const existsUpTo = database.prepare<[...string[], bigint], number>(sql.existsUpTo).pluck();
  const seqsBefore = database.prepare<[...string[], bigint, number], number>(sql.seqsBefore).pluck();
  const seqAt = database.prepare<[...string[], bigint, number], number>(sql.seqAt).pluck();

  /** How many rows are read in one go: a whole page, unless rows were large lately. */
  let sliceRows = Number.POSITIVE_INFINITY;

  function read(cells: PageCells[]): PageCells[] {
    let characters = 0;
    for (const row of cells) for (const cell of row) if (typeof cell === 'string') characters += cell.length;
    if (characters > SLICE_CHARACTERS) sliceRows = Math.ceil((cells.length * SLICE_CHARACTERS) / characters);
    else if (characters < SLICE_CHARACTERS / 4) sliceRows *= 2;
    return cells;
  }

  /** @returns null where only a part of the page could be read in one go */
  function page(request: PageRequest): Page<Column> | null {
    const size = Math.min(request.size, sliceRows);
    const part = firstOf(request, size);
    if (part.rows.length < size || size === request.size) return part;
    // The rows of this page are small, though others were not.
    return sliceRows > size ? page(request) : null;
  }

  function firstOf(request: PageRequest, size: number): Page<Column> {
    const filter = filterOf(request);
    switch (request.kind) {
      case 'offset': {
        // Without anything to skip, the plain walk from the beginning is the cheaper statement.
        const { from } = request;
        return toPage(read(from === 0 ? after.all(...filter, 0n, size) : atOffset.all(...filter, 0n, size, from)));
      }
      case 'after': {
        const position = BigInt(request.position);
        const rows = read(after.all(...filter, position, size));
        return toPage(rows, position !== 0n && existsUpTo.get(...filter, position) === 1);
      }
      case 'before': {
        // One row more than asked for tells whether there is an earlier one.
        const rows = read(before.all(...filter, BigInt(request.position), size + 1));
        return toPage(rows.slice(0, size).reverse(), rows.length > size);
      }
    }
  }

  const filterOf = ({ filter }: PageRequest) => (filter === undefined ? [] : [filter]);

  function toPage(cells: readonly PageCells[], hasEarlier = false): Page<Column> {
    const first = cells[0];
    const last = cells.at(-1);
    return {
      rows: cells.map((row) => rowOf(columns, row, 1)),
      first: first === undefined ? null : String(first[0]),
      last: last === undefined ? null : String(last[0]),
      hasEarlier,
    };
  }

  return {
    page,

    /**
     * @param start - where an offset counts from
     * @param others - lets others be served
     */
    async inSlices(request: PageRequest, start: bigint, others: () => Promise<void>): Promise<Page<Column>> {
      const filter = filterOf(request);
      let { size } = request;
      let position = start;
      let skipped = 0;
      let hasEarlier = false;
      if (request.kind === 'offset') skipped = request.from;
      else position = BigInt(request.position);
      if (request.kind === 'after') hasEarlier = position !== 0n && existsUpTo.get(...filter, position) === 1;
      if (request.kind === 'before') {
        // Where the page begins; from there it is read forward.
        const seqs = seqsBefore.all(...filter, position, size + 1);
        hasEarlier = seqs.length > size;
        size = Math.min(size, seqs.length);
        position = BigInt(seqs[size - 1] ?? 1) - 1n;
      }
      const cells: PageCells[] = [];
      while (cells.length < size) {
        const wanted = Math.min(size - cells.length, sliceRows);
        const rows = read(
          skipped === 0 ? after.all(...filter, position, wanted) : atOffset.all(...filter, position, wanted, skipped),
        );
        cells.push(...rows);
        if (rows.length < wanted) break;
        skipped = 0;
        position = BigInt(rows.at(-1)?.[0] ?? 0);
        await others();
      }
      // A row of the page may have been deleted meanwhile; those from the cursor on are no part of it.
      const end = request.kind === 'before' ? BigInt(request.position) : null;
      return toPage(end === null ? cells : cells.filter(([seq]) => BigInt(seq) < end), hasEarlier);
    },

    /** The seq of the row that comes a number of rows after a place, if there is one. */
    seqAfter: (request: PageRequest, start: bigint, rows: number) => seqAt.get(...filterOf(request), start, rows - 1),
  };
}
