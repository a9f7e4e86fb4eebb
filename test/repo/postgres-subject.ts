import { expect } from 'chai';
import { openPostgresStore, type PostgresStoreOptions } from '../../src/store/postgres/open.js';
import {
  type Call,
  type NewRow,
  type ResourceDescription,
  type ResourceStore,
  type Row,
  type Store,
  StoreError,
  type StoreErrorCode,
} from '../../src/store/types.js';

export type Column = 'organisation_id' | 'attributes';

/** The resource of the Postgres migrations' tables. */
export const payments: ResourceDescription<Column> = {
  name: 'payments',
  columns: ['organisation_id', 'attributes'],
  jsonColumns: ['attributes'],
  filter: 'organisation_id',
  constants: { type: 'Payment' },
};

export const table = { schema: null, table: 'payments' };
export const migrationsFolder = 'schema/postgres';

/** The rows of payments, and their store. */
export type OpenRows = ResourceStore<Column> & Pick<Store, 'ping' | 'close'>;

/** Opens a store of payments. */
export async function openRows(
  options: Pick<PostgresStoreOptions, 'uri'> & Partial<PostgresStoreOptions>,
): Promise<OpenRows> {
  const store = await openPostgresStore({ table, migrationsFolder, resources: [payments], ...options });
  return { ...store.resource(payments), ping: (call) => store.ping(call), close: () => store.close() };
}

/** A call with enough time. */
export function newCall(timeoutMs = 15_000): Call {
  return { deadline: performance.now() + timeoutMs, abandoned: false, pendingWrites: 0 };
}

/** A row to create. */
export function newRow(id: string, changes: Partial<NewRow<Column>> = {}): NewRow<Column> {
  return { id, organisation_id: 'org-1', attributes: '{"amount":"100.21"}', ...changes };
}

/** A change of a row's attributes, based on a version. */
export function newChange(id: string, version: number, attributes = '{"amount":"7"}'): Row<Column> {
  return { id, version, organisation_id: 'org-2', attributes };
}

/** Creates rows one after another, so that their order is known. */
export async function createAll(rows: ResourceStore<Column>, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    expect(await rows.create(newRow(id), newCall())).to.deep.equal({ outcome: 'created' });
  }
}

/** The number of each outcome. */
export function countOutcomes(results: readonly { readonly outcome: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of results) {
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/** Expects an error with a code. @returns it */
export async function expectError(promise: Promise<unknown>, code: StoreErrorCode): Promise<StoreError> {
  const error = await promise.then(
    () => expect.fail(`expected an error: ${code}`),
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(StoreError).with.property('code', code);
  return error instanceof StoreError ? error : expect.fail();
}

/** `prefix-0`, `prefix-1`, … */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}
