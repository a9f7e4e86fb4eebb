import { setTimeout as delay } from 'node:timers/promises';
import { type AnyResource, quoteTable, type TableName, type Tables, tableOf } from '../../tables.js';
import { Failure, QueryTimeoutError, READ_ONLY } from './failure.js';
import { type Statement, statement } from './statement.js';

/** Why the database cannot serve, with the error code that the server would return. */
export interface HealthProblem {
  readonly code: string;
  readonly problem: string;
}

/** The time limit of a health check, including its connection. */
export const HEALTH_TIMEOUT_MS = 900;

/** too_many_connections: the server is alive. */
const TOO_MANY_CONNECTIONS = '53300';

/** Checks whether the database can serve. Concurrent callers share one check. */
export class HealthProbe {
  #running: Promise<readonly HealthProblem[]> | null = null;

  /**
   * @param check - sends the health check outside of the concurrency limit, on a connection that is kept free for it
   */
  constructor(
    private readonly check: () => Promise<readonly HealthProblem[]>,
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

  /** Like `run`, but rejects after the timeout, even if the connection hangs. `around` runs the check. */
  async inTime(
    around: (run: () => Promise<readonly HealthProblem[]>) => Promise<readonly HealthProblem[]>,
  ): Promise<readonly HealthProblem[]> {
    const timer = new AbortController();
    const tooLate = async (): Promise<never> => {
      await delay(HEALTH_TIMEOUT_MS, undefined, { signal: timer.signal });
      const cause = new QueryTimeoutError('Postgres did not respond to a health check in time');
      throw new Failure('hung', cause.name, cause);
    };
    return await Promise.race([around(() => this.run()), tooLate()]).finally(() => timer.abort());
  }

  async #judge(): Promise<readonly HealthProblem[]> {
    // A new connection asks whether a check is running, so that must be set before the check begins.
    await null;
    const problems = await this.check().catch((error: unknown) => {
      if (error instanceof Failure && error.reason === TOO_MANY_CONNECTIONS && this.isConnected()) return [];
      throw error;
    });
    const readOnly = problems.find(({ code }) => code === READ_ONLY);
    if (readOnly) throw new Failure('demoted', READ_ONLY, readOnly.problem);
    return problems;
  }
}

/** The privileges and columns that each table needs, besides the resource's own columns. */
const NEEDS = {
  rows: { rights: ['SELECT', 'INSERT', 'UPDATE'], columns: ['id', 'seq', 'position', 'version', 'deleted'] },
  changes: {
    rights: ['SELECT', 'INSERT'],
    columns: ['position', 'kind', 'at', 'id', 'version', 'baseline', 'idempotency_key', 'fingerprint'],
  },
  log: { rights: ['SELECT', 'UPDATE'], columns: ['last', 'at'] },
} as const;

/**
 * A statement that finds out whether the database can execute every write: the server is writable, and every table
 * exists with its columns and privileges. It returns a row for each problem.
 *
 * @param resources - all that are served
 * @param use - `read` does not need a writable server
 */
export function healthCheck(
  resources: readonly AnyResource[],
  tables: Tables,
  use: 'write' | 'read' = 'write',
): Statement<HealthProblem> {
  const rights: string[] = [];
  const columns: string[] = [];
  for (const resource of resources) {
    const own = tableOf(tables, resource.name);
    for (const kind of ['rows', 'changes', 'log'] as const) {
      const name = literal(own[kind]);
      const needed = NEEDS[kind].rights.filter((right) => use === 'write' || right === 'SELECT');
      rights.push(...needed.map((right) => `(${name}, '${right}')`));
      const ofResource = kind === 'log' ? [] : resource.columns;
      columns.push(...[...NEEDS[kind].columns, ...ofResource].map((column) => `(${name}, '${quoted(column)}')`));
    }
  }
  return statement(`
    SELECT '25006' AS code, 'the server is read-only' AS problem
    WHERE ${use === 'write'} AND current_setting('transaction_read_only') = 'on'
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
