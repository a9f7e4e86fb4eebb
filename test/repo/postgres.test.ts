import { sharedPostgres } from '../support/postgres.js';
import { describeRepo } from './conformance.js';
import { openRows } from './postgres-subject.js';

describeRepo('Postgres', async () => {
  const uri = await (await sharedPostgres()).createDatabase();
  const open = () => openRows({ uri });
  let repo = await open();
  return {
    repo,
    async reopen() {
      await repo.close();
      repo = await open();
      return repo;
    },
    dispose: () => repo.close(),
  };
});
