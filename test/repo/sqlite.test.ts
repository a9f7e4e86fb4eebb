import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteRows } from './conformance/subject.js';
import { describeRepo } from './conformance.js';

describeRepo(
  'SQLite in memory',
  async () => {
    const repo = await openSqliteRows({ uri: ':memory:' });
    return { repo, dispose: () => repo.close() };
  },
  { durable: false },
);

describeRepo('SQLite in a file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'payments-'));
  const open = () => openSqliteRows({ uri: join(folder, 'payments.db') });
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
