import pg from 'pg';
import { setTimeoutWithoutStalls } from '../../../scheduling/turn.js';
import { type AnyResource, quoteTable, type TableName, type Tables, tableOf } from '../../tables.js';
import { type DistributedTables, distributedTables } from '../distributed/shards.js';
import { classifyFailure, Failure, QueryTimeoutError, READ_ONLY } from './failure.js';
import { BEGIN, ROLLBACK, type Statement, statement } from './statement.js';

/** Why the database cannot serve, with the error code that the server would return. */
export interface HealthProblem {
  readonly code: string;
  readonly problem: string;
}

/** The time limit of a health check, including its connection. */
export const HEALTH_TIMEOUT_MS = 900;

/** How long a successful check of the log is valid: a check takes four round trips, which are slow under overload. */
const LOG_TRUSTED_MS = 5_000;

/** too_many_connections: the server is alive. */
const TOO_MANY_CONNECTIONS = '53300';

const LIMIT_LOCKS = statement<never>(`SET LOCAL lock_timeout = '100ms'`);

type Check = () => Promise<readonly HealthProblem[]>;

/** Checks whether the database can serve. Concurrent callers share one check. */
export class HealthProbe {
  #running: ReturnType<Check> | null = null;
  #runningLog: ReturnType<Check> | null = null;
  #logFoundMs = Number.NEGATIVE_INFINITY;

  /**
   * @param check - sends the health check outside of the concurrency limit, on a connection that is kept free for it
   * @param checkLog - likewise, checks whether the log can give positions
   */
  constructor(
    private readonly check: Check,
    private readonly checkLog: Check,
    private readonly isConnected: () => boolean,
  ) {}

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** Returns no rows if the database can serve. Throws Failure, also if the server is read-only. */
  run(): ReturnType<Check> {
    this.#running ??= this.#judge().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /** Like `run`, and checks the log, but rejects after the timeout, even if the connection hangs. `around` runs the check. */
  async inTime(around: (run: Check) => ReturnType<Check>): ReturnType<Check> {
    const all = around(() => this.run()).then((problems) => (problems.length > 0 ? problems : this.#runLog()));
    return await new Promise((resolve, reject) => {
      const timer = setTimeoutWithoutStalls(() => {
        const cause = new QueryTimeoutError('Postgres did not respond to a health check in time');
        reject(new Failure('hung', cause.name, cause));
      }, HEALTH_TIMEOUT_MS);
      all.finally(() => clearTimeout(timer)).then(resolve, reject);
    });
  }

  async #runLog(): ReturnType<Check> {
    if (performance.now() - this.#logFoundMs < LOG_TRUSTED_MS) return [];
    this.#runningLog ??= this.#request(this.checkLog).finally(() => {
      this.#runningLog = null;
    });
    const problems = await this.#runningLog;
    if (problems.length === 0) this.#logFoundMs = performance.now();
    return problems;
  }

  #request(check: Check): ReturnType<Check> {
    return check().catch((error: unknown) => {
      if (error instanceof Failure && error.reason === TOO_MANY_CONNECTIONS && this.isConnected()) return [];
      throw error;
    });
  }

  async #judge(): ReturnType<Check> {
    // A new connection asks whether a check is running, so that must be set before the check begins.
    await null;
    const problems = await this.#request(this.check);
    const readOnly = problems.find(({ code }) => code === READ_ONLY);
    if (readOnly) throw new Failure('demoted', READ_ONLY, readOnly.problem);
    return problems;
  }
}

/** The privileges and columns that a table needs; columns with the category of their type. */
type Need = readonly [table: TableName, rights: readonly string[], columns: Readonly<Record<string, string>>];

const CHANGES = ['SELECT', 'INSERT', 'UPDATE'];
const ROW = { id: 'S', seq: 'N', position: 'N', version: 'N', deleted: 'B' };
const KEY = { idempotency_key: 'S', fingerprint: 'S' };

function needsOf({ columns, filter }: AnyResource, tables: DistributedTables, isDistributed: boolean): readonly Need[] {
  const own = Object.fromEntries(columns.map((column) => [column, 'S']));
  const { rows, changes, log, index, current, pending } = tables;
  const change = { position: 'N', kind: 'S', at: 'D', id: 'S', version: 'N', baseline: 'B', ...KEY, ...own };
  const needs: readonly Need[] = [
    [rows, CHANGES, { ...ROW, ...own, ...(isDistributed && KEY) }],
    [changes, ['SELECT', 'INSERT'], change],
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
 * with its columns and privileges, no unknown column must be filled, and no policy hides rows. It takes no lock, and
 * returns a row for each problem.
 *
 * @param resources - all that are served
 * @param use - `read` does not need a writable server
 * @param distributed - the names of those whose rows are distributed over several nodes
 */
export function healthCheck(
  resources: readonly AnyResource[],
  tables: Tables,
  use: 'write' | 'read' = 'write',
  distributed: ReadonlySet<string> = new Set(),
): Statement<HealthProblem> {
  const rights: string[] = [];
  const columns: string[] = [];
  for (const resource of resources) {
    const own = distributedTables(tableOf(tables, resource.name));
    for (const [table, needed, found] of needsOf(resource, own, distributed.has(resource.name))) {
      const name = pg.escapeLiteral(quoteTable(table));
      const used = needed.filter((right) => use === 'write' || right === 'SELECT');
      rights.push(...used.map((right) => `(${name}, '${right}')`));
      const all = Object.entries(found);
      columns.push(...all.map(([column, category]) => `(${name}, ${pg.escapeLiteral(column)}, '${category}')`));
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
    SELECT '42501', 'row-level security restricts ' || t.name || ' for this role' FROM tables AS t
    WHERE row_security_active(t.id)
    UNION ALL
    SELECT '42501', 'no right to ' || n.needed || ' ' || n.name FROM (VALUES ${rights.join(', ')}) AS n(name, needed)
    WHERE NOT has_table_privilege(to_regclass(n.name)::oid, n.needed)`);
}

/** A statement that finds out whether the log can give positions. It waits for a table that another transaction has locked. */
export function logCheck(resources: readonly AnyResource[], tables: Tables): Statement<HealthProblem> {
  const checks = resources.map(({ name }) => {
    const { changes, log } = tableOf(tables, name);
    const problem = `${quoteTable(log)} is empty, or its position is less than the last in ${quoteTable(changes)}`;
    return `
    SELECT '55000' AS code, ${pg.escapeLiteral(problem)} AS problem
    WHERE (SELECT max(last) FROM ${quoteTable(log)}) >= (SELECT coalesce(max(position), 0) FROM ${quoteTable(changes)})
      IS NOT TRUE`;
  });
  return statement(checks.join(' UNION ALL '));
}

/**
 * Executes `logCheck`. A table that another transaction has locked passes: this does not wait for it.
 *
 * @param query - executes a statement on one connection
 */
export async function checkLog<Found>(
  check: Statement<HealthProblem>,
  query: (text: Statement<HealthProblem>) => Promise<readonly Found[]>,
): Promise<readonly Found[]> {
  await query(BEGIN);
  try {
    await query(LIMIT_LOCKS);
    return await query(check);
  } catch (error) {
    if (classifyFailure(error, true).kind === 'locked') return [];
    throw error;
  } finally {
    await query(ROLLBACK).catch(() => {});
  }
}
