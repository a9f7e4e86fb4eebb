import { attributesOfSize } from '../../load/payments.js';
import type { Bench } from '../bench.js';
import { createPayments } from '../payments.js';
import { SERVERS, type ServerName } from '../servers.js';
import type { Turns } from '../turns.js';
import { type Curve, curveOf, takeGrowthTurns } from './curve.js';
import { shownServers, withServers } from './with-servers.js';

const PAYLOAD_BYTES = [1, 4, 16, 64, 256, 1024].map((kib) => kib * 1024);
/** The size of a payment without its attributes. */
const ENVELOPE_BYTES = 256;
/** The number of payments that are read. */
const SEEDED = 64;

/** Gets and creates of payments from 1 KiB to 1 MiB, SQLite in memory; at each size the servers take turns. */
export async function measurePayload(bench: Bench): Promise<{ get: readonly Curve[]; create: readonly Curve[] }> {
  const names = shownServers(bench);
  const gets = new Map<ServerName, Turns[]>(names.map((name) => [name, []]));
  const creates = new Map<ServerName, Turns[]>(names.map((name) => [name, []]));
  for (const size of PAYLOAD_BYTES) {
    const attributes = attributesOfSize(size - ENVELOPE_BYTES);
    const { connections } = bench.options;
    const wanted = names.map((name) => ({ name, repo: 'sqlite3', repoUri: ':memory:' }) as const);
    await withServers(bench, wanted, async (servers) => {
      for (const server of servers) await createPayments(bench, server, { connections, count: SEEDED, attributes });
      const ids = { namespace: 0, firstIndex: 0, count: SEEDED };
      for (const [what, seen] of [
        ['get', gets],
        ['create', creates],
      ] as const) {
        const script = () =>
          what === 'get' ? ({ kind: 'get', ids, attributes } as const) : bench.newPayments(attributes);
        const contenders = servers.map((server) => ({ name: server.name, server, connections, script }));
        const turns = await takeGrowthTurns(bench, `${what} of ${size} bytes`, contenders);
        for (const [index, turn] of turns.entries()) seen.get(names[index] ?? 'service')?.push(turn);
      }
    });
    bench.log(`growth, payload of ${size} bytes: done`);
  }
  const curves = (what: string, seen: ReadonlyMap<ServerName, readonly Turns[]>) =>
    [...seen].map(([name, turns]) => curveOf(bench, `${what} by payload`, SERVERS[name].title, PAYLOAD_BYTES, turns));
  return { get: curves('get', gets), create: curves('create', creates) };
}
