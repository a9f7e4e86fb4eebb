import { quoteTable, type TableName } from '../migrations/identifier.js';
import { type AnyResource, type Tables, tableOf } from '../tables.js';
import { type HealthProblem, type Statement, statement } from './connection/statement.js';

/** What each table needs: rights, and columns beside the resource's own. */
const NEEDS = {
  rows: { rights: ['SELECT', 'INSERT', 'UPDATE'], columns: ['id', 'seq', 'position', 'version', 'deleted'] },
  changes: {
    rights: ['SELECT', 'INSERT'],
    columns: ['position', 'kind', 'at', 'id', 'version', 'baseline', 'idempotency_key', 'fingerprint'],
  },
  log: { rights: ['SELECT', 'UPDATE'], columns: ['last', 'at'] },
} as const;

/**
 * A statement that finds out whether the database can do everything that a write needs: the server takes writes, and every
 * table is there, with its columns and the rights to use it. It gives a row for each reason why not.
 *
 * @param resources - all that are served
 * @param tables - where they live
 */
export function healthCheck(resources: readonly AnyResource[], tables: Tables): Statement<HealthProblem> {
  const rights: string[] = [];
  const columns: string[] = [];
  for (const resource of resources) {
    const own = tableOf(tables, resource.name);
    for (const kind of ['rows', 'changes', 'log'] as const) {
      const name = literal(own[kind]);
      rights.push(...NEEDS[kind].rights.map((right) => `(${name}, '${right}')`));
      const ofResource = kind === 'log' ? [] : resource.columns;
      columns.push(...[...NEEDS[kind].columns, ...ofResource].map((column) => `(${name}, '${quoted(column)}')`));
    }
  }
  return statement(`
    SELECT '25006' AS code, 'the server is read-only' AS problem WHERE current_setting('transaction_read_only') = 'on'
    UNION ALL
    SELECT '42703', n.name || ' has no column ' || n.needed FROM (VALUES ${columns.join(', ')}) AS n(name, needed)
    WHERE NOT EXISTS (
      SELECT 1 FROM pg_attribute AS a
      WHERE a.attrelid = to_regclass(n.name)::oid AND a.attname = n.needed AND a.attnum > 0 AND NOT a.attisdropped
    )
    UNION ALL
    SELECT '42501', 'no right to ' || n.needed || ' ' || n.name FROM (VALUES ${rights.join(', ')}) AS n(name, needed)
    WHERE NOT has_table_privilege(to_regclass(n.name)::oid, n.needed)`);
}

function literal(table: TableName): string {
  return `'${quoted(quoteTable(table))}'`;
}

function quoted(text: string): string {
  return text.replaceAll("'", "''");
}
