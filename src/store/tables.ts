import { derivedName, type TableName } from './migrations/identifier.js';
import type { ColumnValue, NewRow, ResourceDescription } from './types.js';

export interface ResourceTables {
  readonly rows: TableName;
  /** One row for each acknowledged write. */
  readonly changes: TableName;
  /** One row: the last position given out, and when. */
  readonly log: TableName;
}

/** Any resource, where its columns do not matter. */
export type AnyResource = ResourceDescription<string>;

/** Where the resources live, by name. The first is the one that the migrations mean where they name none. */
export type Tables = ReadonlyMap<string, ResourceTables>;

/** A database, and what is kept there. */
export interface DatabasePlace {
  /** A file's path for SQLite (`:memory:`, or nothing, for this process's memory), a connection string for Postgres. */
  readonly uri: string;
  /** The table of the first resource. */
  readonly table: TableName;
  readonly resources: readonly AnyResource[];
  /** The folder that holds the database's migrations themselves, for example `schema/postgres`. */
  readonly migrationsFolder: string;
}

/**
 * Where every resource lives. The first one has the table that was configured; the others are next to it, each in a table
 * of its own name.
 */
export function tablesOf(resources: readonly { readonly name: string }[], configured: TableName): Tables {
  const named = resources.map(({ name }, index): [string, ResourceTables] => [
    name,
    tablesBeside(index === 0 ? configured : { schema: configured.schema, table: name }),
  ]);
  return new Map(named);
}

/**
 * The tables of one resource, whether or not it is among those that were opened.
 *
 * @param name - of the resource; undefined for the first
 */
export function tableOf(tables: Tables, name: string | undefined): ResourceTables {
  const [first] = tables.values();
  if (first === undefined) throw new RangeError('a database is opened with at least one resource');
  if (name === undefined) return first;
  return tables.get(name) ?? tablesBeside({ schema: first.rows.schema, table: name });
}

function tablesBeside(rows: TableName): ResourceTables {
  const beside = (suffix: string): TableName => ({ schema: rows.schema, table: derivedName(rows.table, suffix) });
  return { rows, changes: beside('changes'), log: beside('log') };
}

/** A row with text in each of its columns. */
export function textRow<Column extends string, Rest extends NewRow<Column, ColumnValue>>(
  columns: readonly Column[],
  row: Rest,
): Rest & { readonly [C in Column]: string } {
  return Object.assign({ ...row }, ...columns.map((column) => ({ [column]: String(row[column]) })));
}
