import { expect } from 'chai';
import { createAll, deleteAll, newCall, newChange, newPayment, type Subject } from './subject.js';

/** Each method, and each of its outcomes. */
export function describeUseCases(subject: Subject): void {
  describe('use cases', () => {
    it('creates a payment at version 0', async () => {
      const { repo } = subject;
      const payment = newPayment('a', { organisation_id: 'org-9' });
      expect(await repo.create(payment, newCall())).to.deep.equal({ outcome: 'created' });
      expect(await repo.find('a', newCall())).to.deep.equal({ ...payment, version: 0 });
    });

    it('rejects an id that exists and leaves the payment unchanged', async () => {
      const { repo } = subject;
      await createAll(repo, ['a']);
      const other = newPayment('a', { organisation_id: 'other' });
      expect(await repo.create(other, newCall())).to.deep.equal({ outcome: 'exists' });
      expect(await repo.find('a', newCall())).to.have.property('organisation_id', 'org-1');
    });

    it('returns null if there is no payment', async () => {
      expect(await subject.repo.find('nobody', newCall())).to.equal(null);
    });

    it('replaces organisation and attributes and increments the version', async () => {
      const { repo } = subject;
      await createAll(repo, ['a', 'b']);
      expect(await repo.update(newChange('a', 0), newCall())).to.deep.equal({ outcome: 'updated', version: 1 });
      expect(await repo.update(newChange('a', 1), newCall())).to.deep.equal({ outcome: 'updated', version: 2 });
      expect(await repo.find('a', newCall())).to.deep.equal(newChange('a', 2));
      expect(await repo.find('b', newCall())).to.deep.equal({ ...newPayment('b'), version: 0 });
    });

    it('rejects an update of another version than the stored one, and returns that', async () => {
      const { repo } = subject;
      await createAll(repo, ['a']);
      await repo.update(newChange('a', 0), newCall());
      for (const version of [0, 2, Number.MAX_SAFE_INTEGER]) {
        expect(await repo.update(newChange('a', version, '{"amount":"9"}'), newCall())).to.deep.equal({
          outcome: 'version_conflict',
          currentVersion: 1,
        });
      }
      expect(await repo.find('a', newCall())).to.deep.equal(newChange('a', 1));
    });

    it('does not find a missing or deleted payment to update', async () => {
      const { repo } = subject;
      await createAll(repo, ['a']);
      await deleteAll(repo, ['a']);
      for (const id of ['a', 'nobody']) {
        for (const version of [0, 1, Number.MAX_SAFE_INTEGER]) {
          const outcome = await repo.update(newChange(id, version), newCall());
          expect(outcome).to.deep.equal({ outcome: 'not_found' });
        }
      }
    });

    it('deletes a payment', async () => {
      const { repo } = subject;
      await createAll(repo, ['a', 'b']);
      expect(await repo.delete('a', 0, newCall())).to.deep.equal({ outcome: 'deleted' });
      expect(await repo.find('a', newCall())).to.equal(null);
      expect(await repo.find('b', newCall())).to.have.property('id', 'b');
      expect(await repo.count(newCall())).to.equal(1);
    });

    it('rejects a delete of another version than the stored one, and returns that', async () => {
      const { repo } = subject;
      await createAll(repo, ['a']);
      await repo.update(newChange('a', 0), newCall());
      for (const version of [0, 2, Number.MAX_SAFE_INTEGER]) {
        const outcome = await repo.delete('a', version, newCall());
        expect(outcome).to.deep.equal({ outcome: 'version_conflict', currentVersion: 1 });
      }
      expect(await repo.find('a', newCall())).to.have.property('version', 1);
    });

    it('does not find a missing or deleted payment to delete', async () => {
      const { repo } = subject;
      await createAll(repo, ['a']);
      await deleteAll(repo, ['a']);
      for (const id of ['a', 'nobody']) {
        expect(await repo.delete(id, 0, newCall())).to.deep.equal({ outcome: 'not_found' });
      }
    });

    it('keeps the id of a deleted payment in use until everything is deleted', async () => {
      const { repo } = subject;
      await createAll(repo, ['a', 'b']);
      await deleteAll(repo, ['a']);
      expect(await repo.create(newPayment('a'), newCall())).to.deep.equal({ outcome: 'exists' });
      await repo.deleteAll(newCall());
      await createAll(repo, ['a', 'b']);
    });

    it('counts live payments and deletes everything', async () => {
      const { repo } = subject;
      expect(await repo.count(newCall())).to.equal(0);
      await createAll(repo, ['a', 'b', 'c']);
      await deleteAll(repo, ['b']);
      expect(await repo.count(newCall())).to.equal(2);
      await repo.deleteAll(newCall());
      expect(await repo.count(newCall())).to.equal(0);
      expect(await repo.find('a', newCall())).to.equal(null);
    });

    it('responds to a ping', async () => {
      await subject.repo.ping(newCall());
    });
  });
}
