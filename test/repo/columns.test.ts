import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { payments } from '../../src/payments/resource.js';
import { openStore } from '../../src/store/open-store.js';
import type { NewRow, ResourceDescription } from '../../src/store/types.js';
import { sharedPostgres } from '../support/postgres.js';
import { REFUNDS_FOLDER } from '../support/refunds.js';
import { newCall } from './conformance/subject.js';

type Column = `column_${number}`;
const columns = Array.from({ length: 12 }, (_, index): Column => `column_${index}`);
const wide: ResourceDescription<Column> = { name: 'wide', columns, jsonColumns: [], filter: null, constants: {} };

/** The service's migrations, and that of the refunds with other columns. */
function writeMigrations(folder: string): void {
  cpSync('schema', folder, { recursive: true });
  for (const database of ['sqlite3', 'postgres']) {
    const refunds = readFileSync(join(REFUNDS_FOLDER, 'schema', database, '0003_refunds.up.sql'), 'utf8');
    const withColumns = refunds
      .replaceAll('refunds', 'wide')
      .replaceAll(/^ +amount (text)/gim, (_, type) => columns.map((name) => `  "${name}" ${type}`).join(' NOT NULL,\n'))
      .replaceAll(/^ +payment_id .*\n|^CREATE INDEX .*payment_id.*\n/gm, '');
    writeFileSync(join(folder, database, '0003_wide.up.sql'), withColumns);
    writeFileSync(join(folder, database, '0003_wide.down.sql'), 'DROP TABLE {{table:wide}};');
  }
}

for (const repo of ['sqlite3', 'postgres'] as const) {
  it(`a resource of 12 columns is written and read on ${repo}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'columns-'));
    writeMigrations(folder);
    const repoUri = repo === 'sqlite3' ? join(folder, 'one.db') : await (await sharedPostgres()).createDatabase();
    const options = { repo, repoUri, repoTable: { schema: null, table: 'payments' }, repoMigrations: folder };
    const store = await openStore(
      { ...options, repoPoolSize: 2, repoStatementTimeoutMs: 10_000 },
      [payments, wide],
      {},
    );
    const rows = store.resource(wide);
    const valuesOf = (text: string) => columns.map((name) => [name, `${text} ${name}`] as const);
    const rowOf = (text: string): NewRow<Column> => ({ id: 'w', ...Object.fromEntries(valuesOf(text)) });
    const key = { key: 'k', fingerprint: 'f' };
    expect(await rows.create(rowOf('old'), newCall(), key)).to.deep.equal({ outcome: 'created' });
    const updated = { ...rowOf('new'), version: 0 };
    expect(await rows.update(updated, newCall(), { key: 'u', fingerprint: 'f' })).to.deep.equal({
      outcome: 'updated',
      version: 1,
    });
    const found = { ...rowOf('new'), version: 1 };
    expect(await rows.find('w', newCall())).to.deep.equal(found);
    expect((await rows.list({ kind: 'after', position: '0', size: 9 }, newCall())).rows).to.deep.equal([found]);
    expect(await rows.create(rowOf('old'), newCall(), key)).to.have.nested.property(
      'change.row.column_11',
      'old column_11',
    );
    await store.close();
    rmSync(folder, { recursive: true });
  });
}
