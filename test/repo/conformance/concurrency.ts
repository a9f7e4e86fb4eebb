import { expect } from 'chai';
import { countOutcomes, createAll, newCall, newChange, newPayment, numbered, type Subject } from './subject.js';

/** Concurrent calls behave as if they were sequential. */
export function describeConcurrency(subject: Subject): void {
  describe('concurrency', () => {
    it('creates one payment for fifty concurrent creates of one id', async () => {
      const { repo } = subject;
      const organisations = numbered('org', 50);
      const results = await Promise.all(
        organisations.map((organisation_id) => repo.create(newPayment('a', { organisation_id }), newCall())),
      );
      expect(countOutcomes(results)).to.deep.equal({ created: 1, exists: 49 });
      const winner = organisations[results.findIndex(({ outcome }) => outcome === 'created')];
      expect(await repo.find('a', newCall())).to.have.property('organisation_id', winner);
    });

    it('lets one of fifty concurrent updates of one version succeed', async () => {
      const { repo } = subject;
      await createAll(repo, ['a']);
      const texts = numbered('', 50).map((text) => `{"amount":"1","by":"${text}"}`);
      const results = await Promise.all(texts.map((text) => repo.update(newChange('a', 0, text), newCall())));
      expect(countOutcomes(results)).to.deep.equal({ updated: 1, version_conflict: 49 });
      for (const result of results) {
        expect('currentVersion' in result ? result.currentVersion : result).to.be.oneOf([1, result]);
      }
      const winner = texts[results.findIndex(({ outcome }) => outcome === 'updated')];
      expect(await repo.find('a', newCall())).to.deep.include({ version: 1, attributes: winner });
    });

    it('lets one of fifty concurrent deletes succeed', async () => {
      const { repo } = subject;
      await createAll(repo, ['a']);
      const results = await Promise.all(numbered('', 50).map(() => repo.delete('a', 0, newCall())));
      expect(countOutcomes(results)).to.deep.equal({ deleted: 1, not_found: 49 });
    });

    it('creates two hundred different payments at once, and finds each', async () => {
      const { repo } = subject;
      const ids = numbered('many', 200);
      const results = await Promise.all(
        ids.map((id) => repo.create(newPayment(id, { organisation_id: `of ${id}` }), newCall())),
      );
      expect(countOutcomes(results)).to.deep.equal({ created: 200 });
      const found = await Promise.all(ids.map((id) => repo.find(id, newCall())));
      expect(found.map((payment) => payment?.organisation_id)).to.deep.equal(ids.map((id) => `of ${id}`));
      expect(await repo.count(newCall())).to.equal(200);
    });

    it('updates many payments at once without mixing them up', async () => {
      const { repo } = subject;
      const ids = numbered('many', 60);
      await createAll(repo, ids);
      const results = await Promise.all(
        ids.map((id, index) =>
          repo.update(newChange(id, index % 3 === 0 ? 5 : 0, `{"amount":"1","id":"${id}"}`), newCall()),
        ),
      );
      expect(countOutcomes(results)).to.deep.equal({ updated: 40, version_conflict: 20 });
      for (const [index, id] of ids.entries()) {
        const expected = index % 3 === 0 ? { version: 0 } : { version: 1, attributes: `{"amount":"1","id":"${id}"}` };
        expect(await repo.find(id, newCall())).to.include(expected);
      }
    });

    it('finds one id many times at once, between missing ones', async () => {
      const { repo } = subject;
      await createAll(repo, ['a', 'b']);
      const ids = ['a', 'x', 'a', 'b', 'y', 'a', 'x'];
      const found = await Promise.all(ids.map((id) => repo.find(id, newCall())));
      expect(found.map((payment) => payment?.id ?? null)).to.deep.equal(['a', null, 'a', 'b', null, 'a', null]);
    });

    it('executes a chain of updates of one payment in one turn, in any order', async () => {
      const { repo } = subject;
      await createAll(repo, ['a']);
      const results = await Promise.all([0, 1, 2].map((version) => repo.update(newChange('a', version), newCall())));
      const updated = results.filter(({ outcome }) => outcome === 'updated').length;
      expect(updated).to.be.at.least(1);
      expect(await repo.find('a', newCall())).to.have.property('version', updated);
    });

    it('gives concurrent writes of one id results that fit some order', async () => {
      const { repo } = subject;
      for (let round = 0; round < 20; round++) {
        const id = `round-${round}`;
        const [created, again, updated, deleted] = await Promise.all([
          repo.create(newPayment(id), newCall()),
          repo.create(newPayment(id), newCall()),
          repo.update(newChange(id, 0), newCall()),
          repo.delete(id, 0, newCall()),
        ]);
        expect(countOutcomes([created, again])).to.deep.equal({ created: 1, exists: 1 });
        const found = await repo.find(id, newCall());
        if (deleted.outcome === 'deleted') {
          expect(updated.outcome).to.equal('not_found');
          expect(found).to.equal(null);
        } else {
          expect(deleted).to.be.deep.oneOf([
            { outcome: 'not_found' },
            { outcome: 'version_conflict', currentVersion: 1 },
          ]);
          expect(found?.version).to.equal(updated.outcome === 'updated' ? 1 : 0);
        }
      }
    });

    it('reads a write at once', async () => {
      const { repo } = subject;
      for (const id of numbered('seen', 30)) {
        await repo.create(newPayment(id), newCall());
        expect(await repo.find(id, newCall())).to.include({ version: 0 });
        await repo.update(newChange(id, 0), newCall());
        expect(await repo.find(id, newCall())).to.include({ version: 1 });
        await repo.delete(id, 1, newCall());
        expect(await repo.find(id, newCall())).to.equal(null);
      }
    });

    it('loses no update of a counter that eight clients increment', async () => {
      const { repo } = subject;
      await createAll(repo, ['counter']);
      async function countUp(times: number): Promise<void> {
        for (let done = 0; done < times; ) {
          const version = (await repo.find('counter', newCall()))?.version ?? expect.fail('the counter is gone');
          done += (await repo.update(newChange('counter', version), newCall())).outcome === 'updated' ? 1 : 0;
        }
      }
      await Promise.all(numbered('', 8).map(() => countUp(10)));
      expect(await repo.find('counter', newCall())).to.have.property('version', 80);
    });
  });
}
