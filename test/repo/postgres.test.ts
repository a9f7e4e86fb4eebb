import { openPostgresRepo } from '../../src/store/postgres/open.js';
import { sharedPostgres } from '../support/postgres.js';
import { describeRepo } from './conformance.js';

describeRepo('Postgres', async () => {
  const uri = await (await sharedPostgres()).createDatabase();
  const table = { schema: null, table: 'payments' };
  const open = () => openPostgresRepo({ uri, table, migrationsFolder: 'schema/postgres' });
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
