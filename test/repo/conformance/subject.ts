import { expect } from 'chai';
import { type NewPayment, type PaymentColumn, payments, type StoredPayment } from '../../../src/payments/resource.js';
import { openSqliteStore } from '../../../src/store/sqlite/open.js';
import type { TableName } from '../../../src/store/tables.js';
import {
  type Call,
  type Idempotency,
  NO_VERSION,
  type Page,
  type PageRequest,
  type ResourceStore,
  type Store,
  StoreError,
  type StoreErrorCode,
  type StoreEvents,
} from '../../../src/store/types.js';

/** The rows of one resource, and their store. */
export type OpenRows = ResourceStore<PaymentColumn> & Pick<Store, 'ping' | 'close'>;

/** The rows of payments in an open store. */
export function rowsOf(store: Store): OpenRows {
  return { ...store.resource(payments), ping: (call) => store.ping(call), close: () => store.close() };
}

/** Opens payments in SQLite. */
export async function openSqliteRows({
  uri,
  table = { schema: null, table: 'payments' },
  events = {},
}: {
  readonly uri: string;
  readonly table?: TableName;
  readonly events?: StoreEvents;
}): Promise<OpenRows> {
  const place = { repo: 'sqlite3', repoUri: uri, repoTable: table, repoMigrations: 'schema' } as const;
  return rowsOf(await openSqliteStore(place, [payments], events));
}

/** An open repository, with helpers for tests. */
export interface RepoUnderTest {
  readonly repo: OpenRows;
  /** Closes the repository and opens it again on the same data; only if the data outlives it. */
  reopen?(): Promise<OpenRows>;
  /** Closes everything and removes the data. */
  dispose(): Promise<void>;
}

/** The repository under test, set when the suite runs. */
export interface Subject {
  readonly repo: OpenRows;
  readonly underTest: RepoUnderTest;
}

/** A call with enough time. */
export function newCall(timeoutMs = 15_000): Call {
  return { deadline: performance.now() + timeoutMs, abandoned: false, pendingWrites: 0 };
}

/** The outcome of a key, found by a write that no row accepts; null if no successful write used the key. */
export async function replayOf(rows: ResourceStore<PaymentColumn>, idempotency: Idempotency) {
  const result = await rows.delete('nobody', NO_VERSION, newCall(), idempotency);
  return result.outcome === 'not_found' ? null : result;
}

/** A payment to create. */
export function newPayment(id: string, changes: Partial<NewPayment> = {}): NewPayment {
  return { id, organisation_id: 'org-1', attributes: '{"amount":"100.21"}', ...changes };
}

/** A change of a payment's attributes, from a version. */
export function newChange(id: string, version: number, attributes = '{"amount":"7"}'): StoredPayment {
  return { id, version, organisation_id: 'org-2', attributes: attributes };
}

/** Creates payments one after another, so that their order is known. */
export async function createAll(repo: OpenRows, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    expect(await repo.create(newPayment(id), newCall())).to.deep.equal({ outcome: 'created' });
  }
}

/** Deletes payments at version 0. */
export async function deleteAll(repo: OpenRows, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    expect(await repo.delete(id, 0, newCall())).to.deep.equal({ outcome: 'deleted' });
  }
}

/** The ids of a page, with its other properties. */
export async function list(
  repo: OpenRows,
  request: PageRequest,
): Promise<Page<PaymentColumn> & { readonly ids: readonly string[] }> {
  const page = await repo.list(request, newCall());
  return { ...page, ids: page.rows.map(({ id }) => id) };
}

/** The position of one payment. */
export async function positionOf(repo: OpenRows, index: number): Promise<string> {
  const { first } = await list(repo, { kind: 'offset', from: index, size: 1 });
  return first ?? expect.fail(`there is no payment at ${index}`);
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
