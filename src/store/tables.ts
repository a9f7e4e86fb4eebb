import { derivedName, type TableName } from './migrations/identifier.js';
import type { ResourceDescription } from './types.js';

/** The tables of one resource. */
export interface ResourceTables {
  readonly rows: TableName;
  /** One row for each acknowledged write. */
  readonly changes: TableName;
  /** One row: the last position given out, and when. */
  readonly log: TableName;
}

/** Any resource, where its columns do not matter. */
export type AnyResource = ResourceDescription<string>;

/**
 * Where every resource lives. The first one has the table that was configured; the others are next to it, each in a table
 * of its own name.
 *
 * @param resources - all that the database is opened with
 * @param configured - the table of the first
 * @returns the tables, by the resource's name
 */
export function tablesOf(
  resources: readonly AnyResource[],
  configured: TableName,
): ReadonlyMap<string, ResourceTables> {
  return new Map(
    resources.map(({ name }, index) => {
      const rows = index === 0 ? configured : { schema: configured.schema, table: name };
      const beside = (suffix: string): TableName => ({ schema: rows.schema, table: derivedName(rows.table, suffix) });
      return [name, { rows, changes: beside('changes'), log: beside('log') }];
    }),
  );
}
