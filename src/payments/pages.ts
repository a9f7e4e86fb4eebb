import type { OperationId, Request, Schemas } from '../contract/contract.js';
import { encodedLiteral } from '../contract/router.js';
import { type Cursors, createCursors, MAX_POSITION } from '../store/cursor.js';
import type { TableName } from '../store/tables.js';
import type { Page, PageRequest } from '../store/types.js';
import { type PaymentColumn, payments } from './resource.js';

export type PaymentCursors = ReturnType<typeof createPaymentCursors>;

/** Cursors of other tables are invalid. Those of changes are their positions, which are the same with every filter. */
export function createPaymentCursors(table: TableName) {
  const unfiltered = createCursors(payments.name, table, { acceptsEarlier: true });
  return {
    /** A walk keeps its filter: with another one it would miss payments. */
    list: (filter: string | undefined) =>
      filter === undefined ? unfiltered : createCursors(`${payments.name}/of/${filter}`, table),
    changes: createCursors(`${payments.name}/changes`, table),
    /** The versions of one payment. */
    versions: (id: string) => createCursors(`${payments.name}/versions/${id}`, table),
  };
}

/** A contract without the parameters that links have does not compile. */
export type PageQuery = Pick<Request<'listPayments'>['query'], 'after' | 'size'> & {
  readonly from?: number;
  readonly to?: number;
  readonly organisation_id?: string;
};

/** Replaces parameters that a double cannot represent. `pageSize` is then the maximum. */
export function exactNumbers({ from, size = 0, to = 0 }: PageQuery, pageSize: number): Changed {
  if (!Number.isSafeInteger(size)) return { from, size: pageSize };
  return Number.isSafeInteger(to) ? {} : { from, to: (from ?? 0) + pageSize };
}

/** `size`, or the deprecated `to` minus `from`, uncapped; undefined if the client did not request one. */
export function pageSize({ from = 0, size, to }: PageQuery): number | undefined {
  return to === undefined ? size : to - from;
}

export function pageRequestOf(query: PageQuery, maxResults: number, cursors: Cursors): PageRequest {
  const size = Math.min(pageSize(query) ?? maxResults, maxResults);
  const filter = query.organisation_id;
  if (query.from !== undefined) return { kind: 'offset', from: query.from, size, filter };
  const { kind, position } = (query.after === undefined ? null : cursors.decode(query.after)) ?? START;
  return { kind, position, size, filter };
}

const START = { kind: 'after', position: '0' } as const;

export function positionAfter(after: string | undefined, cursors: Cursors): string {
  return (after === undefined ? null : cursors.decode(after))?.position ?? START.position;
}

/**
 * Paging that began with `from` continues by offset, otherwise by cursor, whose cost does not grow with depth. `next`
 * is always present: new payments will be there.
 */
export function pageLinks(
  url: string,
  queryText: string,
  query: PageQuery,
  request: PageRequest,
  page: Page<PaymentColumn>,
  cursors: Cursors,
): Schemas['PageLinks'] {
  const exact = exactNumbers(query, request.size);
  const size = query.to === undefined && !('size' in exact) ? {} : { to: undefined, size: request.size };
  const self = linkTo(url, queryText, exact);
  if (request.kind === 'offset') {
    const { from } = request;
    const next = linkTo(url, queryText, { from: from + page.rows.length, ...size });
    if (from === 0) return { self, next };
    const before = Math.min(request.size, from);
    return { self, next, prev: linkTo(url, queryText, { from: from - before, ...size, size: before }) };
  }
  // An empty page has no payments: its links start at the requested position.
  const last = page.last ?? (request.kind === 'after' ? request.position : beside(request.position, -1n));
  const next = linkTo(url, queryText, { after: cursors.encode({ kind: 'after', position: last }), ...size });
  if (!page.hasEarlier) return { self, next };
  const first = page.first ?? (request.kind === 'after' ? beside(request.position, 1n) : request.position);
  const after = cursors.encode({ kind: 'before', position: first });
  return { self, next, prev: linkTo(url, queryText, { after, ...size }) };
}

/** The next position in a direction, within the limits. */
function beside(position: string, step: bigint): string {
  const next = BigInt(position) + step;
  return String(next < 0n ? 0n : next > MAX_POSITION ? MAX_POSITION : next);
}

export type Links = ReturnType<typeof createLinks>;

export function createLinks(externalUrl: string, pathOf: (operationId: OperationId) => string) {
  const to = (operationId: OperationId) =>
    pathOf(operationId)
      .split(/\{[^}]*\}/)
      .map(encodedLiteral);
  function toOne(operationId: OperationId): (id: string) => string {
    const [before = '', after = ''] = to(operationId);
    return (id) => externalUrl + before + encodeURIComponent(id) + after;
  }
  return {
    payments: externalUrl + to('listPayments').join(''),
    payment: toOne('getPayment'),
    versions: toOne('listPaymentVersions'),
    changes: externalUrl + to('listChanges').join(''),
  };
}

/** New values of parameters, by name. */
type Changed = Readonly<Record<string, string | number | undefined>>;

/** Characters that a query must not contain (RFC 3986, section 3.4), although requests may. */
const NOT_IN_QUERY = /[^\w.~!$&'()*+,;=:@/?%-]/g;

/**
 * A URL with the client's query, so that it repeats every parameter in the contract, in any style.
 *
 * @param queryText - valid and undecoded
 * @param changed - replaces the client's values; undefined removes a parameter
 */
export function linkTo(url: string, queryText: string, changed: Changed): string {
  const pairs: string[] = [];
  for (const [name, value] of Object.entries(changed)) {
    if (value !== undefined) pairs.push(`${name}=${encodeURIComponent(value)}`);
  }
  for (const pair of queryText.split('&')) {
    if (pair !== '' && !Object.hasOwn(changed, nameOf(pair)))
      pairs.push(pair.replace(NOT_IN_QUERY, encodeURIComponent));
  }
  return pairs.length === 0 ? url : `${url}?${pairs.join('&')}`;
}

function nameOf(pair: string): string {
  const [name = ''] = pair.split('=', 1);
  return name.includes('%') ? String(new URLSearchParams(pair).keys().next().value) : name;
}
