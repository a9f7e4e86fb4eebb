import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import type { PaymentColumn } from '../../../src/payments/resource.js';
import type { PageChange } from '../../../src/store/types.js';
import {
  createAll,
  deleteAll,
  list,
  newCall,
  newChange,
  newPayment,
  numbered,
  type OpenRows,
  type Subject,
} from './subject.js';

/** One order of changes: each acknowledged write is there once, at the same place for every reader. */
export function describeChanges(subject: Subject): void {
  describe('changes', () => {
    it('have one change for each write, with the row after it, and for a delete the deleted row', async () => {
      const { repo } = subject;
      const start = await repo.lastPosition(newCall());
      await createAll(repo, ['a', 'b']);
      await repo.update(newChange('a', 0), newCall());
      await repo.delete('a', 1, newCall());
      const changes = await repo.changes({ after: start, size: 10 }, newCall());
      expect(changes.map(({ kind, row, isBaseline }) => ({ kind, row, isBaseline }))).to.deep.equal([
        { kind: 'created', row: { ...newPayment('a'), version: 0 }, isBaseline: false },
        { kind: 'created', row: { ...newPayment('b'), version: 0 }, isBaseline: false },
        { kind: 'updated', row: newChange('a', 1), isBaseline: false },
        { kind: 'deleted', row: newChange('a', 1), isBaseline: false },
      ]);
      expectOrder(changes);
      expect(changes.at(-1)?.position).to.equal(await repo.lastPosition(newCall()));
    });

    it('have none for a write that was rejected', async () => {
      const { repo } = subject;
      await createAll(repo, ['a']);
      const last = await repo.lastPosition(newCall());
      await repo.create(newPayment('a'), newCall());
      await repo.update(newChange('a', 5), newCall());
      await repo.update(newChange('nobody', 0), newCall());
      await repo.delete('a', 5, newCall());
      await repo.delete('nobody', 0, newCall());
      expect(await repo.changes({ after: last, size: 10 }, newCall())).to.deep.equal([]);
    });

    it('have times in UTC that never decrease', async () => {
      const { repo } = subject;
      await createAll(repo, ['a']);
      const before = Date.now();
      const [change] = await repo.changes({ after: '0', size: 1 }, newCall());
      expect(change?.at).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(Date.parse(change?.at ?? '')).to.be.within(before - 60_000, before + 60_000);
    });

    it('have every change of many concurrent writes exactly once, with ascending versions', async () => {
      const { repo } = subject;
      const start = await repo.lastPosition(newCall());
      await Promise.all(numbered('p', 40).map((id) => repo.create(newPayment(id), newCall())));
      await Promise.all(
        numbered('p', 40).flatMap((id) => [
          repo.update(newChange(id, 0), newCall()),
          repo.update(newChange(id, 0), newCall()),
        ]),
      );
      await Promise.all(numbered('p', 40).map((id) => repo.delete(id, 1, newCall())));
      const changes = await readAll(repo, start, 7);
      expectOrder(changes);
      expect(changes).to.have.length(120);
      for (const id of numbered('p', 40)) {
        const own = changes.filter(({ row }) => row.id === id);
        expect(own.map(({ kind, row }) => `${kind} ${row.version}`)).to.deep.equal([
          'created 0',
          'updated 1',
          'deleted 1',
        ]);
      }
    });

    it('list in the order in which creates were committed, which updates do not change', async () => {
      const { repo } = subject;
      const start = await repo.lastPosition(newCall());
      await Promise.all(numbered('p', 30).map((id) => repo.create(newPayment(id), newCall())));
      await repo.update(newChange('p-3', 0), newCall());
      const created = (await readAll(repo, start, 100)).filter(({ kind }) => kind === 'created');
      const page = await list(repo, { kind: 'after', position: '0', size: 100 });
      expect(page.ids).to.deep.equal(created.map(({ row }) => row.id));
      expect([page.first, page.last]).to.deep.equal([created[0]?.position, created.at(-1)?.position]);
    });

    it('restrict lists and changes to one value of the filter column', async () => {
      const { repo } = subject;
      const start = await repo.lastPosition(newCall());
      for (const [index, id] of numbered('p', 9).entries()) {
        await repo.create(newPayment(id, { organisation_id: `org ${index % 3}` }), newCall());
      }
      await repo.update({ ...newChange('p-1', 0), organisation_id: 'org 2' }, newCall());
      await deleteAll(repo, ['p-4']);
      const filter = 'org 1';
      expect((await list(repo, { kind: 'after', position: '0', size: 9, filter })).ids).to.deep.equal(['p-7']);
      expect((await list(repo, { kind: 'offset', from: 0, size: 9, filter })).ids).to.deep.equal(['p-7']);
      expect((await list(repo, { kind: 'offset', from: 1, size: 9, filter: 'org 2' })).ids).to.deep.equal([
        'p-2',
        'p-5',
        'p-8',
      ]);
      const last = await list(repo, { kind: 'before', position: '9223372036854775807', size: 2, filter: 'org 2' });
      expect(last).to.deep.include({ ids: ['p-5', 'p-8'], hasEarlier: true });
      expect(await list(repo, { kind: 'after', position: last.first ?? '', size: 1, filter: 'org 0' })).to.deep.include(
        {
          ids: ['p-6'],
          hasEarlier: true,
        },
      );
      const changes = await repo.changes({ after: start, size: 20, filter }, newCall());
      expect(changes.map(({ kind, row }) => `${kind} ${row.id}`)).to.deep.equal([
        'created p-1',
        'created p-4',
        'created p-7',
        'deleted p-4',
      ]);
      expect(await repo.changes({ after: start, size: 20, filter: 'ORG 1' }, newCall())).to.deep.equal([]);
    });

    it('have the versions of one row in order, in pages, even after it was deleted', async () => {
      const { repo } = subject;
      await createAll(repo, ['a', 'b']);
      for (let version = 0; version < 5; version++) await repo.update(newChange('a', version), newCall());
      await repo.delete('a', 5, newCall());
      const all = await repo.versions('a', { after: '0', size: 20 }, newCall());
      expect(all?.map(({ kind, row }) => `${kind} ${row.version}`)).to.deep.equal([
        'created 0',
        'updated 1',
        'updated 2',
        'updated 3',
        'updated 4',
        'updated 5',
        'deleted 5',
      ]);
      const paged: PageChange<PaymentColumn>[] = [];
      for (let after = '0'; ; ) {
        const page = await repo.versions('a', { after, size: 3 }, newCall());
        paged.push(...(page ?? []));
        if (!page?.length) break;
        after = page.at(-1)?.position ?? '';
      }
      expect(paged).to.deep.equal(all);
      expect(await repo.versions('a', { after: '9223372036854775807', size: 3 }, newCall())).to.deep.equal([]);
      expect(await repo.versions('nobody', { after: '0', size: 3 }, newCall())).to.equal(null);
    });

    it('are deleted with everything else, and no position is reused', async () => {
      const { repo } = subject;
      await createAll(repo, ['a']);
      const last = await repo.lastPosition(newCall());
      await repo.deleteAll(newCall());
      expect(await repo.changes({ after: '0', size: 9 }, newCall())).to.deep.equal([]);
      expect(await repo.versions('a', { after: '0', size: 9 }, newCall())).to.equal(null);
      await createAll(repo, ['a']);
      const [change] = await repo.changes({ after: '0', size: 9 }, newCall());
      expect(BigInt(change?.position ?? 0) > BigInt(last)).to.equal(true);
    });

    it('show readers every change once, while many write', async () => {
      const { repo } = subject;
      const start = await repo.lastPosition(newCall());
      let isWriting = true;
      const readers = [1, 5, 100].map(async (size) => {
        const seen: string[] = [];
        for (let after = start; ; ) {
          const isLast = !isWriting;
          const page = await repo.changes({ after, size }, newCall());
          seen.push(...page.map(({ row }) => row.id));
          after = page.at(-1)?.position ?? after;
          if (page.length === 0 && isLast) return seen;
          await nextTurn();
        }
      });
      await Promise.all(
        numbered('w', 8).map(async (writer) => {
          for (const id of numbered(writer, 25)) await repo.create(newPayment(id), newCall());
        }),
      );
      isWriting = false;
      const [first = [], ...others] = await Promise.all(readers);
      expect(new Set(first).size).to.equal(200);
      expect(first).to.have.length(200);
      for (const other of others) expect(other).to.deep.equal(first);
    });
  });
}

/** All changes after a position, page by page. */
async function readAll(repo: OpenRows, start: string, size: number): Promise<PageChange<PaymentColumn>[]> {
  const all: PageChange<PaymentColumn>[] = [];
  for (let after = start; ; ) {
    const page = await repo.changes({ after, size }, newCall());
    if (page.length === 0) return all;
    all.push(...page);
    after = page.at(-1)?.position ?? after;
  }
}

function expectOrder(changes: readonly PageChange<PaymentColumn>[]): void {
  for (const [index, { position, at }] of changes.entries()) {
    const before = changes[index - 1];
    if (!before) continue;
    expect(BigInt(position) > BigInt(before.position)).to.equal(true);
    expect(at >= before.at, `${at} after ${before.at}`).to.equal(true);
  }
}
