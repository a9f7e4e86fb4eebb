import { expect } from 'chai';
import type { Repo, RepoCall } from '../../../src/store/repo.js';
import { createAll, expectRefused, newCall, newChange, newPayment, type Subject } from './subject.js';

const METHODS: Record<string, (repo: Repo, call: RepoCall) => Promise<unknown>> = {
  createPayment: (repo, call) => repo.createPayment(newPayment('new'), call),
  findPayment: (repo, call) => repo.findPayment('a', call),
  updatePayment: (repo, call) => repo.updatePayment(newChange('a', 0), call),
  deletePayment: (repo, call) => repo.deletePayment('a', 0, call),
  listPayments: (repo, call) => repo.listPayments({ kind: 'after', position: '0', size: 2 }, call),
  countPayments: (repo, call) => repo.countPayments(call),
  deleteAllPayments: (repo, call) => repo.deleteAllPayments(call),
  ping: (repo, call) => repo.ping(call),
};

const WRITES = ['createPayment', 'updatePayment', 'deletePayment', 'deleteAllPayments'];

/** What a call says of its request, and what the repository says back. */
export function describeCalls(subject: Subject): void {
  describe('calls', () => {
    async function expectUntouched(): Promise<void> {
      expect(await subject.repo.findPayment('a', newCall())).to.deep.equal({ ...newPayment('a'), version: 0 });
      expect(await subject.repo.findPayment('new', newCall())).to.equal(null);
    }

    for (const [name, method] of Object.entries(METHODS)) {
      it(`${name}: does nothing for a call whose deadline has passed`, async () => {
        await createAll(subject.repo, ['a']);
        const call = newCall(-1);
        await expectRefused(method(subject.repo, call), 'deadline_exceeded');
        expect(call.sent).to.equal(false);
        await expectUntouched();
      });

      it(`${name}: does nothing for a call that was abandoned before`, async () => {
        await createAll(subject.repo, ['a']);
        const call = { ...newCall(), abandoned: true };
        await expectRefused(method(subject.repo, call), 'deadline_exceeded');
        expect(call.sent).to.equal(false);
        await expectUntouched();
      });

      it(`${name}: is unharmed by neighbours that were abandoned while they waited`, async () => {
        await createAll(subject.repo, ['a']);
        const abandoned = [newCall(), newCall()];
        const [before, after] = abandoned.map((call) => {
          const waiting = subject.repo.createPayment(newPayment('abandoned'), call);
          call.abandoned ||= !call.sent;
          return waiting.then(
            () => 'happened',
            () => 'refused',
          );
        });
        await method(subject.repo, newCall());
        const outcomes = await Promise.all([before, after]);
        expect(outcomes).to.deep.equal(abandoned.map((call) => (call.abandoned ? 'refused' : 'happened')));
      });
    }

    it('says that a write was sent', async () => {
      await createAll(subject.repo, ['a']);
      for (const name of WRITES) {
        const call = newCall();
        await METHODS[name]?.(subject.repo, call);
        expect(call.sent, name).to.equal(true);
      }
    });

    it('drops a write that was abandoned before it was sent', async () => {
      const call = newCall();
      const waiting = subject.repo.createPayment(newPayment('a'), call);
      const sentAtOnce = call.sent;
      call.abandoned = true;
      if (sentAtOnce) {
        expect(await waiting).to.deep.equal({ outcome: 'created' });
      } else {
        await expectRefused(waiting, 'deadline_exceeded');
      }
      const found = await subject.repo.findPayment('a', newCall());
      expect(found === null).to.equal(!sentAtOnce);
    });
  });
}
