import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteRepo } from '../../src/store/sqlite/open.js';
import { describeRepo } from './conformance.js';

const table = { schema: null, table: 'payments' };
const migrationsFolder = 'schema/sqlite3';

describeRepo(
  'SQLite in memory',
  async () => {
    const repo = await openSqliteRepo({ uri: ':memory:', table, migrationsFolder });
    return { repo, dispose: () => repo.close() };
  },
  { durable: false },
);

describeRepo('SQLite in a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'payments-'));
  const open = () => openSqliteRepo({ uri: join(folder, 'payments.db'), table, migrationsFolder });
  let repo = await open();
  return {
    repo,
    async reopen() {
      await repo.close();
      repo = await open();
      return repo;
    },
    async dispose() {
      await repo.close();
      await rm(folder, { recursive: true });
    },
  };
});
