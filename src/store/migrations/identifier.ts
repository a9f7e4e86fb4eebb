import { createHash } from 'node:crypto';

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
 * @throws RangeError where no quoting helps: an empty name, or one with a NUL character
 */
export function quoteIdentifier(name: string): string {
  if (name === '' || name.includes('\0')) {
    throw new RangeError('a name in the database must not be empty nor contain a NUL character');
  }
  return `"${name.replaceAll('"', '""')}"`;
}

/**
 * The table's name as a statement needs it: quoted, and qualified by its schema where there is one.
 *
 * @throws RangeError see `quoteIdentifier`
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
