import { payments } from '../../src/payments/resource.js';
import { openPostgresStore } from '../../src/store/postgres/open.js';
import type { AnyResource, TableName } from '../../src/store/tables.js';
import type { Store, StoreEvents } from '../../src/store/types.js';
import { type OpenRows, rowsOf } from './conformance/subject.js';

export const table = { schema: null, table: 'payments' };
export const migrationsFolder = 'schema/postgres';

export interface OpenOptions {
  readonly uri: string;
  readonly table?: TableName;
  readonly poolSize?: number;
  readonly statementTimeoutMs?: number;
  readonly startTimeoutMs?: number;
  /** With a folder for each database. */
  readonly migrations?: string;
  readonly resources?: readonly AnyResource[];
  readonly events?: StoreEvents;
}

/** Opens resources in Postgres, by default payments. */
export async function openPostgres(options: OpenOptions): Promise<Store> {
  const { uri, poolSize = 10, statementTimeoutMs = 10_000, resources = [payments], events = {} } = options;
  const place = { repoUri: uri, repoTable: options.table ?? table, repoMigrations: options.migrations ?? 'schema' };
  const limits = { repoPoolSize: poolSize, repoStatementTimeoutMs: statementTimeoutMs };
  return await openPostgresStore(
    { repo: 'postgres', ...place, ...limits },
    resources,
    events,
    ...(options.startTimeoutMs === undefined ? [] : [options.startTimeoutMs]),
  );
}

/** Opens payments in Postgres. */
export async function openRows(options: OpenOptions): Promise<OpenRows> {
  return rowsOf(await openPostgres(options));
}
