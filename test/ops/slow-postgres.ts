import pg from 'pg';
import { startPostgres } from '../support/postgres.js';
import type { FloodPlan } from './flood-plan.js';
import { startQuietService } from './quiet-service.js';

/** A service to flood, and the load. */
export interface Bottleneck {
  readonly port: number;
  readonly work: FloodPlan['work'];
  stop(): Promise<void>;
}

/** The added time of each row in the database, seconds: slow enough to be the bottleneck. */
const ROW_SECONDS = 0.001;

/** Each created payment makes its transaction wait. */
export async function openSlowPostgres(): Promise<Bottleneck> {
  const postgres = await startPostgres();
  const url = await postgres.createDatabase();
  const service = await startQuietService(['--repo', 'postgres', '--repo-uri', url, '--metrics']);
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
