import { describeCalls } from './conformance/calls.js';
import { describeChanges } from './conformance/changes.js';
import { describeConcurrency } from './conformance/concurrency.js';
import { describeDurability } from './conformance/durability.js';
import { describeFidelity } from './conformance/fidelity.js';
import { describeIdempotency } from './conformance/idempotency.js';
import { describeLists } from './conformance/lists.js';
import type { RepoUnderTest, Subject } from './conformance/subject.js';
import { describeUseCases } from './conformance/use-cases.js';

export type { RepoUnderTest } from './conformance/subject.js';

/**
 * The definition of a `ResourceStore`: the requirements of every implementation, as a mocha suite.
 *
 * @param name - of the implementation, for the report
 * @param open - opens an empty repository; called once for the whole suite
 * @param options - `durable`: whether the data outlives the repository; then `reopen` is required (default true)
 */
export function describeRepo(
  name: string,
  open: () => Promise<RepoUnderTest>,
  { durable = true }: { readonly durable?: boolean } = {},
): void {
  describe(`Store: ${name}`, () => {
    let current: RepoUnderTest | undefined;
    const subject: Subject = {
      get repo() {
        return subject.underTest.repo;
      },
      get underTest() {
        if (current === undefined) {
          throw new Error('the repository did not open');
        }
        return current;
      },
    };

    before(async () => {
      current = await open();
    });
    beforeEach(() => subject.repo.deleteAll({ deadline: Infinity, abandoned: false, pendingWrites: 0 }));
    after(() => current?.dispose());

    describeUseCases(subject);
    describeFidelity(subject);
    describeConcurrency(subject);
    describeLists(subject);
    describeChanges(subject);
    describeIdempotency(subject);
    describeCalls(subject);
    if (durable) {
      describeDurability(subject);
    }
  });
}
