import { setTimeout as delay } from 'node:timers/promises';
import { type AnyResource, quoteTable, type TableName, type Tables, tableOf } from '../../tables.js';
import { Failure, QueryTimeoutError, READ_ONLY } from './failure.js';
import { type Statement, statement } from './statement.js';

/** Why the database cannot do its work, with the code that the server would give when it is tried. */
export interface HealthProblem {
  readonly code: string;
  readonly problem: string;
}

/** How long a health check may take, a connection for it included. */
export const HEALTH_TIMEOUT_MS = 900;

/** too_many_connections: the server is alive. */
const TOO_MANY_CONNECTIONS = '53300';

/** Asks the database whether it can do its work. One check at a time: whoever asks meanwhile shares its result. */
export class HealthProbe {
  #running: Promise<readonly HealthProblem[]> | null = null;

  /**
   * @param check - sends the health check, outside of the bound on statements: one connection is kept free for it
   * @param isConnected - whether there are connections that work for others
   */
  constructor(
    private readonly check: () => Promise<readonly HealthProblem[]>,
    private readonly isConnected: () => boolean,
  ) {}

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /**
   * @returns why the database cannot do its work
   * @throws Failure also where the server takes no writes
   */
  run(): Promise<readonly HealthProblem[]> {
    this.#running ??= this.#judge().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  /**
   * Like `run`, for callers that wait no longer than the timeout, whatever becomes of the connection.
   *
   * @param around - runs it
   */
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
    // Whoever makes a connection for the check asks whether one is running, so it begins after this is known.
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
 * @param use - what is only read need not be writable
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
