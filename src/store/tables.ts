import { createHash } from 'node:crypto';
import type { ColumnValue, NewRow, ResourceDescription } from './types.js';

/** An unquoted table name. Without a schema the database uses its default. */
export interface TableName {
  readonly schema: string | null;
  readonly table: string;
}

/** Postgres silently truncates longer identifiers. SQLite has no limit, but gets the same names. */
export const IDENTIFIER_LIMIT_BYTES = 63;

/** As in standard SQL. */
export function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** With its schema if it has one. */
export function quoteTable({ schema, table }: TableName): string {
  return schema === null ? quoteIdentifier(table) : `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/**
 * `<table>_<suffix>`, for example for an index. If that is too long for an identifier, the table's part is truncated
 * and a hash of the whole keeps the name unique.
 */
export function derivedName(table: string, suffix: string): string {
  const name = `${table}_${suffix}`;
  if (Buffer.byteLength(name) <= IDENTIFIER_LIMIT_BYTES) return name;
  const tail = `_${createHash('sha256').update(name).digest('hex').slice(0, 12)}_${suffix}`;
  const head = [...table];
  while (Buffer.byteLength(head.join('') + tail) > IDENTIFIER_LIMIT_BYTES) head.pop();
  return head.join('') + tail;
}

/** The table `<table>_<suffix>` in the same schema. */
export function tableBeside({ schema, table }: TableName, suffix: string): TableName {
  return { schema, table: derivedName(table, suffix) };
}

export interface ResourceTables {
  readonly rows: TableName;
  /** One row for each acknowledged write. */
  readonly changes: TableName;
  /** One row: the last position, and its time. */
  readonly log: TableName;
}

export type AnyResource = ResourceDescription<string>;

/** The tables of the resources, by name. Migrations that name no resource mean the first. */
export type Tables = ReadonlyMap<string, ResourceTables>;

export interface DatabaseOptions {
  readonly repo: 'sqlite3' | 'postgres';
  /** A file's path for SQLite (`:memory:` or '' for memory), a connection string for Postgres. */
  readonly repoUri: string;
  /** With a subfolder for each database. */
  readonly repoMigrations: string;
  /** The table of the first resource. */
  readonly repoTable: TableName;
}

/** All of them for Postgres only. */
export interface StoreOptions extends DatabaseOptions {
  /** At least 2. The sum over all processes must fit `max_connections`. */
  readonly repoPoolSize: number;
  /** The time after which the server cancels a statement. The response is waited for one second longer. */
  readonly repoStatementTimeoutMs: number;
  /** The connection string of a standby that serves reads. */
  readonly repoReadUri?: string | null;
}

/** The first has the configured name; the others are named like the resource, in the same schema. */
export function tablesOf(resources: readonly { readonly name: string }[], configured: TableName): Tables {
  const named = resources.map(({ name }, index): [string, ResourceTables] => [
    name,
    tablesBeside(index === 0 ? configured : { schema: configured.schema, table: name }),
  ]);
  return new Map(named);
}

/** The tables of a resource, whether it is opened or not. `name` is undefined for the first one. */
export function tableOf(tables: Tables, name: string | undefined): ResourceTables {
  const [first] = tables.values();
  if (first === undefined) throw new RangeError('a database is opened with at least one resource');
  if (name === undefined) return first;
  return tables.get(name) ?? tablesBeside({ schema: first.rows.schema, table: name });
}

function tablesBeside(rows: TableName): ResourceTables {
  return { rows, changes: tableBeside(rows, 'changes'), log: tableBeside(rows, 'log') };
}

export function textRow<Column extends string, Rest extends NewRow<Column, ColumnValue>>(
  columns: readonly Column[],
  row: Rest,
): Rest & { readonly [C in Column]: string } {
  return Object.assign({ ...row }, ...columns.map((column) => ({ [column]: String(row[column]) })));
}
