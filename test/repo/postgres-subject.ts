import { payments } from '../../src/payments/resource.js';
import { openPostgresStore, type PostgresStoreOptions } from '../../src/store/postgres/open.js';
import { type OpenRows, rowsOf } from './conformance/subject.js';

export const table = { schema: null, table: 'payments' };
export const migrationsFolder = 'schema/postgres';

/** Opens payments in Postgres. */
export async function openRows(
  options: Pick<PostgresStoreOptions, 'uri'> & Partial<PostgresStoreOptions>,
): Promise<OpenRows> {
  return rowsOf(await openPostgresStore({ table, migrationsFolder, resources: [payments], ...options }));
}
