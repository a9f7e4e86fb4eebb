/**
 * A resource describes its columns; the rest (versions, pages, the log of changes, idempotency keys) is the same for
 * all.
 */

/**
 * The decimal text of a positive 64-bit integer, in commit order, without gaps that a reader could miss. Text, because
 * a double cannot hold all values. `'0'` is before the first.
 */
export type Position = string;

/** The value of a column: text, or a large JSON text's bytes in UTF-8. */
export type ColumnValue = string | Buffer;

/** No row has it: a write that expects it is rejected, or replayed. */
export const NO_VERSION = -1;

/** A row to create; it starts at version 0. */
export type NewRow<Column extends string = string, Value extends ColumnValue = string> = { readonly id: string } & {
  readonly [C in Column]: Value;
};

export type Row<Column extends string = string, Value extends ColumnValue = string> = NewRow<Column, Value> & {
  readonly version: number;
};

/**
 * A condition on other rows that must hold in the transaction that creates a row. Such creates run one after another,
 * because the log is locked first.
 */
export interface CreateGuard<Column extends string = string> {
  /**
   * A query for each database, with `$1`, `$2`, … (Postgres) or `?` (SQLite) for `parameters`. It must return only text
   * columns. `{{table:refunds}}` stands for the quoted table of a resource, as in the migrations. On Postgres it must
   * lock (`FOR SHARE`) the rows of other resources that must not change before the commit.
   */
  readonly sql: { readonly sqlite3: string; readonly postgres: string };
  parameters(row: NewRow<Column>): readonly string[];
  /** @returns null to accept the row, otherwise the reason, which becomes the outcome's `verdict` */
  decide(row: NewRow<Column>, found: readonly GuardRow[]): string | null;
}

export type GuardRow = Readonly<Record<string, string | null>>;

/** Names that archives and queries have for every resource: a column with one of them does not compile. */
type Reserved = Words<'resource order change place large earlier known found last_token known_tokens'>;
type Words<Text extends string> = Text extends `${infer First} ${infer Rest}` ? First | Words<Rest> : Text;

export interface ResourceDescription<Column extends string = string> {
  /** In the plural, for example `orders`: the label in metrics, archives and commands, and the default table name. */
  readonly name: string;
  /** The resource's own columns, besides `id` and `version`, in the order of archives. */
  readonly columns: readonly Column[] & { readonly [Name in Extract<Column, Reserved>]: never };
  /** The columns that hold JSON. Archives contain them unquoted. */
  readonly jsonColumns: readonly Column[];
  /** Lists and feeds can be filtered by this column; the migrations index it. */
  readonly filter: Column | null;
  /** Properties with the same value in every row, for example `{ type: 'Order' }`. They are not stored. */
  readonly constants: Readonly<Record<string, string>>;
  readonly guard?: CreateGuard<Column>;
}

/** The idempotency key of a write, the same in every repetition of the request. */
export interface Idempotency {
  readonly key: string;
  /** A hash of the method, the target and the body: the same key with another hash is a client error. */
  readonly fingerprint: string;
}

/** A row that is too large to be read with its page. `rowsAt` reads it later, unchanged: changes are immutable. */
export class LargeRow {
  /** @param bytes - of its large columns */
  constructor(
    readonly id: string,
    readonly version: number,
    readonly position: Position,
    readonly bytes: number,
  ) {}
}

export type PageRow<Column extends string = string> = Row<Column> | LargeRow;

/** The limit for the large columns of a page. All rows have an equal share; a row that exceeds it is a `LargeRow`. */
export const PAGE_BYTES = 256 * 1024;

export type ChangeKind = 'created' | 'updated' | 'deleted';

/** Reads it from the database. */
export function kindOf(cell: unknown): ChangeKind {
  return cell === 'created' || cell === 'updated' ? cell : 'deleted';
}

