import type { OperationId } from '../contract/contract.js';
import { encodedLiteral } from '../contract/router.js';
import { type Cursors, createCursors } from '../store/cursor.js';
import type { TableName } from '../store/tables.js';
import type { Page, PageRequest } from '../store/types.js';
import { type PaymentColumn, payments } from './resource.js';

export type PaymentCursors = ReturnType<typeof createPaymentCursors>;

/**
 * The cursors of everything that can be walked through.
 *
 * @param table - where payments are kept: cursors of another table are no cursors here
 */
export function createPaymentCursors(table: TableName) {
  return {
    list: createCursors(payments.name, table, { acceptsEarlier: true }),
    changes: createCursors(`${payments.name}/changes`, table),
    /** Of the versions of one payment. */
    versions: (id: string) => createCursors(`${payments.name}/versions/${id}`, table),
  };
}

/** The parameters of a list, as the contract gives them. */
export interface PageQuery {
  readonly from?: number;
  readonly size?: number;
  readonly to?: number;
  readonly after?: string;
  readonly organisation_id?: string;
}

/**
 * What links have in place of numbers that no double can hold: what they come to.
 *
 * @param pageSize - of the page, which is the greatest then
 */
export function exactNumbers({ from, size = 0, to = 0 }: PageQuery, pageSize: number): Changed {
  if (!Number.isSafeInteger(size)) return { from, size: pageSize };
  return Number.isSafeInteger(to) ? {} : { from, to: (from ?? 0) + pageSize };
}

/**
 * How many payments the client asked for: by `size`, or by `to`, its deprecated alternative.
 *
 * @returns the number, before any cap; undefined if the client leaves it open
 */
export function pageSize({ from = 0, size, to }: PageQuery): number | undefined {
  return to === undefined ? size : to - from;
}

/** The page that a client asks for. */
export function pageRequestOf(query: PageQuery, maxResults: number, cursors: Cursors): PageRequest {
  const size = Math.min(pageSize(query) ?? maxResults, maxResults);
  const filter = query.organisation_id;
  if (query.from !== undefined) return { kind: 'offset', from: query.from, size, filter };
  const { kind, position } = (query.after === undefined ? null : cursors.decode(query.after)) ?? START;
  return { kind, position, size, filter };
}

const START = { kind: 'after', position: '0' } as const;

/** The position after which a client wants to continue. */
export function positionAfter(after: string | undefined, cursors: Cursors): string {
  return (after === undefined ? null : cursors.decode(after))?.position ?? START.position;
}

/**
 * The links of a page. A walk that began with `from` continues by offset; every other goes by cursor, whose cost does
 * not grow with depth. `next` is always there: after the last payment is the place to look again later.
 */
export function pageLinks(
  url: string,
  queryText: string,
  query: PageQuery,
  request: PageRequest,
  page: Page<PaymentColumn>,
  cursors: Cursors,
): { self: string; next: string; prev?: string } {
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
  const last = page.last ?? edgeOf(request);
  const next = linkTo(url, queryText, { after: cursors.encode({ kind: 'after', position: last }), ...size });
  if (!page.hasEarlier) return { self, next };
  // An empty page has no first payment: what lies before it begins right after the place it was asked from.
  const first = page.first ?? (request.kind === 'after' ? String(BigInt(request.position) + 1n) : request.position);
  const after = cursors.encode({ kind: 'before', position: first });
  return { self, next, prev: linkTo(url, queryText, { after, ...size }) };
}

/** Where an empty page leaves a walk: at the place it was asked from, or right before it when walking back. */
function edgeOf(request: Extract<PageRequest, { position: string }>): string {
  if (request.kind === 'after') return request.position;
  const before = BigInt(request.position) - 1n;
  return String(before < 0n ? 0n : before);
}

export type Links = ReturnType<typeof createLinks>;

/** Text that needs no encoding in a URL (RFC 3986, section 2.3); to know that costs half of encoding it. */
const UNRESERVED = /^[\w.~-]+$/;

/**
 * Builds the absolute URLs of what clients follow links to.
 *
 * @param pathOf - the path of an operation, as the contract has it
 */
export function createLinks(externalUrl: string, pathOf: (operationId: OperationId) => string) {
  const to = (operationId: OperationId) =>
    pathOf(operationId)
      .split(/\{[^}]*\}/)
      .map(encodedLiteral);
  function toOne(operationId: OperationId): (id: string) => string {
    const [before = '', after = ''] = to(operationId);
    return (id) => externalUrl + before + (UNRESERVED.test(id) ? id : encodeURIComponent(id)) + after;
  }
  return {
    payments: externalUrl + to('listPayments').join(''),
    payment: toOne('getPayment'),
    versions: toOne('listPaymentVersions'),
    changes: externalUrl + to('listChanges').join(''),
  };
}

/** Values of parameters, in place of what a client sent. */
type Changed = Readonly<Record<string, string | number | undefined>>;

/** What a query cannot hold as it is (RFC 3986, section 3.4), although a request may. */
const NOT_IN_QUERY = /[^\w.~!$&'()*+,;=:@/?%-]/g;

/**
 * A URL with the query that a client sent, so that it repeats every parameter that the contract has, whatever its style.
 *
 * @param queryText - a valid one, undecoded
 * @param changed - in place of what the client sent; undefined leaves a parameter out
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
