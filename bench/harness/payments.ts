import type { IdRange } from '../load/protocol.js';
import type { Bench } from './bench.js';
import { requireNoErrors } from './errors.js';
import type { RunningServer } from './servers.js';

/** The payments before a measurement, of namespace 0, counted from 0. */
export interface SeedOptions {
  readonly connections: number;
  readonly count: number;
  /** Default 0. */
  readonly firstIndex?: number;
  readonly attributes: string;
}

/**
 * Creates payments through a server.
 *
 * @returns the range of their ids
 * @throws MeasurementError if one is rejected
 */
export async function createPayments(bench: Bench, server: RunningServer, options: SeedOptions): Promise<IdRange> {
  const { connections, count, firstIndex = 0, attributes } = options;
  const ids = { namespace: 0, firstIndex, count };
  const pace = { kind: 'requests', requests: count } as const;
  const job = { connections: Math.min(connections, count), script: { kind: 'create', ids, attributes }, pace } as const;
  requireNoErrors(`${server.name}, seeding`, await bench.generator.run(server, job));
  return ids;
}
