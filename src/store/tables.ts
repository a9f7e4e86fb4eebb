import { createHash } from 'node:crypto';
import { type ColumnValue, type NewRow, type ResourceDescription, StoreOpenError } from './types.js';

/** A table's name, unquoted, in a schema or wherever the database looks by default. */
export interface TableName {
  readonly schema: string | null;
  readonly table: string;
}

/** Postgres silently cuts longer identifiers off; SQLite knows no limit, but the same name in both is easier to find. */
export const IDENTIFIER_LIMIT_BYTES = 63;

/**
 * Quotes an identifier as standard SQL does, for SQLite and Postgres alike.
 *
 * @throws StoreOpenError where no quoting helps: an empty name, or one with a NUL character
 */
export function quoteIdentifier(name: string): string {
  if (name === '' || name.includes('\0')) {
    throw new StoreOpenError('a name in the database must not be empty nor contain a NUL character');
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * The table's name as a statement needs it: quoted, and qualified by its schema where there is one.
 *
 * @throws StoreOpenError see `quoteIdentifier`
 */
export function quoteTable({ schema, table }: TableName): string {
  return schema === null ? quoteIdentifier(table) : `${quoteIdentifier(schema)}.${quoteIdentifier(table)}`;
}

/**
 * A name for something that belongs to a table (an index, the history of its migrations): `<table>_<suffix>`. Where
 * that is too long for an identifier the table's part is cut and a hash of the whole keeps the name unique.
 */
export function derivedName(table: string, suffix: string): string {
  const name = `${table}_${suffix}`;
  if (Buffer.byteLength(name) <= IDENTIFIER_LIMIT_BYTES) return name;
  const tail = `_${createHash('sha256').update(name).digest('hex').slice(0, 12)}_${suffix}`;
  let head = '';
  for (const character of table) {
    if (Buffer.byteLength(head) + Buffer.byteLength(character) + Buffer.byteLength(tail) > IDENTIFIER_LIMIT_BYTES) {
      break;
    }
    head += character;
  }
  return head + tail;
}

/** The table beside the first resource's that records which migrations were applied. */
export function historyTable({ schema, table }: TableName): TableName {
  return { schema, table: derivedName(table, 'migrations') };
}

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
 *
 * @throws StoreOpenError for a table that no database can have
 */
export function tablesOf(resources: readonly { readonly name: string }[], configured: TableName): Tables {
  quoteTable(configured);
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
