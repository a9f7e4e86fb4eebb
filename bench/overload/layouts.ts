import { seed } from '../../test/ops/flood.js';
import { startQuietService } from '../../test/ops/quiet-service.js';
import { type Bottleneck, openSlowPostgres } from '../../test/ops/slow-postgres.js';

/** Such a deep page costs the service several times as much as the client, which runs on the same machine. */
const LIST_FROM = 3000;
/** The bottleneck: the one process, the two workers, or the database. */
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
