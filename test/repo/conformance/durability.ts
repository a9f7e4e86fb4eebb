import { expect } from 'chai';
import { countOutcomes, deleteAll, newCall, newChange, newPayment, numbered, type Subject } from './subject.js';

/** Acknowledged writes survive a restart. Must be last: it closes the subject's repository. */
export function describeDurability(subject: Subject): void {
  describe('durability', () => {
    it('completes writes in flight when it closes, and has all of them when it is opened again', async () => {
      const { repo, underTest } = subject;
      const reopen = underTest.reopen?.bind(underTest) ?? expect.fail('a durable repository can be reopened');
      const ids = numbered('p', 40);
      const results = await Promise.all(ids.map((id) => repo.create(newPayment(id), newCall())));
      expect(countOutcomes(results)).to.deep.equal({ created: 40 });
      await repo.update(newChange('p-1', 0), newCall());
      await deleteAll(repo, ['p-2']);
      const position = (await repo.list({ kind: 'offset', from: 9, size: 1 }, newCall())).first;

      const inFlight = numbered('late', 20).map((id) => repo.create(newPayment(id), newCall()));
      const reopened = await reopen();
      expect(countOutcomes(await Promise.all(inFlight))).to.deep.equal({ created: 20 });

      expect(await reopened.count(newCall())).to.equal(59);
      expect(await reopened.find('p-1', newCall())).to.deep.equal(newChange('p-1', 1));
      expect(await reopened.find('p-2', newCall())).to.equal(null);
      expect(await reopened.create(newPayment('p-2'), newCall())).to.deep.equal({ outcome: 'exists' });
      const page = await reopened.list({ kind: 'offset', from: 9, size: 1 }, newCall());
      expect(page.first).to.equal(position);
      await reopened.create(newPayment('after'), newCall());
      const last = await reopened.list({ kind: 'offset', from: 59, size: 1 }, newCall());
      expect(last.rows.map(({ id }) => id)).to.deep.equal(['after']);
    });
  });
}
