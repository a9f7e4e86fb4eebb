import type { PrimitiveValueExpression } from 'slonik';
import { deadlineExceeded, isExpired } from '../batch.js';
import type { ResourceTables } from '../tables.js';
import {
  type Change,
  type ChangesRequest,
  type Idempotency,
  LargeRow,
  type Page,
  type PageChange,
  type PageRequest,
  type PageRow,
  type Position,
  type Replay,
  type Row,
  StoreError,
} from '../types.js';
import type { QueryExecutor } from './connection/query-executor.js';
import { joined, positionIn, type Statement, type TokenText, withTokens } from './connection/statement.js';
import type { PendingCall } from './pending-calls.js';
import type {
  ChangePageText,
  ChangeText,
  KeyText,
  PageRowText,
  PageText,
  RowText,
  Statements,
  VersionPageText,
} from './statements.js';

/** A kind of read, of which many requests share one statement. */
export interface Read<Request, RowOf, Result> {
  readonly statement: Statement<RowOf>;
  /** The statement that also returns tokens, if reads have them. */
  readonly withTokens?: Statement<RowOf & TokenText>;
  /** Requests with the same key are read once. */
  readonly key: (request: Request) => string;
  readonly values: (requests: readonly Request[]) => readonly PrimitiveValueExpression[];
  /** The key of the request that a row belongs to; `keys` are those of all requests, in order. */
  readonly keyOf: (row: RowOf, keys: readonly string[]) => string;
  readonly result: (request: Request, rows: readonly RowOf[]) => Result;
}

export const STANDBY_LAG = 'standby_lag';

export interface ReadItem<Request> {
  readonly request: Request;
  readonly call: Pick<PendingCall, 'deadline' | 'abandoned' | 'consistency' | 'noteToken'>;
}

/**
 * Executes a batch of reads as one statement. Identical requests are read once.
 *
 * @param isStandby - whether the server may lack the change in a call's token
 * @returns a result for each, or the error of an expired call, or of one whose token the standby does not know
 * @throws Failure if the statement failed
 */
export async function executeReads<Request, RowOf, Result>(
  executor: QueryExecutor,
  read: Read<Request, RowOf, Result>,
  items: readonly ReadItem<Request>[],
  isStandby = false,
): Promise<readonly (Result | Error)[]> {
  let requests = new Map<string, Request>();
  const values = () => {
    const now = performance.now();
    const wanted = items.filter(({ call }) => !isExpired(call, now)).map(({ request }) => request);
    requests = new Map(wanted.map((request) => [read.key(request), request]));
    return requests.size === 0 ? null : read.values([...requests.values()]);
  };
  let rows: readonly RowOf[];
  let isBehind = (_item: ReadItem<Request>) => false;
  if (read.withTokens === undefined) rows = await executor.read(read.statement, values);
  else {
    const tokens = isStandby ? items.flatMap(({ call }) => call.consistency?.after ?? []) : [];
    const positions = [...new Set(tokens.map((token) => positionIn(token) ?? '0'))];
    const found = await executor.read(read.withTokens, () => {
      const own = values();
      return own && [...own, positions];
    });
    rows = found.filter((row) => row.found);
    const known = new Set(found[0]?.known_tokens?.split(' '));
    isBehind = ({ call }) => isStandby && call.consistency?.after.some((token) => !known.has(token)) === true;
    for (const { call } of items) call.noteToken(found[0]?.last_token);
  }
  const keys = [...requests.keys()];
  const found = new Map<string, RowOf[]>(keys.map((key) => [key, []]));
  for (const row of rows) found.get(read.keyOf(row, keys))?.push(row);
  return items.map((item) => {
    const own = found.get(read.key(item.request));
    if (own === undefined) return deadlineExceeded();
    return isBehind(item) ? standbyLags() : read.result(item.request, own);
  });
}

/** Reads rows as of the changes at these positions. */
export async function readRowsAt<Column extends string>(
  executor: QueryExecutor,
  statements: Statements,
  columns: readonly Column[],
  positions: readonly Position[],
): Promise<readonly Row<Column>[]> {
  const found = await executor.read(statements.rowsAt, () => [positions]);
  const rows = new Map(found.map((row) => [row.position, rowOf(columns, row)]));
  return positions.map((position) => {
    const row = rows.get(position);
    if (row === undefined) throw new StoreError('unavailable', 'the rows of a page were deleted before it was sent');
    return row;
  });
}

function standbyLags(): StoreError {
  return new StoreError('unavailable', 'the standby has not replayed the change that the token names', {
    reason: STANDBY_LAG,
  });
}

