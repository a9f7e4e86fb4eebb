/**
 * Versioned rows, as either database keeps them. A resource describes its columns; everything else (optimistic locking,
 * pages, the log of changes, idempotency keys) is the same for all resources.
 */

/**
 * A position in the one order in which writes were committed: the decimal text of a positive 64-bit integer, without
 * gaps that a reader could miss. Text, because a double does not hold all of them. `'0'` comes before the first.
 */
export type Position = string;

/** The value of a column: text, or, of a large JSON text, its bytes in UTF-8. */
export type ColumnValue = string | Buffer;

/** A row that is to be created; it starts at version 0. */
export type NewRow<Column extends string, Value extends ColumnValue = string> = { readonly id: string } & {
  readonly [C in Column]: Value;
};

/** A row: its id, its version, and the resource's own columns. */
export type Row<Column extends string, Value extends ColumnValue = string> = NewRow<Column, Value> & {
  readonly version: number;
};

/**
 * A condition on other rows that must hold in the very transaction that creates a row. Creates of one resource that has
 * a guard run one after another, because its order of changes is locked first.
 */
export interface CreateGuard<Column extends string> {
  /**
   * A query for each database, with `$1`, `$2`, … (Postgres) or `?` (SQLite) for `parameters`. Every column it returns is
   * text. `{{table:refunds}}` stands for the quoted table of a resource, as in the migrations. Rows of other resources
   * that must not change before the commit are to be locked (`FOR SHARE`) on Postgres.
   */
  readonly sql: { readonly sqlite3: string; readonly postgres: string };
  parameters(row: NewRow<Column>): readonly string[];
  /** @returns null to let the row be created, else the reason, which becomes the outcome's `verdict` */
  decide(row: NewRow<Column>, found: readonly GuardRow[]): string | null;
}

export type GuardRow = Readonly<Record<string, string | null>>;

/** What the store has to know about a resource. */
export interface ResourceDescription<Column extends string> {
  /** In the plural, for example `orders`: the label in metrics, archives and commands, and the default name of the table. */
  readonly name: string;
  /** The resource's own columns, beside `id` and `version`, in the order in which archives print them. */
  readonly columns: readonly Column[];
  /** Those of `columns` that hold JSON, which archives print as it is; all others are printed as strings. */
  readonly jsonColumns: readonly Column[];
  /** Lists and feeds can be restricted to one value of this column; the migrations index it. */
  readonly filter: Column | null;
  /** What every row has in its JSON form and the table need not repeat, for example `{ type: 'Order' }`. */
  readonly constants: Readonly<Record<string, string>>;
  readonly guard?: CreateGuard<Column>;
}

/** A key under which the client sends one write, however often it repeats the request. */
export interface Idempotency {
  readonly key: string;
  /** A hash of the method, the target and the body: the same key with another hash is a client's error. */
  readonly fingerprint: string;
}

/**
 * A row that is too large to be read with its page. It is read by `rowsAt` when it is sent to the client, and is then what it
 * was when the page was read: a change is never changed.
 */
export class LargeRow {
  /**
   * @param position - of the change that made the row what it is
   * @param bytes - of its large columns
   */
  constructor(
    readonly id: string,
    readonly version: number,
    readonly position: Position,
    readonly bytes: number,
  ) {}
}

/** A row of a page. */
export type PageRow<Column extends string> = Row<Column> | LargeRow;

/** What a page holds of the large columns of its rows, bytes: all rows have the same share of it, and beyond that are `LargeRow`. */
export const PAGE_BYTES = 256 * 1024;

export type ChangeKind = 'created' | 'updated' | 'deleted';

/** One acknowledged write. */
export interface Change<Column extends string, RowOf = Row<Column>> {
  readonly position: Position;
  readonly kind: ChangeKind;
  /** RFC 3339 in UTC, with milliseconds; never decreases with the position. */
  readonly at: string;
  /** The row after the write; for a delete, the row that was deleted. */
  readonly row: RowOf;
  /** Whether it stands for everything that happened to a row before there was a log of changes. */
  readonly isBaseline: boolean;
}

/** A change on a page. */
export type PageChange<Column extends string> = Change<Column, PageRow<Column>>;

/** What becomes of a write whose idempotency key was used before. Nothing is written. */
export type Replay<Column extends string> =
  | { readonly outcome: 'replayed'; readonly change: Change<Column> }
  | { readonly outcome: 'key_reused' };

