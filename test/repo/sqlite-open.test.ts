import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openConnection, openDatabase } from '../../src/store/sqlite/connection.js';
import type { TableName } from '../../src/store/tables.js';
import { StoreOpenError } from '../../src/store/types.js';
import { createAll, newCall, openSqliteRows } from './conformance/subject.js';

describe('SQLite: opening', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'payments-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  function open(uri: string, table: TableName = { schema: null, table: 'payments' }) {
    return openSqliteRows({ uri, table });
  }

  async function expectOpenError(opening: Promise<unknown>, message: RegExp): Promise<void> {
    const error = await opening.then(
      () => expect.fail('it opened'),
      (reason: unknown) => reason,
    );
    expect(error).to.be.instanceOf(StoreOpenError);
    expect(String(error)).to.match(message).and.not.contain('\n');
  }

  it('names a missing folder', async () => {
    await expectOpenError(
      open(join(folder, 'nowhere', 'payments.db')),
      /cannot open the SQLite database .*nowhere.*directory does not exist$/,
    );
  });

  it('rejects a folder, a file that is not a database, and a path through a file', async () => {
    await mkdir(join(folder, 'inside'));
    await expectOpenError(open(join(folder, 'inside')), /cannot open the SQLite database .*inside: .*SQLITE_CANTOPEN/);
    await writeFile(join(folder, 'text'), 'this is no database, but long enough to be taken for one '.repeat(40));
    await expectOpenError(open(join(folder, 'text')), /SQLITE_NOTADB/);
    await expectOpenError(open(join(folder, 'text', 'payments.db')), /cannot open the SQLite database/);
  });

  it('rejects a database in UTF-16, whose large texts it would garble', async () => {
    const file = join(folder, 'payments.db');
    const database = openConnection(file);
    database.exec("PRAGMA encoding = 'UTF-16'; CREATE TABLE other (x)");
    database.close();
    await expectOpenError(
      open(file),
      /cannot open the SQLite database .*: it has the encoding UTF-16\w+; it must be UTF-8$/,
    );
  });

  it('accepts a symbolic through which all processes use one write-ahead log', async () => {
    const file = join(folder, 'payments.db');
    const repo = await open(file);
    await symlink(file, join(folder, 'other.db'));
    const same = await open(join(folder, 'other.db'));
    await createAll(repo, ['a']);
    expect(await same.find('a', newCall())).to.include({ id: 'a' });
    await same.close();
    await repo.close();
  });

  it('accepts main as the schema', async () => {
    const repo = await open(':memory:', { schema: 'main', table: 'payments' });
    await createAll(repo, ['a']);
    await repo.close();
  });

  it('serves a table of any name', async () => {
    const tables = ['Payments "2"', "it's; DROP TABLE x; --", '付款😀', 'select', 'a.b', 't'.repeat(200)];
    for (const [index, table] of tables.entries()) {
      const file = join(folder, `names-${index}.db`);
      for (let round = 0; round < 2; round++) {
        const repo = await open(file, { schema: null, table });
        await createAll(repo, [`round-${round}`]);
        expect(await repo.count(newCall())).to.equal(round + 1);
        await repo.close();
      }
    }
  });

  it('uses write-ahead mode with full synchronisation', async () => {
    const database = await openDatabase(join(folder, 'payments.db'));
    expect(database.prepare('PRAGMA journal_mode').pluck().get()).to.equal('wal');
    expect(database.prepare('PRAGMA synchronous').pluck().get()).to.equal(2);
    database.close();
  });

  it('leaves one file when it closes, and may be closed twice', async () => {
    const file = join(folder, 'payments.db');
    const repo = await open(file);
    await createAll(repo, ['a']);
    await repo.close();
    await repo.close();
    const database = openConnection(file, { readonly: true });
    expect(database.prepare('SELECT id FROM payments').pluck().all()).to.deep.equal(['a']);
    database.close();
  });
});
