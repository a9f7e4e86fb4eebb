import { expect } from 'chai';
import type { Call } from '../../../src/store/types.js';
import { createAll, expectError, newCall, newChange, newPayment, type OpenRows, type Subject } from './subject.js';

const METHODS: Record<string, (repo: OpenRows, call: Call) => Promise<unknown>> = {
  create: (repo, call) => repo.create(newPayment('new'), call),
  find: (repo, call) => repo.find('a', call),
  update: (repo, call) => repo.update(newChange('a', 0), call),
  delete: (repo, call) => repo.delete('a', 0, call),
  list: (repo, call) => repo.list({ kind: 'after', position: '0', size: 2 }, call),
  count: (repo, call) => repo.count(call),
  deleteAll: (repo, call) => repo.deleteAll(call),
  ping: (repo, call) => repo.ping(call),
};

/** In this order each of them changes something. */
const WRITES = ['create', 'update', 'deleteAll'];

/** The information in a call, and what the repository reports back. */
export function describeCalls(subject: Subject): void {
  describe('calls', () => {
    async function expectUntouched(): Promise<void> {
      expect(await subject.repo.find('a', newCall())).to.deep.equal({ ...newPayment('a'), version: 0 });
      expect(await subject.repo.find('new', newCall())).to.equal(null);
    }

    for (const [name, method] of Object.entries(METHODS)) {
      it(`${name}: does nothing for a call whose deadline has passed`, async () => {
        await createAll(subject.repo, ['a']);
        const call = newCall(-1);
        await expectError(method(subject.repo, call), 'deadline_exceeded');
        expect(call.pendingWrites).to.equal(0);
        await expectUntouched();
      });

      it(`${name}: does nothing for a call that was abandoned before`, async () => {
        await createAll(subject.repo, ['a']);
        const call = { ...newCall(), abandoned: true };
        await expectError(method(subject.repo, call), 'deadline_exceeded');
        expect(call.pendingWrites).to.equal(0);
        await expectUntouched();
      });

      it(`${name}: is unaffected by calls of its batch that were abandoned while they waited`, async () => {
        await createAll(subject.repo, ['a']);
        const abandoned = [newCall(), newCall()];
        const waiting = abandoned.map((call) => subject.repo.create(newPayment('abandoned'), call));
        const settled = Promise.allSettled(waiting);
        for (const call of abandoned) call.abandoned = true;
        await method(subject.repo, newCall());
        const results = await settled;
        const hasHappened = results.some(
          (result) => result.status === 'fulfilled' && result.value.outcome === 'created',
        );
        if (name !== 'deleteAll') {
          expect((await subject.repo.find('abandoned', newCall())) !== null).to.equal(hasHappened);
        }
      });
    }

    it('counts an executed write: a later failure of its request must not say that nothing was changed', async () => {
      await createAll(subject.repo, ['a']);
      for (const name of WRITES) {
        const call = newCall();
        await METHODS[name]?.(subject.repo, call);
        expect(call.pendingWrites, name).to.equal(1);
      }
    });

    it('does not count a rejected write', async () => {
      await createAll(subject.repo, ['a']);
      for (const rejected of [
        (call: Call) => subject.repo.create(newPayment('a'), call),
        (call: Call) => subject.repo.update(newChange('a', 7), call),
        (call: Call) => subject.repo.delete('none', 0, call),
      ]) {
        const call = newCall();
        await rejected(call);
        expect(call.pendingWrites).to.equal(0);
      }
    });

    it('drops a write that was abandoned before it was sent, or has executed it', async () => {
      const call = newCall();
      const waiting = subject.repo.create(newPayment('a'), call);
      call.abandoned = true;
      const [result] = await Promise.allSettled([waiting]);
      const found = await subject.repo.find('a', newCall());
      expect(found === null).to.equal(result.status === 'rejected');
      if (result.status === 'rejected') expect(result.reason).to.have.property('code', 'deadline_exceeded');
    });
  });
}