export interface Change<Column extends string = string, RowOf = Row<Column>> {
  readonly position: Position;
  readonly kind: ChangeKind;
  /** RFC 3339 in UTC, with milliseconds; never decreases with the position. */
  readonly at: string;
  /** The row after the write; for a delete, the deleted row. */
  readonly row: RowOf;
  /** Whether it stands for all changes of a row from before the log existed. */
  readonly isBaseline: boolean;
}

export type PageChange<Column extends string = string> = Change<Column, PageRow<Column>>;

/** The outcome of a write whose idempotency key was used before. Nothing is written. */
export type Replay<Column extends string = string> =
  | { readonly outcome: 'replayed'; readonly change: Change<Column> }
  | { readonly outcome: 'key_reused' };

/** Why an update or delete was rejected; `currentVersion` is the stored one at that moment. */
export type Rejection =
  | { readonly outcome: 'not_found' }
  | { readonly outcome: 'version_conflict'; readonly currentVersion: number };

export type CreateOutcome<Column extends string = string> =
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
 * A page of the list, in order of creation: `offset` skips `from` rows; `after` begins after a position; `before` has
 * the last `size` rows before a position. `filter` is a value of the filter column.
 */
export type PageRequest = (
  | { readonly kind: 'offset'; readonly from: number; readonly size: number }
  | { readonly kind: 'after'; readonly position: Position; readonly size: number }
  | { readonly kind: 'before'; readonly position: Position; readonly size: number }
) & { readonly filter?: string | undefined };

export interface Page<Column extends string = string> {
  readonly rows: readonly PageRow<Column>[];
  /** Positions of the first and last row; null on an empty page. */
  readonly first: Position | null;
  readonly last: Position | null;
  /**
   * Whether a live row exists before this page: before `first`; on an empty page, at or before the position (`after`)
   * or before it (`before`). Always false for `offset`, which does not need it.
   */
  readonly hasEarlier: boolean;
}

/** At most `size` changes after a position, in order. */
export interface ChangesRequest {
  readonly after: Position;
  readonly size: number;
  readonly filter?: string | undefined;
}

/** The read consistency of a request, if standbys serve reads. */
export interface Consistency {
  /** Whether a standby may serve it. */
  standby: boolean;
  /** The client's tokens; their changes must be visible. */
  readonly after: readonly string[];
  /** The token of the request's write, or of what it read. Only the store changes it. */
  token: string | null;
}

/** One object per request, changed in place: an `AbortSignal` would cost more than the query. */
export interface Call {
  /** Monotonic time (`performance.now()`) after which no caller waits for the result. */
  readonly deadline: number;
  /** Set by the caller when it stops waiting. Work that was not sent yet is then dropped and certainly not executed. */
  abandoned: boolean;
  /** Whether the client has closed its sending side. The call may still read available data, but must not wait. */
  readonly hasLeft?: boolean;
  /** The number of writes that were executed, or may have been; its client knows of none. Only the store changes it. */
  pendingWrites: number;
  readonly consistency?: Consistency | null;
  /** Called with waits that use no resources. */
  idle?<T>(waiting: Promise<T>): Promise<T>;
}

/**
 * Every method is atomic; concurrent calls are serialised, and a write is durable before its promise resolves. Absence
 * is a value, failure is a `StoreError`.
 */
