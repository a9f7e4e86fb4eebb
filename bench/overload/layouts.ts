import pg from 'pg';
import { seed } from '../../test/ops/flood.js';
import type { FloodPlan } from '../../test/ops/flood-plan.js';
import { startQuietService } from '../../test/ops/quiet-service.js';
import { startPostgres } from '../../test/support/postgres.js';

/** A service that can be flooded, and with what. */
export interface Bottleneck {
  readonly port: number;
  readonly work: FloodPlan['work'];
  stop(): Promise<void>;
}

/** Reading so far behind costs the service several times what it costs the client, which runs on the same machine. */
const LIST_FROM = 3000;
/** What each row costs the database beside its own time, seconds: slow enough to be what everything waits for. */
const ROW_SECONDS = 0.001;

/** What is too slow: the one process, the two workers, or the database. */
export const BOTTLENECKS: Readonly<Record<string, () => Promise<Bottleneck>>> = {
  'one process': () => openLists(1),
  'two workers': () => openLists(2),
  'a slow Postgres': openSlowPostgres,
};

async function openLists(workers: number): Promise<Bottleneck> {
  const database = workers === 1 ? [] : ['--repo-uri', `/tmp/payments-overload-${process.pid}.sqlite`];
  const service = await startQuietService(['--workers', String(workers), ...database]);
  await seed(service.port, LIST_FROM + 100);
  return { port: service.port, work: { listFrom: LIST_FROM }, stop: async () => void (await service.stop()) };
}

/** Each payment that is created makes its transaction wait. */
async function openSlowPostgres(): Promise<Bottleneck> {
  const postgres = await startPostgres();
  const url = await postgres.createDatabase();
  const service = await startQuietService(['--repo', 'postgres', '--repo-uri', url]);
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`CREATE FUNCTION take_time() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM pg_sleep(${ROW_SECONDS}); RETURN NEW; END $$`);
  await client.query('CREATE TRIGGER take_time BEFORE INSERT ON payments FOR EACH ROW EXECUTE FUNCTION take_time()');
  await client.end();
  return {
    port: service.port,
    work: 'create',
    async stop() {
      await service.stop();
      await postgres.destroy();
    },
  };
}