/** Why an update or a delete was rejected; `currentVersion` is the stored one at that instant. */
export type Rejection =
  | { readonly outcome: 'not_found' }
  | { readonly outcome: 'version_conflict'; readonly currentVersion: number };

export type CreateOutcome<Column extends string> =
  | { readonly outcome: 'created' }
  | { readonly outcome: 'exists' }
  | { readonly outcome: 'rejected'; readonly verdict: string }
  | Replay<Column>;

export type UpdateOutcome<Column extends string> =
  | { readonly outcome: 'updated'; readonly version: number }
  | Rejection
  | Replay<Column>;

export type DeleteOutcome<Column extends string> = { readonly outcome: 'deleted' } | Rejection | Replay<Column>;

/**
 * Which page of the list, always in order of creation: `offset` skips `from` rows; `after` begins after a position;
 * `before` has the last `size` rows before a position. `filter` is a value of the resource's filter column.
 */
export type PageRequest = (
  | { readonly kind: 'offset'; readonly from: number; readonly size: number }
  | { readonly kind: 'after'; readonly position: Position; readonly size: number }
  | { readonly kind: 'before'; readonly position: Position; readonly size: number }
) & { readonly filter?: string | undefined };

export interface Page<Column extends string> {
  readonly rows: readonly PageRow<Column>[];
  /** Positions of the first and the last row of the page; null on an empty page. */
  readonly first: Position | null;
  readonly last: Position | null;
  /**
   * Whether a live row exists before this page (before `first`; on an empty page, at or before the requested position for
   * `after`, before it for `before`). False for `offset`, whose pages do not need it.
   */
  readonly hasEarlier: boolean;
}

/** Which changes: at most `size` after a position, in order. */
export interface ChangesRequest {
  readonly after: Position;
  readonly size: number;
  readonly filter?: string | undefined;
}

/** What a request may expect to see, where standbys serve reads. */
export interface Consistency {
  /** Whether a standby may serve it. */
  standby: boolean;
  /** The tokens that the client sent: what they stand for must be visible. */
  readonly after: readonly string[];
  /** The token of what the request wrote, or has seen. Only the store changes it. */
  token: string | null;
}

/**
 * What a store needs to know of the request it works for, and what it reports back. One object a request, changed in place:
 * an `AbortSignal` would cost more than the query.
 */
export interface Call {
  /** Monotonic time (`performance.now()`, ms) after which nobody waits for the result any more. */
  readonly deadline: number;
  /** Set by the caller only, when it stopped waiting: work not yet sent is then dropped and certainly does not happen. */
  abandoned: boolean;
  /** Whether the client has closed its sending side. It may still read what there is, but nothing is waited for any more. */
  readonly hasLeft?: boolean;
  /** Writes that were sent and whose outcome is not known. Only the store changes it: up just before a write leaves, down when its outcome is known. */
  pendingWrites: number;
  /** Set where standbys serve reads. */
  readonly consistency?: Consistency | null;
  /** Told of the time in which the request waits for something that its client is shown, and uses nothing meanwhile. */
  idle?<T>(waiting: Promise<T>): Promise<T>;
}

/**
 * The rows of one resource. Every method is atomic; concurrent calls behave as if they came one after another, and a write
 * is durable before its promise resolves. Absence is a value, failure is a `StoreError`.
 */
