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
 * The parameters with what a double cannot hold replaced by what it comes to, the greatest page: links that repeat
 * them would name a number that nobody asked for.
 */
export function withExactNumbers<Query extends PageQuery>(query: Query, maxResults: number): Query {
  const { from = 0, size = 0, to = 0 } = query;
  if (Number.isSafeInteger(size) && Number.isSafeInteger(to)) return query;
  return { ...query, ...(size > 0 ? { size: maxResults } : { to: from + maxResults }) };
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
  links: Links,
  query: PageQuery,
  request: PageRequest,
  page: Page<PaymentColumn>,
  cursors: Cursors,
): { self: string; next: string; prev?: string } {
  const size = pageSize(query);
  const { organisation_id } = query;
  const self = links.page({ ...query });
  if (request.kind === 'offset') {
    const { from } = request;
    const next = links.page({ from: from + page.rows.length, size, organisation_id });
    if (from === 0) return { self, next };
    const before = Math.min(request.size, from);
    return { self, next, prev: links.page({ from: from - before, size: before, organisation_id }) };
  }
  const last = page.last ?? edgeOf(request);
  const next = links.page({ after: cursors.encode({ kind: 'after', position: last }), size, organisation_id });
  if (!page.hasEarlier) return { self, next };
  // An empty page has no first payment: what lies before it begins right after the place it was asked from.
  const first = page.first ?? (request.kind === 'after' ? String(BigInt(request.position) + 1n) : request.position);
  const after = cursors.encode({ kind: 'before', position: first });
  return { self, next, prev: links.page({ after, size, organisation_id }) };
}

/** Where an empty page leaves a walk: at the place it was asked from, or right before it when walking back. */
function edgeOf(request: Extract<PageRequest, { position: string }>): string {
  if (request.kind === 'after') return request.position;
  const before = BigInt(request.position) - 1n;
  return String(before < 0n ? 0n : before);
}

type Parameters = Readonly<Record<string, unknown>>;

export type Links = ReturnType<typeof createLinks>;

/** Text that needs no encoding in a URL (RFC 3986, section 2.3); to know that costs a tenth of encoding it. */
const UNRESERVED = /^[\w.~-]+$/;

/** Builds the absolute URLs that clients follow; parameters that are undefined are left out. */
export function createLinks(externalUrl: string, apiVersion: string) {
  const root = `${externalUrl}/${apiVersion}`;
  const payments = `${root}/payments`;
  const payment = (id: string) => `${payments}/${UNRESERVED.test(id) ? id : encodeURIComponent(id)}`;
  return {
    payment,
    /** Of a page of the list. */
    page: (parameters: Parameters) => payments + queryOf(parameters),
    /** Of a page of all changes. */
    changes: (parameters: Parameters) => `${root}/changes${queryOf(parameters)}`,
    /** Of a page of the changes of one payment. */
    versions: (id: string, parameters: Parameters) => `${payment(id)}/versions${queryOf(parameters)}`,
  };
}

function queryOf(parameters: Parameters): string {
  let query = '';
  for (const [name, value] of Object.entries(parameters)) {
    if (value === undefined) continue;
    const pairs = typeof value === 'object' ? pairsOf(name, value) : pairOf(name, value);
    if (pairs !== '') query += `${query === '' ? '?' : '&'}${pairs}`;
  }
  return query;
}

function pairOf(name: string, value: unknown): string {
  return `${name}=${encodeURIComponent(String(value))}`;
}

/** A parameter that somebody adds to the contract may be a list, written as the style `form` has it, or an object, as `deepObject`. */
function pairsOf(name: string, value: object | null): string {
  const isList = Array.isArray(value);
  return Object.entries(value ?? {})
    .map(([key, item]) => pairOf(isList ? name : encodeURIComponent(`${name}[${key}]`), textOf(item)))
    .join('&');
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
