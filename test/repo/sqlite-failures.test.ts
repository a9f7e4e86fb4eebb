import { spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Database from 'better-sqlite3';
import { expect } from 'chai';
import { payments } from '../../src/payments/resource.js';
import { openConnection, openDatabase } from '../../src/store/sqlite/connection.js';
import { fileChecks } from '../../src/store/sqlite/file-checks.js';
import { sqliteStore } from '../../src/store/sqlite/store.js';
import { tablesOf } from '../../src/store/tables.js';
import type { StoreError } from '../../src/store/types.js';
import {
  createAll,
  expectError,
  newCall,
  newChange,
  newPayment,
  numbered,
  type OpenRows,
  openSqliteRows,
  rowsOf,
} from './conformance/subject.js';
import { startWriting } from './sqlite-clients.js';

const table = { schema: null, table: 'payments' };

describe('SQLite: failures', () => {
  let folder: string;
  let file: string;
  let repo: OpenRows;
  let database: Database.Database;
  let batches: number[];
  let retries: string[];
  let failures: string[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'payments-'));
    file = join(folder, 'payments.db');
    await (await openSqliteRows({ uri: file })).close();
    database = await openDatabase(file);
    batches = [];
    retries = [];
    failures = [];
    const events = {
      batch: (_operation: string, size: number) => batches.push(size),
      retry: (reason: string) => retries.push(reason),
      failure: (reason: string) => failures.push(reason),
    };
    const resources = [payments];
    const tables = tablesOf(resources, table);
    repo = rowsOf(sqliteStore({ database, resources, tables, events, file: fileChecks(file) }));
  });
  afterEach(async () => {
    await repo.close();
    await rm(folder, { recursive: true });
  });

  it('joins the writes of one turn in one transaction', async () => {
    await Promise.all(numbered('p', 20).map((id) => repo.create(newPayment(id), newCall())));
    expect(batches).to.deep.equal([20]);
  });

  it('rejects the whole batch if the disk is full, keeps nothing of it, and continues when there is room again', async () => {
    await createAll(repo, ['before']);
    database.exec(`PRAGMA max_page_count = ${Number(database.prepare('PRAGMA page_count').pluck().get()) + 20}`);
    const attributes = `{"amount":"1","padding":"${'x'.repeat(10_000)}"}`;
    const calls = numbered('p', 20).map((id) => ({ id, call: newCall() }));
    const writes = calls.map(({ id, call }) => repo.create(newPayment(id, { attributes }), call));
    await Promise.all(writes.map((write) => expectError(write, 'unavailable')));
    const reasons = await Promise.all(writes.map((write) => write.catch(({ reason }: StoreError) => reason)));
    expect(new Set(reasons)).to.deep.equal(new Set(['SQLITE_FULL']));
    const again = numbered('p', 20).map((id) => repo.create(newPayment(id, { attributes }), newCall()));
    await Promise.all(again.map((write) => expectError(write, 'unavailable')));
    expect(new Set(failures)).to.deep.equal(new Set(['SQLITE_FULL']));
    expect(calls.map(({ call }) => call.pendingWrites)).to.deep.equal(new Array(20).fill(0));
    expect(await repo.count(newCall())).to.equal(1);
    database.exec('PRAGMA max_page_count = 1000000');
    await createAll(repo, numbered('p', 20));
  });

  it('rejects a statement that the database rejects, and commits the rest of the batch', async () => {
    database.exec(`CREATE TRIGGER reject BEFORE INSERT ON payments WHEN NEW.id = 'bad'
      BEGIN SELECT RAISE(ABORT, 'rejected'); END`);
    const results = await Promise.allSettled(['a', 'bad', 'b'].map((id) => repo.create(newPayment(id), newCall())));
    expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
    expect(batches).to.deep.equal([3]);
    expect(await repo.count(newCall())).to.equal(2);
  });

  it('keeps nothing of a batch that a trigger rolled back', async () => {
    database.exec(`CREATE TRIGGER reject BEFORE INSERT ON payments WHEN NEW.id = 'bad'
      BEGIN SELECT RAISE(ROLLBACK, 'rejected'); END`);
    const writes = ['a', 'bad', 'b'].map((id) => repo.create(newPayment(id), newCall()));
    await Promise.all(writes.map((write) => expectError(write, 'broken')));
    expect(await repo.count(newCall())).to.equal(0);
    expect(await repo.changes({ after: '0', size: 20 }, newCall())).to.deep.equal([]);
  });

  it('says of no id that it exists because a trigger ignored the row', async () => {
    database.exec(
      `CREATE TRIGGER ignore BEFORE INSERT ON payments WHEN NEW.id = 'bad' BEGIN SELECT RAISE(IGNORE); END`,
    );
    await createAll(repo, ['a']);
    await expectError(repo.create(newPayment('bad'), newCall()), 'broken');
    expect((await repo.create(newPayment('a'), newCall())).outcome).to.equal('exists');
  });

  it('says of no version that it conflicts with itself because a trigger ignored the write', async () => {
    database.exec('CREATE TRIGGER ignore BEFORE UPDATE ON payments BEGIN SELECT RAISE(IGNORE); END');
    await createAll(repo, ['a']);
    for (const write of [repo.update(newChange('a', 0), newCall()), repo.delete('a', 0, newCall())]) {
      expect((await expectError(write, 'broken')).message).to.contain('because of a trigger');
    }
    expect((await repo.find('a', newCall()))?.version).to.equal(0);
  });

  for (const [what, sql] of [
    ['is empty', 'DELETE FROM payments_log'],
    ['has a position less than that of the last change', 'UPDATE payments_log SET last = last - 1'],
    [
      'has a position less than that of the last row',
      'UPDATE payments_log SET last = last - 1; DELETE FROM payments_changes WHERE position = 2',
    ],
  ] as const) {
    it(`is not healthy if its log ${what}, and gives no position twice`, async () => {
      await createAll(repo, numbered('p', 2));
      await repo.ping(newCall());
      database.exec(sql);
      await expectError(repo.ping(newCall()), 'unavailable');
      expect(failures).to.deep.equal(['log_behind']);
      const changes = await repo.changes({ after: '0', size: 20 }, newCall());
      for (const write of [
        () => repo.create(newPayment('next'), newCall()),
        () => repo.update(newChange('p-0', 0), newCall()),
      ]) {
        await expectError(write(), 'unavailable');
      }
      expect(failures).to.deep.equal(['log_behind', 'log_behind', 'log_behind']);
      expect(await repo.changes({ after: '0', size: 20 }, newCall())).to.deep.equal(changes);
    });
  }

  it('logs the writes of one transaction in their order, each with its row at that time', async () => {
    const key = { key: 'k', fingerprint: 'f' };
    const outcomes = await Promise.all([
      repo.create(newPayment('a'), newCall()),
      repo.create(newPayment('b'), newCall()),
      repo.update(newChange('a', 0), newCall()),
      repo.create(newPayment('c'), newCall()),
      repo.create(newPayment('d'), newCall(), key),
      repo.create(newPayment('e'), newCall()),
      repo.create(newPayment('a'), newCall()),
      repo.delete('c', 0, newCall()),
      repo.create(newPayment('f'), newCall()),
    ]);
    expect(batches).to.deep.equal([9]);
    expect(outcomes.filter(({ outcome }) => outcome === 'exists')).to.have.length(1);
    const changes = await repo.changes({ after: '0', size: 20 }, newCall());
    expect(changes.map(({ position, kind, row }) => `${position} ${kind} ${row.id}${row.version}`)).to.deep.equal(
      ['1 created a0', '2 created b0', '3 updated a1', '4 created c0', '5 created d0'].concat([
        '6 created e0',
        '7 deleted c0',
        '8 created f0',
      ]),
    );
    expect(changes[0]?.row).to.include({ attributes: newPayment('a').attributes });
  });

  it('keeps no write whose change cannot be recorded, and nothing else of its transaction', async () => {
    database.exec(`CREATE TRIGGER reject BEFORE INSERT ON payments_changes WHEN NEW.id = 'bad'
      BEGIN SELECT RAISE(ABORT, 'rejected'); END`);
    await createAll(repo, ['kept']);
    const writes = [
      repo.create(newPayment('bad'), newCall()),
      repo.update(newChange('kept', 0), newCall()),
      repo.create(newPayment('other'), newCall()),
    ];
    await Promise.all(writes.map((write) => expectError(write, 'broken')));
    expect(await repo.count(newCall())).to.equal(1);
    expect(await repo.changes({ after: '0', size: 20 }, newCall())).to.have.length(1);
    expect((await repo.find('kept', newCall()))?.version).to.equal(0);
  });

  it('waits for a lock without blocking the process, reads meanwhile, and writes after its release', async () => {
    const other = openConnection(file);
    other.exec('BEGIN IMMEDIATE');
    const call = newCall();
    const writing = repo.create(newPayment('a'), call);
    while (retries.length < 3) {
      expect(await repo.find('a', newCall())).to.equal(null);
      await new Promise(setImmediate);
    }
    expect(call.pendingWrites).to.equal(0);
    other.exec('ROLLBACK');
    other.close();
    expect(await writing).to.deep.equal({ outcome: 'created' });
    expect(retries[0]).to.equal('SQLITE_BUSY');
  });

  it('gives up on a lock at the deadline', async () => {
    const other = openConnection(file);
    other.exec('BEGIN IMMEDIATE');
    const call = newCall(500);
    await expectError(repo.create(newPayment('late'), call), 'unavailable');
    expect(call.pendingWrites).to.equal(0);
    other.exec('ROLLBACK');
    other.close();
    expect(await repo.find('late', newCall())).to.equal(null);
  });

  it('drops calls abandoned while their batch waits for a lock', async () => {
    const other = openConnection(file);
    other.exec('BEGIN IMMEDIATE');
    const call = newCall();
    const abandoned = expectError(repo.create(newPayment('abandoned'), call), 'deadline_exceeded');
    const patient = repo.create(newPayment('patient'), newCall());
    while (retries.length === 0) {
      await new Promise(setImmediate);
    }
    call.abandoned = true;
    other.exec('ROLLBACK');
    other.close();
    await abandoned;
    expect(await patient).to.deep.equal({ outcome: 'created' });
    expect(await repo.find('abandoned', newCall())).to.equal(null);
  });

  it('is not healthy without any of its columns', async () => {
    for (const name of ['payments', 'payments_changes']) {
      const columns = database.prepare(`SELECT name FROM pragma_table_info('${name}')`).pluck().all();
      expect(columns.length).to.be.above(5);
      for (const column of columns) {
        database.exec(`ALTER TABLE ${name} RENAME ${column} TO elsewhere`);
        await expectError(repo.ping(newCall()), 'unavailable');
        database.exec(`ALTER TABLE ${name} RENAME elsewhere TO ${column}`);
        await repo.ping(newCall());
      }
    }
  });

  it('is unavailable without its table, and serves again once it is back', async () => {
    await createAll(repo, ['a']);
    database.exec('ALTER TABLE payments RENAME TO elsewhere');
    await expectError(repo.find('a', newCall()), 'unavailable');
    await expectError(repo.create(newPayment('b'), newCall()), 'unavailable');
    await expectError(repo.ping(newCall()), 'unavailable');
    expect(new Set(failures)).to.deep.equal(new Set(['SQLITE_ERROR']));
    database.exec('ALTER TABLE elsewhere RENAME TO payments');
    await repo.ping(newCall());
    await createAll(repo, ['b']);
    expect(await repo.count(newCall())).to.equal(2);
  });

  it('is unavailable while the system cannot find out whether the file is the same', async () => {
    await createAll(repo, ['a']);
    const away = `${folder}-away`;
    await rename(folder, away);
    await symlink(folder, folder);
    for (const attempt of [() => repo.create(newPayment('b'), newCall()), () => repo.ping(newCall())]) {
      expect(await expectError(attempt(), 'unavailable')).to.have.property('reason', 'ELOOP');
    }
    expect(new Set(failures)).to.deep.equal(new Set(['ELOOP']));
    await rm(folder);
    await rename(away, folder);
    await createAll(repo, ['b']);
    await repo.ping(newCall());
  });

  it('is unavailable if its file is damaged', async () => {
    await createAll(repo, numbered('p', 500));
    database.pragma('wal_checkpoint(TRUNCATE)');
    await writeFile(file, Buffer.alloc(statSync(file).size, 0xaa));
    // What is in memory is not read again.
    database.pragma('shrink_memory');
    await expectError(repo.find('p250', newCall()), 'unavailable');
    expect(failures).to.deep.equal(['SQLITE_NOTADB']);
  });

  it('reports the right outcomes when the disk fails during the work', async () => {
    await repo.close();
    // A file size limit makes the system reject writes, like a failing disk.
    const command = `ulimit -f 1000; exec "${process.execPath}" --import tsx test/repo/sqlite-client.ts "${file}" p 1500`;
    const client = spawn('sh', ['-c', command], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    const [report] = await startWriting([client]).finally(() => client.kill());
    if (report === undefined) {
      expect.fail('the client did not report');
    }
    expect(report.error).to.equal(null);
    expect(report.created).to.have.length.greaterThan(50);
    expect(report.created.length + report.rejected.length).to.equal(1500);
    expect(report.rejected).to.have.length.greaterThan(50);

    const after = await openSqliteRows({ uri: file });
    for (const id of report.created) {
      expect(await after.find(id, newCall()), id).to.have.property('version', 0);
    }
    for (const id of report.rejected) {
      expect(await after.find(id, newCall()), id).to.equal(null);
    }
    await after.close();
  });
});
