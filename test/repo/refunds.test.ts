import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type RefundColumn, refunds } from '../../examples/refunds/resource.js';
import { parseLine, printLine } from '../../src/cli/transfer/line.js';
import { payments } from '../../src/payments/resource.js';
import type { ArchiveEntry } from '../../src/store/archive.js';
import { openArchives, openStore } from '../../src/store/open-store.js';
import { copyResource, importLines, verifyResource } from '../../src/store/transfer.js';
import type { NewRow, Store } from '../../src/store/types.js';
import { sharedPostgres } from '../support/postgres.js';
import { copyMigrations } from '../support/refunds.js';
import { countOutcomes, newCall, newPayment, numbered } from './conformance/subject.js';

const resources = [payments, refunds];

/** A second resource, of which the store knows only the description. */
for (const repo of ['sqlite3', 'postgres'] as const) {
  describe(`refunds on ${repo}`, () => {
    let folder: string;
    let stores: Store[];

    async function optionsOf(name: string) {
      const repoUri = repo === 'sqlite3' ? join(folder, name) : await (await sharedPostgres()).createDatabase();
      const repoTable = { schema: null, table: 'our payments' };
      return { repo, repoUri, repoTable, repoMigrations: folder, repoPoolSize: 5, repoStatementTimeoutMs: 10_000 };
    }

    let options: Awaited<ReturnType<typeof optionsOf>>;
    const refundsOf = (index = 0) => stores[index % stores.length]?.resource(refunds) ?? expect.fail();
    const paymentsOf = () => stores[0]?.resource(payments) ?? expect.fail();
    const refund = (id: string, amount: string, payment_id = 'p'): NewRow<RefundColumn> => ({ id, payment_id, amount });

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'refunds-'));
      copyMigrations(folder);
      options = await optionsOf('one.db');
      stores = [await openStore(options, resources, {}), await openStore(options, resources, {})];
      const attributes = '{"amount":"100.30","big":12345678901234567890}';
      await paymentsOf().create(newPayment('p', { attributes }), newCall());
    });
    afterEach(async () => {
      await Promise.all(stores.map((store) => store.close()));
      rmSync(folder, { recursive: true });
    });

    it('require their payment, not deleted', async () => {
      const rejected = { outcome: 'rejected', verdict: 'payment_not_found' };
      expect(await refundsOf().create(refund('r', '1', 'nobody'), newCall())).to.deep.equal(rejected);
      await paymentsOf().delete('p', 0, newCall());
      expect(await refundsOf().create(refund('r', '1'), newCall())).to.deep.equal(rejected);
      expect(await refundsOf().changes({ after: '0', size: 9 }, newCall())).to.deep.equal([]);
    });

    it('whose id is or was in use are reported as existing: that is checked before the condition, and a key before both', async () => {
      const exists = { outcome: 'exists' };
      const key = { key: 'k', fingerprint: 'f' };
      expect(await refundsOf().create(refund('r', '100.30'), newCall(), key)).to.deep.equal({ outcome: 'created' });
      for (const again of [refund('r', '100.30'), refund('r', '1'), refund('r', '1', 'nobody')]) {
        expect(await refundsOf().create(again, newCall())).to.deep.equal(exists);
        expect(await refundsOf().create(again, newCall(), { ...key, key: 'other' })).to.deep.equal(exists);
        expect(await refundsOf().create(again, newCall(), key)).to.have.property('outcome', 'replayed');
      }
      await refundsOf().delete('r', 0, newCall());
      await paymentsOf().delete('p', 0, newCall());
      expect(await refundsOf().create(refund('r', '1'), newCall())).to.deep.equal(exists);
      expect(await refundsOf().changes({ after: '0', size: 9 }, newCall())).to.have.length(2);
    });

    it('can reach the amount exactly, but never exceed it', async () => {
      for (const [id, amount] of [
        ['a', '100.1'],
        ['b', '0.1'],
        ['c', '0.09999999999999999999999999999999999999'],
      ] as const) {
        expect(await refundsOf().create(refund(id, amount), newCall())).to.deep.equal({ outcome: 'created' });
      }
      const exceeded = { outcome: 'rejected', verdict: 'amount_exceeded' };
      expect(
        await refundsOf().create(refund('d', '0.00000000000000000000000000000000000002'), newCall()),
      ).to.deep.equal(exceeded);
      expect(
        await refundsOf().create(refund('e', '0.00000000000000000000000000000000000001'), newCall()),
      ).to.deep.equal({
        outcome: 'created',
      });
    });

    it('never exceed the amount, with any number of concurrent creates', async () => {
      const results = await Promise.all(
        numbered('r', 40).map((id, index) => refundsOf(index).create(refund(id, '10.03'), newCall())),
      );
      expect(countOutcomes(results)).to.deep.equal({ created: 10, rejected: 30 });
      const page = await refundsOf().list({ kind: 'after', position: '0', size: 99, filter: 'p' }, newCall());
      expect(page.rows).to.have.length(10);
      expect(await refundsOf().changes({ after: '0', size: 99, filter: 'p' }, newCall())).to.have.length(10);
      expect(await paymentsOf().count(newCall())).to.equal(1);
    });

    it('fail alone if their condition throws, or its query fails', async () => {
      await paymentsOf().create(newPayment('torn', { attributes: '{' }), newCall());
      const settled = await Promise.allSettled([
        paymentsOf().create(newPayment('other'), newCall()),
        refundsOf().create(refund('odd', 'no number'), newCall()),
        refundsOf().create(refund('unreadable', '1', 'torn'), newCall()),
        refundsOf().create(refund('r', '1'), newCall()),
      ]);
      expect(settled.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
      // As many as open the circuit breaker if the database fails.
      for (const id of numbered('odd', 5)) {
        const error: unknown = await refundsOf()
          .create(refund(id, 'no number'), newCall())
          .catch((thrown: unknown) => thrown);
        expect(error).to.be.instanceOf(Error).and.not.to.have.property('code', 'outcome_unknown');
      }
      expect(await paymentsOf().create(newPayment('next'), newCall())).to.deep.equal({ outcome: 'created' });
    });

    it('are written over the connection of the payments, but never in one transaction with them', async () => {
      await using archives = await openArchives(options, resources, 'target');
      const [toPayments, toRefunds] = archives.all;
      const entryOf = (line: object, isOdd = false): ArchiveEntry => {
        const parsed = parseLine(resources, () => [], JSON.stringify(line));
        if ('error' in parsed) expect.fail(parsed.error);
        const { entry } = parsed;
        // No integer can represent this version: the database rejects it within its transaction.
        return isOdd ? { ...entry, row: Object.assign({}, entry.row, { version: 1e300 }) } : entry;
      };
      const payment = (id: string) =>
        entryOf({ type: 'Payment', ...newPayment(id), version: 0, attributes: { amount: '1' } });
      await toPayments?.write([payment('moved')]);
      const bad = entryOf({ resource: 'refunds', type: 'Refund', ...refund('bad', '1'), version: 0 }, true);
      expect(await toRefunds?.write([bad]).catch((error: unknown) => error)).to.be.instanceOf(Error);
      await toPayments?.write([payment('moved too')]);
      expect(await paymentsOf().count(newCall())).to.equal(3);
      expect(await refundsOf().count(newCall())).to.equal(0);
    });

    it('are exported, imported, copied and verified with the payments', async () => {
      for (const id of numbered('r', 5)) {
        await refundsOf().create(refund(id, '1.50'), newCall(), { key: `key-${id}`, fingerprint: 'f' });
      }
      await refundsOf().delete('r-3', 0, newCall());
      await using from = await openArchives(options, resources, 'source');
      await using copied = await openArchives(await optionsOf('copied.db'), resources, 'target');
      await using imported = await openArchives(await optionsOf('imported.db'), resources, 'target');
      let lines = '';
      for (const [index, archive] of from.all.entries()) {
        const to = copied.all[index] ?? expect.fail();
        const summary = await copyResource(archive, to, { onRejected: (id) => expect.fail(id) });
        expect(summary.written).to.equal(index === 0 ? 1 : 6);
        for await (const batch of archive.changes('0')) {
          lines += batch
            .map(
              (item) => `${printLine(archive.resource, index > 0, item)}
`,
            )
            .join('');
        }
      }
      const { written } = await importLines({
        chunks: (async function* () {
          yield Buffer.from(lines);
        })(),
        archives: imported.all,
        parse: (line) => parseLine(resources, () => [], line),
        lineLimitBytes: 10_000,
        onRejected: (line, reason) => expect.fail(`line ${line}: ${reason}`),
      });
      expect(written).to.equal(7);
      for (const target of [copied, imported]) {
        for (const [index, archive] of from.all.entries()) {
          const to = target.all[index] ?? expect.fail();
          const verified = await verifyResource(archive, to, {
            onDifference: (id, what) => expect.fail(id + what),
          });
          expect(verified).to.deep.equal({
            rows: index === 0 ? 1 : 5,
            changes: index === 0 ? 1 : 6,
            different: 0,
            renumbered: 0,
          });
        }
      }
    });
  });
}
