import { expect } from 'chai';
import { jsonText } from '../../../src/contract/json-text.js';
import {
  type NewPayment,
  type Page,
  type PageRequest,
  type Repo,
  type RepoCall,
  RepoError,
  type RepoErrorCode,
  type StoredPayment,
} from '../../../src/store/repo.js';

/** An open repository, and what a test needs to do around it. */
export interface RepoUnderTest {
  readonly repo: Repo;
  /** Closes the repository and opens it again on the same data; only where the data outlives it. */
  reopen?(): Promise<Repo>;
  /** Closes whatever is open, and removes the data. */
  dispose(): Promise<void>;
}

/** The repository under test, once the suite runs. */
export interface Subject {
  readonly repo: Repo;
  readonly underTest: RepoUnderTest;
}

/** A call with time enough. */
export function newCall(timeoutMs = 15_000): RepoCall {
  return { deadline: performance.now() + timeoutMs, abandoned: false, sent: false };
}

/** A payment to create. */
export function newPayment(id: string, changes: Partial<NewPayment> = {}): NewPayment {
  return { id, organisationId: 'org-1', attributes: jsonText('{"amount":"100.21"}'), ...changes };
}

/** A change of a payment's attributes, made from a version. */
export function newChange(id: string, version: number, attributes = '{"amount":"7"}'): StoredPayment {
  return { id, version, organisationId: 'org-2', attributes: jsonText(attributes) };
}

/** Creates payments one after another, so that their order is known. */
export async function createAll(repo: Repo, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    expect(await repo.createPayment(newPayment(id), newCall())).to.deep.equal({ outcome: 'created' });
  }
}

/** Deletes payments that are still at version 0. */
export async function deleteAll(repo: Repo, ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    expect(await repo.deletePayment(id, 0, newCall())).to.deep.equal({ outcome: 'deleted' });
  }
}

/** The ids of a page of the list, beside what it says of its neighbourhood. */
export async function list(repo: Repo, request: PageRequest): Promise<Page & { readonly ids: readonly string[] }> {
  const page = await repo.listPayments(request, newCall());
  return { ...page, ids: page.payments.map(({ id }) => id) };
}

/** The position of one payment. */
export async function positionOf(repo: Repo, index: number): Promise<string> {
  const { first } = await list(repo, { kind: 'offset', from: index, size: 1 });
  return first ?? expect.fail(`there is no payment at ${index}`);
}

/** How often each outcome was given. */
export function countOutcomes(results: readonly { readonly outcome: string }[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { outcome } of results) {
    counts[outcome] = (counts[outcome] ?? 0) + 1;
  }
  return counts;
}

/** Expects a refusal with a code. */
export async function expectRefused(promise: Promise<unknown>, code: RepoErrorCode): Promise<void> {
  const error = await promise.then(
    () => expect.fail(`expected a refusal: ${code}`),
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(RepoError).with.property('code', code);
}

/** `prefix-0`, `prefix-1`, … */
export function numbered(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}-${index}`);
}
