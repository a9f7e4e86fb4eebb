import pg from 'pg';
import { type AnyResource, quoteTable, type TableName, type Tables, tableOf } from '../../tables.js';
import { type DistributedTables, distributedTables } from '../distributed/shards.js';
import { classifyFailure, Failure, READ_ONLY } from './failure.js';
import { type Statement, statement } from './statement.js';

/** Why the database cannot serve, with the error code that the server would return. */
export interface HealthProblem {
  readonly code: string;
  readonly problem: string;
}

/** Statements that return a row for each problem. */
export type Checks = readonly Statement<HealthProblem>[];

/** The time limit of a health check's connection, and of each of its statements. */
export const HEALTH_TIMEOUT_MS = 900;

/** too_many_connections, and PgBouncer's message for its own limit: the server is alive. */
const TOO_MANY_CONNECTIONS = /^53300 |max_client_conn/;

/** Checks whether the database can serve. Concurrent callers share one check. */
export class HealthProbe {
  #running: Promise<readonly HealthProblem[]> | null = null;

  /**
   * @param checks - statements that return a row for each problem
   * @param send - sends one outside of the concurrency limit, on a connection that is kept free for it
   */
  constructor(
    private readonly checks: Checks,
    private readonly send: (check: Statement<HealthProblem>) => Promise<readonly HealthProblem[]>,
    private readonly isConnected: () => boolean,
  ) {}

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Returns no rows if the database can serve. Throws Failure, also if the server is read-only. */
  run(): Promise<readonly HealthProblem[]> {
    this.#running ??= this.#judge().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #judge(): Promise<readonly HealthProblem[]> {
    // A new connection asks whether a check is running, so that must be set before the check begins.
    await null;
    const problems = await findProblems(this.checks, this.send).catch((error: unknown) => {
      const text = error instanceof Failure ? `${error.reason} ${error.message}` : '';
      if (TOO_MANY_CONNECTIONS.test(text) && this.isConnected()) return [];
      throw error;
    });
    const readOnly = problems.find(({ code }) => code === READ_ONLY);
    if (readOnly) throw new Failure('demoted', READ_ONLY, readOnly.problem);
    return problems;
  }
}

/**
 * Sends the checks one after another until one finds problems. A table that another transaction has locked passes: this
 * does not wait for it.
 */
export async function findProblems<Found>(
  checks: Checks,
  send: (check: Statement<HealthProblem>) => Promise<readonly Found[]>,
): Promise<readonly Found[]> {
  for (const check of checks) {
    const problems = await send(check).catch((error: unknown) => {
      if (classifyFailure(error, true).kind === 'locked') return [];
      throw error;
    });
    if (problems.length > 0) return problems;
  }
  return [];
}

/**
 * @param resources - all that are served
 * @param use - `read` does not need a writable server
 * @param distributed - the names of those whose rows are distributed over several nodes
 * @param writes - the texts of their statements, without parameters
 */
export function healthChecks(
  resources: readonly AnyResource[],
  tables: Tables,
  use: 'write' | 'read',
  distributed: ReadonlySet<string>,
  writes: readonly string[] = [],
): Checks {
  const health = healthCheck(resources, tables, use, distributed);
  return use === 'read' ? [health] : [health, logCheck(resources, tables, writes)];
}

/** The privileges, columns (with the category of their type) and unique index that a table needs. */
type Need = readonly [TableName, rights: readonly string[], columns: Readonly<Record<string, string>>, unique?: string];

const CHANGES = ['SELECT', 'INSERT', 'UPDATE'];
const ROW = { id: 'S', seq: 'N', position: 'N', version: 'N', deleted: 'B' };
const KEY = { idempotency_key: 'S', fingerprint: 'S' };

function needsOf({ columns, filter }: AnyResource, tables: DistributedTables, isDistributed: boolean): readonly Need[] {
  const own = Object.fromEntries(columns.map((column) => [column, 'S']));
  const { rows, changes, log, index, current, pending } = tables;
  const change = { position: 'N', kind: 'S', at: 'D', id: 'S', version: 'N', baseline: 'B', ...KEY, ...own };
  const needs: readonly Need[] = [
    [rows, CHANGES, { ...ROW, ...own, ...(isDistributed && KEY) }, 'id'],
    // Without it, a key that two processes get at once would take effect twice.
    [changes, ['SELECT', 'INSERT'], change, isDistributed ? '' : 'idempotency_key'],
    [log, ['SELECT', 'UPDATE'], { last: 'N', at: 'D' }],
  ];
  if (!isDistributed) return needs;
  const indexed = { id: 'S', seq: 'N', position: 'N', deleted: 'B', ...(filter !== null && { [filter]: 'S' }) };
  return [
    ...needs,
    [index, CHANGES, indexed],
    [current, ['SELECT'], { ...ROW, ...own }],
    [pending, [...CHANGES, 'DELETE'], { ticket: 'S', id: 'S', at: 'D', done: 'B', ...KEY }],
  ];
}

