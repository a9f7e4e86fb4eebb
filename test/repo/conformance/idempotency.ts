import { expect } from 'chai';
import type { Idempotency } from '../../../src/store/types.js';
import {
  countOutcomes,
  createAll,
  newCall,
  newChange,
  newPayment,
  numbered,
  replayOf,
  type Subject,
} from './subject.js';

const keyOf = (key: string, fingerprint = 'one'): Idempotency => ({ key, fingerprint });

/** A write with a key happens once, however often it is sent. */
export function describeIdempotency(subject: Subject): void {
  describe('idempotency keys', () => {
    it('replay the result of the first write, for each kind of write, whatever has changed', async () => {
      const { repo } = subject;
      const start = await repo.lastPosition(newCall());
      expect(await repo.create(newPayment('a'), newCall(), keyOf('c'))).to.deep.equal({ outcome: 'created' });
      expect(await repo.update(newChange('a', 0), newCall(), keyOf('u'))).to.deep.equal({
        outcome: 'updated',
        version: 1,
      });
      expect(await repo.delete('a', 1, newCall(), keyOf('d'))).to.deep.equal({ outcome: 'deleted' });
      const changes = await repo.changes({ after: start, size: 10 }, newCall());
      expect(changes).to.have.length(3);
      const again = [
        await repo.create(newPayment('a'), newCall(), keyOf('c')),
        await repo.update(newChange('a', 0), newCall(), keyOf('u')),
        await repo.delete('a', 1, newCall(), keyOf('d')),
      ];
      expect(again).to.deep.equal(changes.map((change) => ({ outcome: 'replayed', change })));
      expect(await replayOf(repo, keyOf('u'))).to.deep.equal(again[1]);
      expect(await repo.changes({ after: start, size: 10 }, newCall())).to.deep.equal(changes);
    });

    it('report a key that was used for another write, of any kind', async () => {
      const { repo } = subject;
      await createAll(repo, ['b']);
      await repo.create(newPayment('a'), newCall(), keyOf('k'));
      const last = await repo.lastPosition(newCall());
      const other = keyOf('k', 'two');
      const reused = { outcome: 'key_reused' };
      expect(await repo.create(newPayment('c'), newCall(), other)).to.deep.equal(reused);
      expect(await repo.update(newChange('b', 0), newCall(), other)).to.deep.equal(reused);
      expect(await repo.update(newChange('nobody', 0), newCall(), other)).to.deep.equal(reused);
      expect(await repo.delete('b', 7, newCall(), other)).to.deep.equal(reused);
      expect(await replayOf(repo, other)).to.deep.equal(reused);
      expect(await repo.changes({ after: last, size: 9 }, newCall())).to.deep.equal([]);
    });

    it('are not stored if the write was rejected', async () => {
      const { repo } = subject;
      await createAll(repo, ['a']);
      expect(await repo.create(newPayment('a'), newCall(), keyOf('k'))).to.deep.equal({ outcome: 'exists' });
      expect(await repo.update(newChange('a', 9), newCall(), keyOf('k'))).to.include({ outcome: 'version_conflict' });
      expect(await repo.delete('nobody', 0, newCall(), keyOf('k'))).to.deep.equal({ outcome: 'not_found' });
      expect(await replayOf(repo, keyOf('k'))).to.equal(null);
      expect(await repo.update(newChange('a', 0), newCall(), keyOf('k'))).to.include({ outcome: 'updated' });
    });

    it('let exactly one of many concurrent requests with one key be executed', async () => {
      const { repo } = subject;
      for (let round = 0; round < 5; round++) {
        const id = `p-${round}`;
        const key = keyOf(`key-${round}`);
        const created = await Promise.all(numbered('', 30).map(() => repo.create(newPayment(id), newCall(), key)));
        expect(countOutcomes(created)).to.deep.equal({ created: 1, replayed: 29 });
        const update = keyOf(`update-${round}`);
        const updated = await Promise.all(numbered('', 30).map(() => repo.update(newChange(id, 0), newCall(), update)));
        expect(countOutcomes(updated)).to.deep.equal({ updated: 1, replayed: 29 });
        expect(await repo.find(id, newCall())).to.have.property('version', 1);
      }
    });

    it('let one of several concurrent writes with one key succeed', async () => {
      const { repo } = subject;
      const results = await Promise.all(
        numbered('p', 20).map((id) => repo.create(newPayment(id), newCall(), keyOf('k', id))),
      );
      expect(countOutcomes(results)).to.deep.equal({ created: 1, key_reused: 19 });
      expect(await repo.count(newCall())).to.equal(1);
    });

    it('do not interfere if they differ, or are absent', async () => {
      const { repo } = subject;
      const results = await Promise.all(
        numbered('p', 60).map((id, index) =>
          repo.create(newPayment(id), newCall(), index % 2 === 0 ? keyOf(`K ${id}`) : undefined),
        ),
      );
      expect(countOutcomes(results)).to.deep.equal({ created: 60 });
      expect(await replayOf(repo, keyOf('k p-0'))).to.equal(null);
      expect(await replayOf(repo, keyOf('K p-0'))).to.have.property('outcome', 'replayed');
    });

    it('are deleted with everything else', async () => {
      const { repo } = subject;
      await repo.create(newPayment('a'), newCall(), keyOf('k'));
      await repo.deleteAll(newCall());
      expect(await repo.create(newPayment('a'), newCall(), keyOf('k', 'two'))).to.deep.equal({ outcome: 'created' });
    });
  });
}
