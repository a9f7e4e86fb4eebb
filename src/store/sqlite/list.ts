import type { Page, PageRequest } from '../repo.js';
import { type PageRow, type Statements, toPayment } from './statements.js';

/**
 * One page of the live payments. For `after` two statements are needed, so the caller sees to it that both read the
 * same state of the database.
 *
 * @param statements - the prepared statements
 * @param request - which page
 */
export function listPage(statements: Statements, request: PageRequest): Page {
  switch (request.kind) {
    case 'offset': {
      const { from, size } = request;
      // Without anything to skip, the plain walk from the beginning is the cheaper statement.
      return toPage(from === 0 ? statements.pageAfter('0', size) : statements.pageAtOffset(from, size), false);
    }
    case 'after': {
      const { position, size } = request;
      return toPage(statements.pageAfter(position, size), position !== '0' && statements.existsUpTo(position));
    }
    case 'before': {
      // One row more than asked for tells whether there is an earlier one.
      const rows = statements.pageBefore(request.position, request.size + 1);
      const hasEarlier = rows.length > request.size;
      return toPage(rows.slice(0, request.size).reverse(), hasEarlier);
    }
  }
}

function toPage(rows: readonly PageRow[], hasEarlier: boolean): Page {
  const first = rows[0];
  const last = rows.at(-1);
  return {
    payments: rows.map((row) => toPayment(row[1], row[2], row[3], row[4])),
    first: first === undefined ? null : String(first[0]),
    last: last === undefined ? null : String(last[0]),
    hasEarlier,
  };
}
