import { ORDINARY_ATTRIBUTES } from '../../load/payments.js';
import type { Bench } from '../bench.js';
import { createPayments } from '../payments.js';
import { SERVERS } from '../servers.js';
import { type Curve, measureCurve, type Sized } from './curve.js';
import { shownServers, withServers } from './with-servers.js';

const CONNECTIONS = [1, 4, 16, 64, 256, 1024];
const SEEDED = 1000;

/**
 * Gets over 1 to 1,024 connections, SQLite in memory; for each server the numbers of connections take turns. The
 * service sheds requests that would only wait (`src/http/middleware/admission.ts`), so 503 is allowed here, but does
 * not count as served.
 */
export async function measureConnections(bench: Bench): Promise<readonly Curve[]> {
  const curves: Curve[] = [];
  for (const name of shownServers(bench)) {
    await withServers(bench, [{ name, repo: 'sqlite3', repoUri: ':memory:' }], async ([server]) => {
      if (server === undefined) return;
      const attributes = ORDINARY_ATTRIBUTES;
      const ids = await createPayments(bench, server, { connections: 64, count: SEEDED, attributes });
      const sized = CONNECTIONS.map((connections): Sized => {
        const script = () => ({ kind: 'get', ids, attributes, mayShed: true }) as const;
        return { size: connections, contender: { name: `${connections} connections`, server, connections, script } };
      });
      curves.push(await measureCurve(bench, 'get by connections', SERVERS[name].title, sized));
    });
  }
  return curves;
}
