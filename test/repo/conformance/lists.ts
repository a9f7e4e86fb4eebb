import { expect } from 'chai';
import {
  createAll,
  deleteAll,
  list,
  newCall,
  newChange,
  newPayment,
  numbered,
  type OpenRows,
  positionOf,
  type Subject,
} from './subject.js';

const EMPTY = { ids: [], rows: [], first: null, last: null };

/** Pages by offset and by position, with gaps, and while the list changes. */
export function describeLists(subject: Subject): void {
  describe('lists', () => {
    it('are empty if there are no payments', async () => {
      const { repo } = subject;
      expect(await list(repo, { kind: 'offset', from: 0, size: 10 })).to.deep.equal({ ...EMPTY, hasEarlier: false });
      expect(await list(repo, { kind: 'offset', from: 7, size: 10 })).to.deep.equal({ ...EMPTY, hasEarlier: false });
      for (const kind of ['after', 'before'] as const) {
        for (const position of ['0', '5', '9223372036854775807']) {
          expect(await list(repo, { kind, position, size: 10 })).to.deep.equal({ ...EMPTY, hasEarlier: false });
        }
      }
    });

    it('page by offset in order of creation', async () => {
      const { repo } = subject;
      await createAll(repo, ['c', 'a', 'e', 'b', 'd']);
      const pages = [
        { from: 0, size: 2, ids: ['c', 'a'] },
        { from: 2, size: 2, ids: ['e', 'b'] },
        { from: 4, size: 2, ids: ['d'] },
        { from: 0, size: 100, ids: ['c', 'a', 'e', 'b', 'd'] },
        { from: 5, size: 2, ids: [] },
        { from: Number.MAX_SAFE_INTEGER, size: 2, ids: [] },
      ];
      for (const { from, size, ids } of pages) {
        const page = await list(repo, { kind: 'offset', from, size });
        expect(page.ids).to.deep.equal(ids);
        expect(page.hasEarlier).to.equal(false);
      }
    });

    it('return whole payments, in their current state', async () => {
      const { repo } = subject;
      await createAll(repo, ['a', 'b']);
      await repo.update(newChange('a', 0), newCall());
      const { rows } = await repo.list({ kind: 'offset', from: 0, size: 2 }, newCall());
      expect(rows).to.deep.equal([newChange('a', 1), { ...newPayment('b'), version: 0 }]);
    });

    it('omit deleted payments and close the gap', async () => {
      const { repo } = subject;
      const ids = numbered('p', 9);
      await createAll(repo, ids);
      await deleteAll(repo, ['p-0', 'p-3', 'p-4', 'p-8']);
      expect((await list(repo, { kind: 'offset', from: 0, size: 3 })).ids).to.deep.equal(['p-1', 'p-2', 'p-5']);
      expect((await list(repo, { kind: 'offset', from: 3, size: 3 })).ids).to.deep.equal(['p-6', 'p-7']);
    });

    it('return ascending positions, as decimal text', async () => {
      const { repo } = subject;
      await createAll(repo, numbered('p', 12));
      let previous = 0n;
      for (let index = 0; index < 12; index++) {
        const position = await positionOf(repo, index);
        expect(position).to.match(/^[1-9]\d{0,18}$/);
        expect(BigInt(position) > previous).to.equal(true);
        previous = BigInt(position);
      }
      const page = await list(repo, { kind: 'offset', from: 3, size: 4 });
      expect(page).to.include({ first: await positionOf(repo, 3), last: await positionOf(repo, 6) });
    });

    it('page after a position', async () => {
      const { repo } = subject;
      await createAll(repo, numbered('p', 5));
      const start = await list(repo, { kind: 'after', position: '0', size: 2 });
      expect(start).to.deep.include({ ids: ['p-0', 'p-1'], hasEarlier: false });
      const middle = await list(repo, { kind: 'after', position: start.last ?? '', size: 2 });
      expect(middle).to.deep.include({ ids: ['p-2', 'p-3'], hasEarlier: true });
      const end = await list(repo, { kind: 'after', position: middle.last ?? '', size: 2 });
      expect(end).to.deep.include({ ids: ['p-4'], hasEarlier: true });
      const beyond = await list(repo, { kind: 'after', position: end.last ?? '', size: 2 });
      expect(beyond).to.deep.equal({ ...EMPTY, hasEarlier: true });
    });

    it('page before a position, in order of creation', async () => {
      const { repo } = subject;
      await createAll(repo, numbered('p', 5));
      const last = await positionOf(repo, 4);
      const middle = await list(repo, { kind: 'before', position: last, size: 2 });
      expect(middle).to.deep.include({ ids: ['p-2', 'p-3'], hasEarlier: true });
      expect(middle).to.include({ first: await positionOf(repo, 2), last: await positionOf(repo, 3) });
      const start = await list(repo, { kind: 'before', position: middle.first ?? '', size: 2 });
      expect(start).to.deep.include({ ids: ['p-0', 'p-1'], hasEarlier: false });
      expect(await list(repo, { kind: 'before', position: start.first ?? '', size: 2 })).to.deep.equal({
        ...EMPTY,
        hasEarlier: false,
      });
      expect(await list(repo, { kind: 'before', position: last, size: 3 })).to.deep.include({
        ids: ['p-1', 'p-2', 'p-3'],
        hasEarlier: true,
      });
      expect((await list(repo, { kind: 'before', position: last, size: 9 })).ids).to.deep.equal(numbered('p', 4));
    });

    it('report an earlier payment only if a live one exists', async () => {
      const { repo } = subject;
      await createAll(repo, numbered('p', 6));
      const second = await positionOf(repo, 1);
      const last = await positionOf(repo, 5);
      await deleteAll(repo, ['p-0', 'p-1']);
      expect((await list(repo, { kind: 'after', position: second, size: 2 })).hasEarlier).to.equal(false);
      expect((await list(repo, { kind: 'before', position: last, size: 3 })).hasEarlier).to.equal(false);
      await deleteAll(repo, ['p-5']);
      expect(await list(repo, { kind: 'after', position: last, size: 2 })).to.deep.equal({
        ...EMPTY,
        hasEarlier: true,
      });
      await deleteAll(repo, ['p-2', 'p-3', 'p-4']);
      expect(await list(repo, { kind: 'after', position: last, size: 2 })).to.deep.equal({
        ...EMPTY,
        hasEarlier: false,
      });
    });

    it('continue after a position whose payment was deleted', async () => {
      const { repo } = subject;
      await createAll(repo, numbered('p', 4));
      const position = await positionOf(repo, 1);
      await deleteAll(repo, ['p-1', 'p-2']);
      expect((await list(repo, { kind: 'after', position, size: 2 })).ids).to.deep.equal(['p-3']);
      expect((await list(repo, { kind: 'before', position, size: 2 })).ids).to.deep.equal(['p-0']);
    });

    it('return later payments after the last position', async () => {
      const { repo } = subject;
      await createAll(repo, ['a']);
      const position = await positionOf(repo, 0);
      await createAll(repo, ['b']);
      expect((await list(repo, { kind: 'after', position, size: 2 })).ids).to.deep.equal(['b']);
      await repo.deleteAll(newCall());
      await createAll(repo, ['c']);
      expect((await list(repo, { kind: 'after', position, size: 2 })).ids).to.deep.equal(['c']);
    });

    it('return the same pages in both directions', async () => {
      const { repo } = subject;
      await createAll(repo, numbered('p', 23));
      await deleteAll(repo, ['p-0', 'p-7', 'p-8', 'p-22']);
      const there = [await list(repo, { kind: 'after', position: '0', size: 4 })];
      for (let last = there[0]?.last; last; last = there.at(-1)?.last) {
        there.push(await list(repo, { kind: 'after', position: last, size: 4 }));
      }
      for (let index = there.length - 2; index > 0; index--) {
        const back = await list(repo, { kind: 'before', position: there[index]?.first ?? '', size: 4 });
        expect(back).to.deep.equal(there[index - 1]);
      }
      expect(there.flatMap(({ ids }) => ids)).to.have.length(19);
    });

    it('return every payment that stays exactly once, while others are created and deleted', async () => {
      const { repo } = subject;
      const staying = numbered('stays', 60);
      for (const [index, id] of staying.entries()) {
        await createAll(repo, index % 2 === 0 ? [id, `goes-${index}`] : [id]);
      }
      let walking = true;
      const churn = async () => {
        for (let round = 0; walking; round++) {
          await repo.create(newPayment(`new-${round}`), newCall());
          await repo.delete(`goes-${(round % 30) * 2}`, 0, newCall());
          await repo.delete(`new-${round - 3}`, 0, newCall());
        }
      };
      const churning = churn();
      const seen = await walk(repo, 'new-').finally(() => {
        walking = false;
      });
      await churning;
      expect(seen.filter((id) => id.startsWith('stays'))).to.deep.equal(staying);
      expect(new Set(seen).size).to.equal(seen.length);
    });
  });
}

/** Reads until a page is empty or has only payments that were created meanwhile. */
async function walk(repo: OpenRows, newPrefix: string): Promise<string[]> {
  const seen: string[] = [];
  for (let position: string | null = '0'; position !== null; ) {
    const page = await list(repo, { kind: 'after', position, size: 5 });
    seen.push(...page.ids);
    position = page.ids.every((id) => id.startsWith(newPrefix)) ? null : page.last;
  }
  return seen;
}
