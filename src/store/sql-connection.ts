import type { TableName, Tables } from './tables.js';

export type Cells = Readonly<Record<string, unknown>>;

/** Postgres's type of a column. Values are text, boolean, or RFC 3339. */
export type CellType = 'bigint' | 'text' | 'boolean' | 'timestamptz';

export type Columns = Readonly<Record<string, CellType>>;

/** To change the schema, to read (a `source`, which must exist and may be a standby), or to write (a `target`). */
export type Purpose = 'schema' | 'source' | 'target';

/** What migrations and archives need of a database. Statements have the parameters `$1`, `$2`, …. */
export interface SqlConnection {
  readonly tables: Tables;
  readonly dialect: SqlDialect;
  query(sql: string, values?: readonly unknown[]): Promise<readonly Cells[]>;
  /** Executes several statements. */
  script(sql: string): Promise<void>;
  /** Inserts rows; `onConflict` is the clause for those that exist. */
  insert(table: string, columns: Columns, rows: readonly Cells[], onConflict?: string): Promise<void>;
  hasTable(table: TableName): Promise<boolean>;
  /** Creates the history table and its schema if they are missing. */
  makeHistory(table: TableName): Promise<void>;
  /** @param log - the log whose writers are locked out; null takes the migration lock */
  transaction<T>(log: string | null, work: () => Promise<T>): Promise<T>;
  /** Equal for two connections to one database, however it is named. */
  identity(): Promise<string>;
  /** Converts an error of the database for the code that opens it. */
  toOpenError(error: unknown): unknown;
  close(): Promise<void>;
}

export interface SqlDialect {
  /** A list of texts as a parameter, and whether an expression is one of them. */
  readonly list: { value(texts: readonly string[]): unknown; has(expression: string, parameter: string): string };
  /** A time as a parameter, and an expression that reads one: RFC 3339 in UTC, with milliseconds. */
  readonly time: { value(at: string): unknown; read(column: string): string };
  /** When a migration was applied, in the same format. */
  readonly appliedAt: string;
  /** At most `$2` rows `p` with a `seq` after `$1`, in order. */
  rowsAfter(cells: string, rows: string, changes: string): string;
  /** Rows that `rowsAfter` misses, because they were written without the log. */
  readonly rowsPastLog?: (cells: string, rows: string, changes: string) => string;
  /** Joins changes `c` to their rows `p`. */
  readonly changesOfRows: string;
  /** Whether `changes` has the `seq` of the row. */
  readonly hasSeq: boolean;
  /** The largest accepted position, which leaves room for future ones. */
  readonly positionLimit: bigint;
}
