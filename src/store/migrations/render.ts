import { derivedName, quoteIdentifier, quoteTable, type TableName } from './identifier.js';
import { MigrationError } from './migration-error.js';

const PLACEHOLDER = /\{\{(?<what>[^{}]*)\}\}/g;
const INDEX = /^index:(?<suffix>[a-z_]+)$/;

/**
 * Fills in a migration's placeholders. Every name comes out quoted.
 *
 * - `{{table}}`: the payments' table, qualified by its schema where one is given
 * - `{{schema}}`: that schema; an error where none is given
 * - `{{index:suffix}}`: a name for an index or a constraint of that table, never qualified
 *
 * @param sql - the text of a migration's file
 * @param table - where the payments live
 * @throws MigrationError `folder` for a placeholder it does not know
 */
export function renderSql(sql: string, table: TableName): string {
  return sql.replace(PLACEHOLDER, (placeholder, what: string) => {
    const suffix = INDEX.exec(what)?.groups?.suffix;
    if (suffix !== undefined) {
      return quoteIdentifier(derivedName(table.table, suffix));
    }
    if (what === 'table') {
      return quoteTable(table);
    }
    if (what === 'schema' && table.schema !== null) {
      return quoteIdentifier(table.schema);
    }
    throw new MigrationError('folder', `unknown placeholder ${placeholder} in a migration`);
  });
}
