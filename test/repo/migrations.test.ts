import { copyFile, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { payments } from '../../src/payments/resource.js';
import { loadMigrations, renderSql } from '../../src/store/migrations/files.js';
import { migrateDown, migrateUp, migrationStatus } from '../../src/store/migrations/run.js';
import { openConnection } from '../../src/store/sqlite/connection.js';
import { connectSqlite } from '../../src/store/sqlite/open.js';
import { derivedName, tableBeside, tablesOf } from '../../src/store/tables.js';
import { StoreOpenError } from '../../src/store/types.js';

import { newCall, openSqliteRows } from './conformance/subject.js';

const table = { schema: null, table: 'payments' };

async function expectOpenError(work: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await work.then(
    () => expect.fail('it was accepted'),
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(StoreOpenError);
  expect(String(error)).to.match(message).and.not.contain('\n');
}

describe('migrations', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'payments-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Writes migrations that create the tables `a`, `b`, …, one each. */
  async function writeMigrations(...names: string[]): Promise<void> {
    for (const name of names) {
      const made = name.slice(5);
      await writeFile(
        join(folder, `${name}.up.sql`),
        `CREATE TABLE ${made} (x);\nCREATE INDEX ${made}_x ON ${made} (x);`,
      );
      await writeFile(join(folder, `${name}.down.sql`), `DROP TABLE ${made};`);
    }
  }

  describe('files', () => {
    it('exist for both databases, under the same names', async () => {
      const [sqlite, postgres] = await Promise.all(['schema/sqlite3', 'schema/postgres'].map(loadMigrations));
      expect(sqlite?.map(({ name }) => name)).to.deep.equal(postgres?.map(({ name }) => name));
      expect(sqlite?.[0]).to.include({ number: 1, name: '0001_payments' });
    });

    it('are read in order of number, whatever else is in the folder', async () => {
      await writeMigrations('0002_b', '0001_a', '0003_c');
      await writeFile(join(folder, 'README.md'), '');
      const migrations = await loadMigrations(folder);
      expect(migrations.map(({ number, name }) => `${number} ${name}`)).to.deep.equal([
        '1 0001_a',
        '2 0002_b',
        '3 0003_c',
      ]);
    });

    it('have a checksum that does not depend on line endings', async () => {
      await writeMigrations('0001_a');
      const [before] = await loadMigrations(folder);
      await writeFile(join(folder, '0001_a.up.sql'), before?.up.replaceAll('\n', '\r\n') ?? '');
      const [after] = await loadMigrations(folder);
      expect(after?.checksum)
        .to.equal(before?.checksum)
        .and.match(/^[0-9a-f]{64}$/);
    });

    it('are rejected if the folder is missing or empty', async () => {
      await expectOpenError(loadMigrations(join(folder, 'nowhere')), /nowhere \(ENOENT\)/);
      await expectOpenError(loadMigrations(folder), /no migrations in /);
    });

    it('are rejected with a gap, a duplicate, a missing half or another name', async () => {
      await writeMigrations('0001_a', '0003_c');
      await expectOpenError(loadMigrations(folder), /0002 is missing/);
      await writeMigrations('0002_b', '0003_other');
      await expectOpenError(loadMigrations(folder), /0003_c and 0003_other .* the same number/);
      await rm(join(folder, '0003_other.up.sql'));
      await rm(join(folder, '0003_other.down.sql'));
      await rm(join(folder, '0002_b.down.sql'));
      await expectOpenError(loadMigrations(folder), /0002_b\.down\.sql/);
      await writeFile(join(folder, '4_d.up.sql'), '');
      await expectOpenError(loadMigrations(folder), /4_d\.up\.sql: not named like/);
    });
  });

  describe('placeholders', () => {
    it('become quoted names', () => {
      const name = { schema: 'my "bank"', table: 'pay.ments' };
      const sql = 'CREATE INDEX {{index:live}} ON {{table}} (x)';
      expect(renderSql(sql, tablesOf([{ name: 'payments' }], name))).to.equal(
        'CREATE INDEX "pay.ments_live" ON "my ""bank"""."pay.ments" (x)',
      );
      expect(renderSql('{{table}}', tablesOf([{ name: 'payments' }], { schema: null, table: '$&' }))).to.equal('"$&"');
    });

    it('may name any resource', () => {
      const tables = tablesOf([{ name: 'payments' }, { name: 'bankAccounts2' }], table);
      const sql = '{{table:bankAccounts2}} {{index:bankAccounts2.live_2}} {{log:bank-accounts}}';
      expect(renderSql(sql, tables)).to.equal('"bankAccounts2" "bankAccounts2_live_2" "bank-accounts_log"');
    });

    it('are rejected if unknown', () => {
      expect(() => renderSql('{{tabel}}', tablesOf([{ name: 'payments' }], table))).to.throw(
        StoreOpenError,
        'unknown placeholder {{tabel}}',
      );
    });

    it('keep derived names within 63 bytes, and distinct', () => {
      const long = ['t'.repeat(63), `${'t'.repeat(62)}u`, '😀'.repeat(15), `${'😀'.repeat(15)}a`];
      const names = long.flatMap((name) => ['live', 'pkey', 'migrations'].map((suffix) => derivedName(name, suffix)));
      expect(new Set(names).size).to.equal(names.length);
      for (const name of names) {
        expect(Buffer.byteLength(name)).to.be.at.most(63);
        expect(name).to.match(/_(?:live|pkey|migrations)$/);
      }
      expect(derivedName('t'.repeat(58), 'live')).to.equal(`${'t'.repeat(58)}_live`);
      expect(tableBeside({ schema: 's', table: 'payments' }, 'migrations')).to.deep.equal({
        schema: 's',
        table: 'payments_migrations',
      });
    });
  });

  describe('on a database', () => {
    let opened: Awaited<ReturnType<typeof connectSqlite>>;

    beforeEach(async () => {
      opened = await connectSqlite({ repoUri: join(folder, 'payments.db'), repoTable: table }, [payments], 'schema');
    });
    afterEach(() => opened.close());

    const up = async () => await migrateUp(opened, await loadMigrations(folder));
    const down = async () => await migrateDown(opened, await loadMigrations(folder));
    const status = async () => await migrationStatus(opened, await loadMigrations(folder));
    const appliedNames = async () =>
      (await status()).filter(({ appliedAt }) => appliedAt !== null).map(({ name }) => name);

    it('are applied once, undone one by one, and applied again', async () => {
      await writeMigrations('0001_a', '0002_b');
      expect(await up()).to.deep.equal(['0001_a', '0002_b']);
      expect(await up()).to.deep.equal([]);
      expect(await down()).to.equal('0002_b');
      expect(await appliedNames()).to.deep.equal(['0001_a']);
      expect(await down()).to.equal('0001_a');
      expect(await down()).to.equal(null);
      expect(await up()).to.deep.equal(['0001_a', '0002_b']);
    });

    it('report their state without changing anything', async () => {
      await writeMigrations('0001_a', '0002_b');
      expect(await status()).to.deep.equal([
        { name: '0001_a', appliedAt: null },
        { name: '0002_b', appliedAt: null },
      ]);
      await up();
      await writeMigrations('0003_c');
      const after = await status();
      expect(after.map(({ appliedAt }) => appliedAt === null)).to.deep.equal([false, false, true]);
      expect(after[0]?.appliedAt).to.match(/^\d{4}-\d\d-\d\dT.*Z$/);
    });

    it('apply only what is new', async () => {
      await writeMigrations('0001_a');
      await up();
      await writeMigrations('0002_b');
      expect(await up()).to.deep.equal(['0002_b']);
    });

    it('are rejected by name if one was edited after it was applied', async () => {
      await writeMigrations('0001_a', '0002_b', '0003_c');
      await up();
      await writeFile(join(folder, '0002_b.up.sql'), 'CREATE TABLE b (x, y);');
      for (const work of [up, down, status]) {
        await expectOpenError(work(), /0002_b was edited/);
      }
    });

    it('are rejected by name if the database is more than one release ahead of the files', async () => {
      await writeMigrations('0001_a', '0002_b', '0003_c');
      await up();
      const forget = async (number: string) => {
        for (const file of (await readdir(folder)).filter((name) => name.startsWith(number))) {
          await rm(join(folder, file));
        }
      };
      await forget('0003');
      expect(await up()).to.deep.equal([]);
      expect(await appliedNames()).to.deep.equal(['0001_a', '0002_b']);
      await expectOpenError(down(), /the database has migration 0003_c/);
      await forget('0002');
      for (const work of [up, down, status]) {
        await expectOpenError(work(), /the database has migration 0003_c/);
      }
    });

    it('keep nothing of one that fails, and report which and why', async () => {
      await writeMigrations('0001_a', '0002_b');
      await writeFile(join(folder, '0002_b.up.sql'), 'CREATE TABLE b (x); CREATE TABLE a (x);');
      await expectOpenError(up(), /migration 0002_b failed: table a already exists/);
      await writeFile(join(folder, '0002_b.up.sql'), 'CREATE TABLE b (x UNIQUE); INSERT INTO b VALUES (1), (1);');
      await expectOpenError(up(), /migration 0002_b failed: UNIQUE constraint failed: b\.x/);
      await writeMigrations('0002_b');
      await up();
      expect(await appliedNames()).to.deep.equal(['0001_a', '0002_b']);
    });

    it('keep everything if undoing fails', async () => {
      await writeMigrations('0001_a');
      await up();
      await writeFile(join(folder, '0001_a.down.sql'), 'DROP TABLE a; DROP TABLE absent;');
      await expectOpenError(down(), /reverting migration 0001_a failed: no such table/);
      expect(await appliedNames()).to.deep.equal(['0001_a']);
      await writeMigrations('0001_a');
      expect(await down()).to.equal('0001_a');
    });

    it('of the service itself can be applied, undone and applied again', async () => {
      const migrations = await loadMigrations('schema/sqlite3');
      for (let round = 0; round < 2; round++) {
        expect(await migrateUp(opened, migrations)).to.deep.equal(migrations.map(({ name }) => name));
        for (const { name } of migrations.toReversed()) {
          expect(await migrateDown(opened, migrations)).to.equal(name);
        }
      }
    });

    it('0002 gives every existing payment one change that is marked so, and keeps the writes of the previous release', async () => {
      await copyFile('schema/sqlite3/0001_payments.up.sql', join(folder, '0001_payments.up.sql'));
      await copyFile('schema/sqlite3/0001_payments.down.sql', join(folder, '0001_payments.down.sql'));
      await up();
      const file = join(folder, 'payments.db');
      const before = openConnection(file);
      before.exec(`INSERT INTO payments (id, version, organisation_id, attributes, deleted)
        VALUES ('a', 3, 'o', '{"amount":"1"}', 0), ('gone', 1, 'o', '{"amount":"2"}', 1)`);
      const rows = await openSqliteRows({ uri: file });
      // A write of the previous release, which has no positions or changes.
      before.exec(`INSERT INTO payments (id, version, organisation_id, attributes) VALUES ('late', 0, 'o', '{}')
        ON CONFLICT (id) DO NOTHING`);
      before.exec(`INSERT INTO payments (id, version, organisation_id, attributes) VALUES ('late', 0, 'o', '{}')
        ON CONFLICT (id) DO NOTHING`);
      before.exec(`UPDATE payments SET version = version + 1 WHERE id = 'a' AND version = 3`);
      await rows.create({ id: 'new', organisation_id: 'o', attributes: '{}' }, newCall());
      before.exec(`UPDATE payments SET deleted = 1 WHERE id = 'late'`);
      const changes = await rows.changes({ after: '0', size: 9 }, newCall());
      expect(
        changes.map(({ position, kind, row, isBaseline }) => [position, kind, row.id, row.version, isBaseline]),
      ).to.deep.equal([
        ['1', 'created', 'a', 3, true],
        ['2', 'deleted', 'gone', 1, true],
        ['3', 'created', 'late', 0, false],
        ['4', 'updated', 'a', 4, false],
        ['5', 'created', 'new', 0, false],
        ['6', 'deleted', 'late', 0, false],
      ]);
      expect(await rows.versions('gone', { after: '0', size: 9 }, newCall())).to.have.length(1);
      const page = await rows.list({ kind: 'after', position: '0', size: 9 }, newCall());
      expect(page.rows.map(({ id }) => id)).to.deep.equal(['a', 'new']);
      before.close();
      await rows.close();
    });
  });
});
