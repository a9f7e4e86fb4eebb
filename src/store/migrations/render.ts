import { type Tables, tableOf } from '../tables.js';
import { derivedName, quoteIdentifier, quoteTable, type TableName } from './identifier.js';
import { MigrationError } from './migration-error.js';

const PLACEHOLDER = /\{\{(?<kind>[a-z]+)(?::(?<name>[a-z_.]+))?\}\}|\{\{.*?\}\}/g;

/**
 * Fills in a migration's placeholders. Every name comes out quoted.
 *
 * - `{{table}}`: the table of the first resource; `{{table:refunds}}`: that of another. `changes` and `log` likewise
 * - `{{literal}}`, `{{literal:refunds}}`: the quoted name of that table as a string
 * - `{{schema}}`: the schema of the first resource; an error where none is configured
 * - `{{index:suffix}}`, `{{index:refunds.suffix}}`: a name for an index, a trigger or a constraint of that table, never
 *   qualified; `{{qualified:suffix}}`: the same with the schema, as functions and `DROP INDEX` need it
 *
 * @param sql - the text of a migration's file, or of a guard
 * @throws MigrationError `folder` for a placeholder it does not know
 */
export function renderSql(sql: string, tables: Tables): string {
  return sql.replace(PLACEHOLDER, (placeholder, kind: string | undefined, name: string | undefined) => {
    const rendered = render(kind, name, tables);
    if (rendered === null) throw new MigrationError('folder', `unknown placeholder ${placeholder} in a migration`);
    return rendered;
  });
}

function render(kind: string | undefined, name: string | undefined, tables: Tables): string | null {
  if (kind === 'index' || kind === 'qualified') {
    const [suffix, resource] = (name ?? '').split('.').reverse();
    if (!suffix) return null;
    const { rows } = tableOf(tables, resource);
    const derived: TableName = { ...rows, table: derivedName(rows.table, suffix) };
    return kind === 'index' ? quoteIdentifier(derived.table) : quoteTable(derived);
  }
  const { rows, changes, log } = tableOf(tables, name);
  switch (kind) {
    case 'table':
      return quoteTable(rows);
    case 'changes':
      return quoteTable(changes);
    case 'log':
      return quoteTable(log);
    case 'literal':
      return `'${quoteTable(rows).replaceAll("'", "''")}'`;
    case 'schema':
      return rows.schema === null ? null : quoteIdentifier(rows.schema);
    default:
      return null;
  }
}