/** `tables` is given if calls have tokens. */
export function createReads<Column extends string>(
  statements: Statements,
  columns: readonly Column[],
  tables?: ResourceTables,
) {
  const own = <Request, RowOf, Result>(read: Read<Request, RowOf, Result>): Read<Request, RowOf, Result> =>
    tables === undefined ? read : { ...read, withTokens: withTokens(read.statement, tables) };

  const toPageRow = (row: PageRowText): PageRow<Column> => largeRow(row) ?? rowOf(columns, row);
  const toChange = <RowOf>({ position, kind, at, baseline }: ChangeText, row: RowOf): Change<Column, RowOf> => ({
    position,
    kind,
    at,
    row,
    isBaseline: baseline,
  });
  const toPageChange = (row: ChangePageText): PageChange<Column> => toChange(row, toPageRow(row));

  const finds: Read<string, RowText, Row<Column> | null> = {
    statement: statements.find,
    key: (id) => id,
    values: (ids) => [joined(ids)],
    keyOf: ({ id }) => id,
    result: (_id, [row]) => (row === undefined ? null : rowOf(columns, row)),
  };

  const keys: Read<Idempotency, KeyText, Replay<Column> | null> = {
    statement: statements.keys,
    key: ({ key }) => key,
    values: (requests) => [joined(requests.map(({ key }) => key))],
    keyOf: ({ idempotency_key: key }) => key,
    result: ({ fingerprint }, [row]) => {
      if (row === undefined) return null;
      return row.fingerprint === fingerprint
        ? { outcome: 'replayed', change: toChange(row, rowOf(columns, row)) }
        : { outcome: 'key_reused' };
    },
  };

  const list = (kind: PageRequest['kind'], isFiltered: boolean): Read<PageRequest, PageText, Page<Column>> => {
    const variants = { offset: statements.pageByOffset, after: statements.pageAfter, before: statements.pageBefore };
    return {
      statement: isFiltered ? variants[kind].filtered : variants[kind].all,
      key: (page) => `${startOf(page)} ${page.size} ${page.filter ?? ''}`,
      values: (pages) =>
        pageValues(
          pages.map((page) => ({ ...page, start: startOf(page) })),
          isFiltered,
        ),
      keyOf: keyAtPlace,
      result: ({ size }, rows) => {
        const live = rows.filter(({ seq }) => seq !== null).sort((a, b) => comparePositions(a.seq ?? '', b.seq ?? ''));
        if (kind === 'before') return { ...toPage(live.slice(-size)), hasEarlier: live.length > size };
        return { ...toPage(live), hasEarlier: rows[0]?.earlier ?? false };
      },
    };
  };

  const toPage = (rows: readonly PageText[]): Page<Column> => ({
    rows: rows.map(toPageRow),
    first: rows[0]?.seq ?? null,
    last: rows.at(-1)?.seq ?? null,
    hasEarlier: false,
  });

  const changes = (isFiltered: boolean): Read<ChangesRequest, ChangePageText, readonly PageChange<Column>[]> => ({
    statement: isFiltered ? statements.changes.filtered : statements.changes.all,
    key: ({ after, size, filter = '' }) => `${after} ${size} ${filter}`,
    values: (requests) =>
      pageValues(
        requests.map((request) => ({ ...request, start: request.after })),
        isFiltered,
      ),
    keyOf: keyAtPlace,
    result: (_request, rows) => inOrder(rows).map(toPageChange),
  });

  type VersionsRequest = Omit<ChangesRequest, 'filter'> & { readonly id: string };
  const versions: Read<VersionsRequest, VersionPageText, readonly PageChange<Column>[] | null> = {
    statement: statements.versions,
    key: ({ id, after, size }) => `${after} ${size} ${id}`,
    values: (requests) => [
      requests.map(({ after }) => after),
      requests.map(({ size }) => size),
      requests.map(({ id }) => id),
    ],
    keyOf: keyAtPlace,
    result: (_request, rows) => (rows[0]?.known === true ? inOrder(rows).map(toPageChange) : null),
  };

  return {
    finds: own(finds),
    keys: own(keys),
    list: (kind: PageRequest['kind'], isFiltered: boolean) => own(list(kind, isFiltered)),
    changes: (isFiltered: boolean) => own(changes(isFiltered)),
    versions: own(versions),
  };
}

/** `place` is the index of the page's request, from 1. */
function keyAtPlace({ place }: { readonly place: string }, keys: readonly string[]): string {
  return keys[Number(place) - 1] ?? '';
}

function pageValues(
  pages: readonly { readonly start: string | number; readonly size: number; readonly filter?: string | undefined }[],
  isFiltered: boolean,
): readonly PrimitiveValueExpression[] {
  const values = [pages.map(({ start }) => start), pages.map(({ size }) => size)];
  return isFiltered ? [...values, pages.map(({ filter = '' }) => filter)] : values;
}

function startOf(page: PageRequest): string | number {
  return page.kind === 'offset' ? page.from : page.position;
}

function largeRow({ id, version, large }: PageRowText): LargeRow | null {
  if (large === null) return null;
  const [position = '', bytes] = large.split(' ');
  return new LargeRow(id, Number(version), position, Number(bytes));
}

/** Compares bigints in decimal: by length first. */
function comparePositions(a: string, b: string): number {
  return a.length - b.length || (a < b ? -1 : 1);
}

/** The statement does not order rows across pages; an empty page has a row without a position. */
function inOrder<T extends { readonly position: string | null }>(rows: readonly T[]): readonly T[] {
  return rows
    .filter(({ position }) => position !== null)
    .sort((a, b) => comparePositions(a.position ?? '', b.position ?? ''));
}

function rowOf<Column extends string>(columns: readonly Column[], row: RowText): Row<Column> {
  const read: Record<string, unknown> = { id: row.id, version: Number(row.version) };
  for (const column of columns) read[column] = row[column];
  // The statement selects exactly these columns, all of them NOT NULL.
  return read as Row<Column>;
}