export interface ResourceStore<Column extends string = string> {
  /** Creates a row at version 0. `exists`: the id is or was in use. Ids are case-sensitive. */
  create(row: NewRow<Column, ColumnValue>, call: Call, idempotency?: Idempotency): Promise<CreateOutcome<Column>>;
  /** The live row with this id, or null. A large JSON text may be returned as bytes. */
  find(id: string, call: Call): Promise<Row<Column, ColumnValue> | null>;
  /** Replaces the columns and increments the version, if `row.version` is the stored one. */
  update(row: Row<Column, ColumnValue>, call: Call, idempotency?: Idempotency): Promise<UpdateOutcome<Column>>;
  /** Marks the row deleted, if `version` is the stored one. Its id is never reused. */
  delete(id: string, version: number, call: Call, idempotency?: Idempotency): Promise<DeleteOutcome<Column>>;
  /** A page of the live rows, in order of creation. */
  list(page: PageRequest, call: Call): Promise<Page<Column>>;
  /** A page of the changes, in commit order. */
  changes(request: ChangesRequest, call: Call): Promise<readonly PageChange<Column>[]>;
  /** A page of the changes of one row, deleted or not; null if the id never existed. */
  versions(
    id: string,
    request: { readonly after: Position; readonly size: number },
    call: Call,
  ): Promise<readonly PageChange<Column>[] | null>;
  /**
   * Rows as of the changes at these positions, in the order of `positions`; large JSON texts may be returned as bytes.
   * For large rows: these reads run one at a time, so that together they take only a share of the process.
   *
   * @throws StoreError also if `deleteAll` removed one
   */
  rowsAt(positions: readonly Position[], call: Call): Promise<readonly Row<Column, ColumnValue>[]>;
  /** The position of the last change, `'0'` if there is none. Cheap: waiting requests poll it. */
  lastPosition(call: Call): Promise<Position>;
  count(call: Call): Promise<number>;
  /** Deletes everything: rows, ids of deleted rows, changes and keys. Positions are never reused. */
  deleteAll(call: Call): Promise<void>;
}

export interface Store {
  resource<Column extends string>(description: ResourceDescription<Column>): ResourceStore<Column>;
  /** Resolves if the database responds and is writable. */
  ping(call: Call): Promise<void>;
  /** Like `ping`, for the standby that serves reads; missing if there is none. */
  pingStandby?(call: Call): Promise<void>;
  /** Finishes what is in flight and closes the database. No method may be called afterwards. */
  close(): Promise<void>;
}

/**
 * - `unavailable`: the database is unreachable, or rejects the call for now; the call was not executed
 * - `overloaded`: too many calls are waiting; the call was not executed
 * - `deadline_exceeded`: the call was abandoned, or its deadline passed, before it was sent
 * - `outcome_unknown`: a write was sent and the connection broke before the result; it may have been executed
 * - `broken`: the database rejected it for a reason that waiting does not cure, for example a corrupt file
 */
export type StoreErrorCode = 'unavailable' | 'overloaded' | 'deadline_exceeded' | 'outcome_unknown' | 'broken';

/** A failure of the store. `cause` is the driver's error, for the log and never for the client. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  /** The database's own error code (a SQLSTATE, ECONNREFUSED, SQLITE_FULL), for the log. */
  readonly reason: string | null;

  constructor(
    readonly code: StoreErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly reason?: string | null } = {},
  ) {
    super(message, options);
    this.reason = options.reason ?? null;
  }
}

export interface StoreEvents {
  /** A batch was executed: the resource's method (`orders.create`), the number of calls, and the duration (seconds). */
  batch?(operation: string, size: number, durationSeconds: number): void;
  /** A statement is retried; `reason` is the database's code (SQLITE_BUSY, 40001, …). */
  retry?(reason: string): void;
  breaker?(state: 'closed' | 'open' | 'half_open'): void;
  /** A call failed; `reason` is the database's code. */
  failure?(reason: string, message: string): void;
  /** Prepared statements are disabled: a pooler loses them. `reason`: the server's code. */
  unnamed?(reason: string): void;
  /** A standby was tried: it served the read, or the primary did because the standby lagged or failed. */
  standby?(outcome: 'served' | 'lagging' | 'failed'): void;
  /** There is a write-ahead log, whose size can be read at any time. */
  writeAheadLog?(bytes: () => number): void;
  /** There is a pool of connections, whose state can be read at any time. */
  pool?(read: () => Readonly<Record<'active' | 'idle' | 'waiting', number>>): void;
}

/** A store cannot be opened as configured. Waiting does not help; the settings or the files must change. */
export class StoreOpenError extends Error {
  override readonly name = 'StoreOpenError';
}