export interface ResourceStore<Column extends string> {
  /** Creates a row at version 0. `exists`: the id is, or ever was, in use; letter case distinguishes ids. */
  create(row: NewRow<Column, ColumnValue>, call: Call, idempotency?: Idempotency): Promise<CreateOutcome<Column>>;
  /** The live row with this id, or null if there is none or it was deleted. */
  find(id: string, call: Call): Promise<Row<Column> | null>;
  /** The same; a large JSON text may come as its bytes. */
  findLarge(id: string, call: Call): Promise<Row<Column, ColumnValue> | null>;
  /** Replaces the columns and adds one to the version, if `row.version` is the stored one. */
  update(row: Row<Column, ColumnValue>, call: Call, idempotency?: Idempotency): Promise<UpdateOutcome<Column>>;
  /** Marks the row deleted, if `version` is the stored one. Its id is never reused. */
  delete(id: string, version: number, call: Call, idempotency?: Idempotency): Promise<DeleteOutcome<Column>>;
  /** One page of the live rows, in order of creation. */
  list(page: PageRequest, call: Call): Promise<Page<Column>>;
  /** One page of the changes, in the order in which they were committed. */
  changes(request: ChangesRequest, call: Call): Promise<readonly PageChange<Column>[]>;
  /** One page of the changes of one row, deleted or not; null if the id never existed. */
  versions(
    id: string,
    request: { readonly after: Position; readonly size: number },
    call: Call,
  ): Promise<readonly PageChange<Column>[] | null>;
  /**
   * Rows as the changes at these positions made them, in the order of `positions`. For those that are large: such reads come one
   * after another, so that all together take only a share of the process.
   *
   * @throws StoreError also if `deleteAll` forgot one
   */
  rowsAt(positions: readonly Position[], call: Call): Promise<readonly Row<Column>[]>;
  /** The same; large JSON texts may come as their bytes. */
  largeRowsAt(positions: readonly Position[], call: Call): Promise<readonly Row<Column, ColumnValue>[]>;
  /** What became of a key; null if no successful write used it. For handlers that would reject before they write. */
  replay(idempotency: Idempotency, call: Call): Promise<Replay<Column> | null>;
  /** The position of the last change, `'0'` if there is none. Cheap: those who wait for changes poll it. */
  lastPosition(call: Call): Promise<Position>;
  count(call: Call): Promise<number>;
  /** Forgets everything: rows, ids of deleted rows, changes and keys. Positions are never given out again. */
  deleteAll(call: Call): Promise<void>;
}

/** An open database with its resources. */
export interface Store {
  resource<Column extends string>(description: ResourceDescription<Column>): ResourceStore<Column>;
  /** Resolves when the database responds and can be written. */
  ping(call: Call): Promise<void>;
  /** Like `ping`, for the standby that serves reads; missing if there is none. */
  pingStandby?(call: Call): Promise<void>;
  /** Finishes what is in flight and closes the database. No method may be called afterwards. */
  close(): Promise<void>;
}

/**
 * - `unavailable`: the database is unreachable, or rejects the call for now; the call did not happen.
 * - `overloaded`: too much is waiting already; the call did not happen.
 * - `deadline_exceeded`: the call was abandoned, or its deadline passed, before it was sent; it did not happen.
 * - `outcome_unknown`: a write was sent and the connection broke before the result; it may have happened.
 * - `broken`: the database rejected it for a reason that waiting does not cure, for example a missing table.
 */
export type StoreErrorCode = 'unavailable' | 'overloaded' | 'deadline_exceeded' | 'outcome_unknown' | 'broken';

/** A failure of the store. `cause` holds the driver's own error, for the log and never for the client. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  /** The database's own code for what happened (a SQLSTATE, ECONNREFUSED, SQLITE_FULL), for the log. */
  readonly reason: string | null;

  /** @param options - `cause`: the driver's error; `reason`: its code */
  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly reason?: string } = {},
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : {});
    this.reason = options.reason ?? null;
  }
}

export interface PoolState {
  /** At work for a caller. */
  readonly active: number;
  readonly idle: number;
  readonly waiting: number;
}

/** Facts a store emits while it works, for metrics and logs; every property is optional to the listener. */
export interface StoreEvents {
  /** A batch was executed: which method of which resource (`orders.create`), how many calls shared it, how long it took (seconds). */
  batch?(operation: string, size: number, durationSeconds: number): void;
  /** A statement is tried again, for the reason named by the database's own code (SQLITE_BUSY, 40001, …). */
  retry?(reason: string): void;
  /** The circuit breaker changed its state. */
  breaker?(state: 'closed' | 'open' | 'half_open'): void;
  /** A call failed; `reason` is the database's code. */
  failure?(reason: string, message: string): void;
  /** Prepared statements are given up: a pooler loses them. `reason`: the server's code. */
  unnamed?(reason: string): void;
  /** A standby was asked: it served the read, or the primary did because the standby lagged or failed. */
  standby?(outcome: 'served' | 'lagging' | 'failed'): void;
  /** There is a write-ahead log beside the database, whose size can be read at any time. */
  writeAheadLog?(bytes: () => number): void;
  /** There is a pool of connections, whose state can be read at any time. */
  pool?(read: () => PoolState): void;
}

/** A store that cannot be opened as configured: waiting does not help, the settings or the files must change. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
}