/**
 * A statement that finds out whether the database can execute every write: the server is writable, every table exists
 * with its columns, unique indexes and privileges, no unknown column must be filled, and no policy hides rows. It takes
 * no lock, and returns a row for each problem.
 */
function healthCheck(
  resources: readonly AnyResource[],
  tables: Tables,
  use: 'write' | 'read',
  distributed: ReadonlySet<string>,
): Statement<HealthProblem> {
  const rights: string[] = [];
  const columns: string[] = [];
  const uniques: string[] = [];
  for (const resource of resources) {
    const own = distributedTables(tableOf(tables, resource.name));
    for (const [table, needed, found, unique] of needsOf(resource, own, distributed.has(resource.name))) {
      const name = pg.escapeLiteral(quoteTable(table));
      const used = needed.filter((right) => use === 'write' || right === 'SELECT');
      rights.push(...used.map((right) => `(${name}, '${right}')`));
      const all = Object.entries(found);
      columns.push(...all.map(([column, category]) => `(${name}, ${pg.escapeLiteral(column)}, '${category}')`));
      if (unique) uniques.push(`(${name}, '${unique}')`);
    }
  }
  return statement(`
    WITH needs(name, needed, category) AS (VALUES ${columns.join(', ')}),
    tables AS (SELECT DISTINCT name, to_regclass(name)::oid AS id FROM needs),
    existing AS (
      SELECT t.name, a.*, c.typcategory FROM tables AS t JOIN pg_attribute AS a ON a.attrelid = t.id
      JOIN pg_type AS c ON c.oid = a.atttypid WHERE a.attnum > 0 AND NOT a.attisdropped
    )
    SELECT '25006' AS code, 'the server is read-only' AS problem
    WHERE ${use === 'write'} AND current_setting('transaction_read_only') = 'on'
    UNION ALL
    SELECT '42P01', t.name || ' does not exist' FROM tables AS t WHERE t.id IS NULL
    UNION ALL
    SELECT '55000', t.name || ' is unlogged: a crash of the server would empty it'
    FROM tables AS t JOIN pg_class AS c ON c.oid = t.id WHERE c.relpersistence = 'u'
    UNION ALL
    SELECT '42703', n.name || ' has no column ' || n.needed FROM needs AS n
    WHERE NOT EXISTS (SELECT 1 FROM existing AS e WHERE e.name = n.name AND e.attname = n.needed)
    UNION ALL
    SELECT '42804', e.name || '.' || e.attname || ' has the type ' || format_type(e.atttypid, e.atttypmod)
    FROM existing AS e JOIN needs AS n ON n.name = e.name AND n.needed = e.attname WHERE n.category <> e.typcategory
    UNION ALL
    SELECT '23502', e.name || '.' || e.attname || ' is NOT NULL without a default, and the service does not know it'
    FROM existing AS e
    WHERE ${use === 'write'} AND e.attnotnull AND NOT e.atthasdef AND e.attidentity = ''
      AND NOT EXISTS (SELECT 1 FROM needs AS n WHERE n.name = e.name AND n.needed = e.attname)
    UNION ALL
    SELECT '42P10', n.name || ' has no unique index of ' || n.needed FROM (VALUES ${uniques.join(', ')}) AS n(name, needed)
    WHERE ${use === 'write'} AND NOT EXISTS (
      SELECT 1 FROM pg_index AS i JOIN existing AS e ON e.attrelid = i.indrelid AND e.attnum = i.indkey[0]
      WHERE i.indisunique AND i.indisvalid AND i.indnkeyatts = 1 AND e.name = n.name AND e.attname = n.needed
    )
    UNION ALL
    SELECT '42501', 'row-level security restricts ' || t.name || ' for this role' FROM tables AS t
    WHERE row_security_active(t.id)
    UNION ALL
    SELECT '42501', 'no right to ' || n.needed || ' ' || n.name FROM (VALUES ${rights.join(', ')}) AS n(name, needed)
    WHERE NOT has_table_privilege(to_regclass(n.name)::oid, n.needed)`);
}

/** Finds out whether the log can give positions, and whether the server plans each write: a rule, for example, prevents that. */
function logCheck(resources: readonly AnyResource[], tables: Tables, writes: readonly string[]): Checks[number] {
  const checks = resources.map(({ name }) => {
    const { changes, log } = tableOf(tables, name);
    const problem = `${quoteTable(log)} is empty, or its position is less than the last in ${quoteTable(changes)}`;
    return `
    SELECT '55000' AS code, ${pg.escapeLiteral(problem)} AS problem
    WHERE (SELECT max(last) FROM ${quoteTable(log)}) >= (SELECT coalesce(max(position), 0) FROM ${quoteTable(changes)})
      IS NOT TRUE`;
  });
  const plans = writes.map((sql) => `EXPLAIN ${sql}`);
  // All are one transaction.
  return statement([`SET LOCAL lock_timeout = '100ms'`, ...plans, checks.join(' UNION ALL ')].join('; '));
}
