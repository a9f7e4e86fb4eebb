import { setImmediate as nextTurn } from 'node:timers/promises';
import { deadlineExceeded, isExpired } from '../batch.js';
import { rowOf } from '../rows.js';
import type { Call, Page, PageRequest } from '../types.js';
import type { PageCells, PageStatements } from './statements.js';

/** Rows skipped in one go, some 0.3 ms in which the event loop stands still. */
const SKIP_ROWS = 20_000;

/** Whether so much is skipped that others should be served in between. */
export function isDeep(request: PageRequest): request is Extract<PageRequest, { kind: 'offset' }> {
  return request.kind === 'offset' && request.from > SKIP_ROWS;
}

/**
 * One page of the live rows. Some need two statements, so the caller sees to it that both read the same state of the database.
 *
 * @param columns - of the resource
 * @param statements - of the live rows, or of those with one value of the filter column
 * @param request - which page
 * @param start - where the offset counts from
 */
export function readPage<Column extends string>(
  columns: readonly Column[],
  statements: PageStatements,
  request: PageRequest,
  start = 0n,
): Page<Column> {
  const { size } = request;
  const filter = request.filter === undefined ? [] : [request.filter];
  switch (request.kind) {
    case 'offset': {
      // Without anything to skip, the plain walk from the beginning is the cheaper statement.
      const { from } = request;
      const { after, atOffset } = statements;
      return toPage(
        columns,
        from === 0 ? after.all(...filter, start, size) : atOffset.all(...filter, start, size, from),
        false,
      );
    }
    case 'after': {
      const position = BigInt(request.position);
      const rows = statements.after.all(...filter, position, size);
      return toPage(columns, rows, position !== 0n && statements.existsUpTo.get(...filter, position) === 1);
    }
    case 'before': {
      // One row more than asked for tells whether there is an earlier one.
      const rows = statements.before.all(...filter, BigInt(request.position), size + 1);
      return toPage(columns, rows.slice(0, size).reverse(), rows.length > size);
    }
  }
}

/**
 * A page by a deep offset: what is skipped is counted in slices, between which other requests are served. Each slice sees the
 * rows as they are then, which is all that an offset can promise between two pages.
 *
 * @param columns - of the resource
 * @param statements - see `readPage`
 * @param request - which page
 * @param call - for whom
 */
export async function readDeepPage<Column extends string>(
  columns: readonly Column[],
  statements: PageStatements,
  request: Extract<PageRequest, { kind: 'offset' }>,
  call: Call,
): Promise<Page<Column>> {
  const filter = request.filter === undefined ? [] : [request.filter];
  let start = 0n;
  let from = request.from;
  for (; from > SKIP_ROWS; from -= SKIP_ROWS) {
    const seq = statements.seqAt.get(...filter, start, SKIP_ROWS - 1);
    if (seq === undefined) return toPage(columns, [], false);
    start = BigInt(seq);
    await nextTurn();
    if (isExpired(call, performance.now())) throw deadlineExceeded();
  }
  return readPage(columns, statements, { ...request, from }, start);
}

function toPage<Column extends string>(
  columns: readonly Column[],
  cells: readonly PageCells[],
  hasEarlier: boolean,
): Page<Column> {
  const first = cells[0];
  const last = cells.at(-1);
  return {
    rows: cells.map((row) => rowOf(columns, row, 1)),
    first: first === undefined ? null : String(first[0]),
    last: last === undefined ? null : String(last[0]),
    hasEarlier,
  };
}
