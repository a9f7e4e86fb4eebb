import type { PrimitiveValueExpression } from 'slonik';
import { deadlineExceeded, isExpired } from '../batch.js';
import type { AnyResource, ResourceTables } from '../tables.js';
import {
  type Change,
  type ChangesRequest,
  type ColumnValue,
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
import type { PendingCall } from './connection/pending-calls.js';
import type { QueryExecutor } from './connection/query-executor.js';
import { joined, type Statement } from './connection/statement.js';
import { positionIn, STANDBY_LAG, type TokenText, withTokens } from './standby.js';
import type { ChangePageText, ChangeText, KeyText, PageRowText, PageText, RowText, Statements } from './statements.js';

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

export interface ReadItem<Request> {
  readonly request: Request;
  readonly call: PendingCall;
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

/** Reads rows as of the changes at these positions. Their JSON texts become bytes at once, which V8 frees sooner. */
export async function readRowsAt(
  executor: QueryExecutor,
  statements: Statements,
  { columns, jsonColumns }: Pick<AnyResource, 'columns' | 'jsonColumns'>,
  positions: readonly Position[],
): Promise<readonly Row<string, ColumnValue>[]> {
  const found = await executor.read(statements.rowsAt, () => [positions]);
  const rows = new Map(
    found.map((row) => {
      const texts = rowOf(columns, row);
      const bytes = jsonColumns.map((column) => [column, Buffer.from(texts[column] ?? '')]);
      return [row.position, { ...texts, ...Object.fromEntries(bytes) }];
    }),
  );
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
export function createReads(statements: Statements, columns: readonly string[], tables?: ResourceTables) {
  const own = <Request, RowOf, Result>(read: Read<Request, RowOf, Result>): Read<Request, RowOf, Result> =>
    tables === undefined ? read : { ...read, withTokens: withTokens(read.statement, tables) };

  const toPageRow = (row: PageRowText): PageRow => largeRow(row) ?? rowOf(columns, row);
  const toChange = <RowOf>({ position, kind, at, baseline }: ChangeText, row: RowOf): Change<string, RowOf> => ({
    position,
    kind,
    at,
    row,
    isBaseline: baseline,
  });
  const changesIn = (rows: readonly ChangePageText[]): readonly PageChange[] =>
    inOrder(rows, ({ position }) => position).map((row) => toChange(row, toPageRow(row)));

  const finds = own<string, RowText, Row | null>({
    statement: statements.find,
    key: (id) => id,
    values: (ids) => [joined(ids)],
    keyOf: ({ id }) => id,
    result: (_id, [row]) => (row === undefined ? null : rowOf(columns, row)),
  });

  const keys = own<Idempotency, KeyText, Replay | null>({
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
  });

  const page = <Request extends PageOf, RowOf extends { readonly place: string }, Result>(
    statement: Statement<RowOf>,
    isFiltered: boolean,
    startOf: (request: Request) => string | number,
    result: Read<Request, RowOf, Result>['result'],
  ): Read<Request, RowOf, Result> =>
    own({
      statement,
      key: (request) => `${startOf(request)} ${request.size} ${request.filter ?? ''}`,
      values: (requests) => [
        requests.map(startOf),
        requests.map(({ size }) => size),
        ...(isFiltered ? [requests.map(({ filter = '' }) => filter)] : []),
      ],
      // `place` is the index of the page's request, from 1.
      keyOf: ({ place }, keys) => keys[Number(place) - 1] ?? '',
      result,
    });
  const pages = <Request extends PageOf, RowOf extends { readonly place: string }, Result>(
    { all, filtered }: Pages<RowOf>,
    ...rest: [startOf: (request: Request) => string | number, result: Read<Request, RowOf, Result>['result']]
  ) => ({ all: page(all, false, ...rest), filtered: page(filtered, true, ...rest) });

  const list = (statements: Pages<PageText>) =>
    pages(statements, startOf, ({ size }, rows): Page => {
      const found = inOrder(rows, ({ seq }) => seq);
      // Pages before a position have one row more if there is an earlier one.
      const shown = found.slice(-size);
      return {
        rows: shown.map(toPageRow),
        first: shown[0]?.seq ?? null,
        last: shown.at(-1)?.seq ?? null,
        hasEarlier: found.length > size || rows[0]?.earlier === true,
      };
    });

  const after = (request: ChangesRequest) => request.after;
  return {
    finds,
    keys,
    lists: {
      offset: list(statements.pageByOffset),
      after: list(statements.pageAfter),
      before: list(statements.pageBefore),
    },
    changes: pages(statements.changes, after, (_request, rows) => changesIn(rows)),
    /** `filter` is the row's id. */
    versions: page(statements.versions, true, after, (_request, rows) => (rows[0]?.known ? changesIn(rows) : null)),
  };
}

type PageOf = Pick<PageRequest, 'size' | 'filter'>;

interface Pages<RowOf> {
  readonly all: Statement<RowOf>;
  readonly filtered: Statement<RowOf>;
}

function startOf(page: PageRequest): string | number {
  return page.kind === 'offset' ? page.from : page.position;
}

function largeRow({ id, version, large }: PageRowText): LargeRow | null {
  if (large === null) return null;
  const [position = '', bytes] = large.split(' ');
  return new LargeRow(id, Number(version), position, Number(bytes));
}

/**
 * The statement does not order rows across pages. An empty page has a row without a position. Positions are bigints in
 * decimal, compared by length first.
 */
function inOrder<RowOf>(rows: readonly RowOf[], positionOf: (row: RowOf) => string | null): readonly RowOf[] {
  const placed = rows.flatMap((row) => {
    const position = positionOf(row);
    return position === null ? [] : [{ row, position }];
  });
  placed.sort((a, b) => a.position.length - b.position.length || (a.position < b.position ? -1 : 1));
  return placed.map(({ row }) => row);
}

function rowOf(columns: readonly string[], row: RowText): Row {
  const read: Record<string, unknown> = { id: row.id, version: Number(row.version) };
  for (const column of columns) read[column] = row[column];
  // The statement selects exactly these columns, all of them NOT NULL.
  return read as Row;
}
