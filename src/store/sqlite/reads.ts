import { setImmediate as nextTurn } from 'node:timers/promises';
import { deadlineExceeded, isExpired } from '../batch.js';
import {
  type Call,
  type ChangesRequest,
  type ColumnValue,
  PAGE_BYTES,
  type Page,
  type PageChange,
  type PageRequest,
  type Position,
  type ResourceDescription,
  type Row,
  StoreError,
} from '../types.js';
import { type Cell, changeOf, pageRowOf, ROW_OF_CHANGE, rowOf, type SqliteStatements } from './statements.js';

/** Rows skipped in one slice, which blocks the event loop for about 0.3 ms. */
const SKIP_ROWS = 20_000;

export type OffsetRequest = Extract<PageRequest, { kind: 'offset' }>;

/** Whether the offset is so large that other requests should be served in between. */
export function isDeep(request: PageRequest): request is OffsetRequest {
  return request.kind === 'offset' && request.from > SKIP_ROWS;
}

/** Reads of more than one statement must run in a transaction if other processes may write. */
export function createReads<Column extends string>(
  { columns, jsonColumns, name }: ResourceDescription<Column>,
  statements: SqliteStatements,
) {
  const limitsOf = (size: number) => jsonColumns.map(() => Math.floor(PAGE_BYTES / Math.max(1, size)));

  const toChange = (cells: readonly Cell[]): PageChange<Column> =>
    changeOf(
      cells,
      pageRowOf(columns, cells, ROW_OF_CHANGE, ([position]) => String(position)),
    );

  type Filtered = Pick<PageRequest, 'filter'>;
  function pagesOf({ filter }: Filtered) {
    const pages = filter === undefined ? statements.all : statements.filtered;
    if (pages === null) throw new StoreError('broken', `${name} have no column to filter by`);
    return pages;
  }

  const filterOf = ({ filter }: Filtered) => (filter === undefined ? [] : [filter]);

  /** @param start - the position from which the offset counts */
  function list(request: PageRequest, start = 0n): Page<Column> {
    const { after, atOffset, before, existsUpTo } = pagesOf(request);
    const { size } = request;
    const filter = filterOf(request);
    const limits = limitsOf(size);
    switch (request.kind) {
      case 'offset': {
        // Without an offset, a plain range scan is cheaper.
        const { from } = request;
        return toPage(
          from === 0
            ? after.all(...limits, ...filter, start, size)
            : atOffset.all(...limits, ...filter, start, size, from),
        );
      }
      case 'after': {
        const position = BigInt(request.position);
        const rows = after.all(...limits, ...filter, position, size);
        return toPage(rows, position !== 0n && existsUpTo.get(...filter, position) === 1);
      }
      case 'before': {
        // One more row than requested shows whether there is an earlier one.
        const rows = before.all(...limits, ...filter, BigInt(request.position), size + 1);
        return toPage(rows.slice(0, size).reverse(), rows.length > size);
      }
    }
  }

  /** A row on a page begins with its seq, id and version. */
  function positionOfRow([seq, , version]: readonly Cell[]): Position {
    return String(statements.positionOf.get(Number(seq), Number(version)) ?? seq);
  }

  function toPage(cells: readonly Cell[][], hasEarlier = false): Page<Column> {
    const first = cells[0];
    const last = cells.at(-1);
    return {
      rows: cells.map((row) => pageRowOf(columns, row, 1, positionOfRow)),
      first: first === undefined ? null : String(first[0]),
      last: last === undefined ? null : String(last[0]),
      hasEarlier,
    };
  }

  return {
    find(id: string): Row<Column, ColumnValue> | null {
      const cells = statements.find.get(id);
      return cells === undefined ? null : rowOf(columns, cells, 0);
    },

    list,

    /** In slices, between which other requests are served. Each slice sees the rows at that moment. */
    async listDeep(request: OffsetRequest, call: Call): Promise<Page<Column>> {
      const { seqAt } = pagesOf(request);
      let start = 0n;
      let { from } = request;
      for (; from > SKIP_ROWS; from -= SKIP_ROWS) {
        const seq = seqAt.get(...filterOf(request), start, SKIP_ROWS - 1);
        if (seq === undefined) return { rows: [], first: null, last: null, hasEarlier: false };
        start = BigInt(seq);
        await nextTurn();
        if (isExpired(call, performance.now())) throw deadlineExceeded();
      }
      return list({ ...request, from }, start);
    },

    changes(request: ChangesRequest): PageChange<Column>[] {
      const { changes } = pagesOf(request);
      const { after, size } = request;
      return changes.all(...limitsOf(size), ...filterOf(request), BigInt(after), size).map(toChange);
    },

    versions(id: string, after: string, size: number): PageChange<Column>[] | null {
      const { findSeq, firstChange, laterChanges } = statements;
      const seq = findSeq.get(id);
      if (seq === undefined) return null;
      const position = BigInt(after);
      const limits = limitsOf(size);
      const isFirstWanted = position < BigInt(seq);
      const first = isFirstWanted ? firstChange.all(...limits, seq) : [];
      const later = laterChanges.all(...limits, seq, isFirstWanted ? BigInt(seq) : position, size - first.length);
      return [...first, ...later].map(toChange);
    },

    rowsAt: (positions: readonly Position[]): Row<Column, ColumnValue>[] =>
      positions.map((position) => {
        const cells = statements.rowAt.get(BigInt(position));
        if (cells === undefined)
          throw new StoreError('unavailable', 'the rows of a page were deleted before it was sent');
        return rowOf(columns, cells, 0);
      }),

    count: (): number => statements.count.get() ?? 0,
  };
}

/**
 * Reads whose result equal requests in succession share, such as a first page that many clients poll. A result is kept
 * only until the promises that are ready now have run. Until then no input is read, so no request can follow a write of
 * another process that the result lacks. A commit of this process drops it at once.
 */
export class SharedReads {
  /** Rises with each end. */
  #period = 0;

  /** @param read - its results must not be changed */
  of<Request, Result>(read: (request: Request) => Result): (request: Request) => Result {
    let last: { readonly key: string; readonly period: number; readonly result: Result } | null = null;
    return (request) => {
      const key = JSON.stringify(request);
      if (last?.key === key && last.period === this.#period) return last.result;
      const result = read(request);
      last = { key, period: this.#period, result };
      process.nextTick(() => this.forget());
      return result;
    };
  }

  forget(): void {
    this.#period += 1;
  }
}
