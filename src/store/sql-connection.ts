import type { TableName, Tables } from './tables.js';

export type Cells = Readonly<Record<string, unknown>>;

/** Postgres's name for what a column holds; values come as text, boolean, or RFC 3339. */
export type CellType = 'bigint' | 'text' | 'boolean' | 'timestamptz';

/** What is written of a table. */
export type Columns = Readonly<Record<string, CellType>>;

/**
 * A connection of its own to a database that is not served: to look at its schema or to change it, to read what is stored
 * (a `source`, which must be there already and may be a standby), or to put something in (a `target`).
 */
export type Purpose = 'schema' | 'source' | 'target';

/** What migrations and archives need of a database. In statements `$1`, `$2`, … stand for values. */
export interface SqlConnection {
  readonly tables: Tables;
  readonly dialect: SqlDialect;
  query(sql: string, values?: readonly unknown[]): Promise<readonly Cells[]>;
  /** Executes several statements. */
  script(sql: string): Promise<void>;
  /** Puts rows into a table; `onConflict` says what is done with those that are there already. */
  insert(table: string, columns: Columns, rows: readonly Cells[], onConflict?: string): Promise<void>;
  hasTable(table: TableName): Promise<boolean>;
  /** Makes the table that records migrations, and the schema it lives in, if they are missing. */
  makeHistory(table: TableName): Promise<void>;
  /**
   * Runs the work as a transaction, which waits for its turn.
   *
   * @param log - all writers of this log are kept out; null: all who migrate
   */
  transaction<T>(log: string | null, work: () => Promise<T>): Promise<T>;
  /** What an error of the database means for whoever opens it. */
  toOpenError(error: unknown): unknown;
  close(): Promise<void>;
}

/** What is written differently for each database. */
export interface SqlDialect {
  /** A list of texts as a value, and whether an expression is one of them. */
  readonly list: { value(texts: readonly string[]): unknown; has(expression: string, parameter: string): string };
  /** A time as a value, and what reads one: RFC 3339 in UTC, with milliseconds. */
  readonly time: { value(at: string): unknown; read(column: string): string };
  /** When a migration was applied, in the same form. */
  readonly appliedAt: string;
  /** All rows `p` whose `seq` is after `$1`, in order, at most `$2`. */
  rowsAfter(cells: string, rows: string, changes: string): string;
  /** Rows that `rowsAfter` does not give, because they were written past the log. */
  readonly rowsPastLog?: (cells: string, rows: string, changes: string) => string;
  /** Which changes `c` are of the rows `p`. */
  readonly changesOfRows: string;
  /** Whether `changes` has the `seq` of the row. */
  readonly hasSeq: boolean;
  /** The greatest position that is kept; one beyond it would leave no room for what is to come. */
  readonly positionLimit: bigint;
}
