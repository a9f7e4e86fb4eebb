import type { Bench } from '../bench.js';
import type { GrowthPart } from '../works.js';
import { measureConnections } from './connections.js';
import type { Curve } from './curve.js';
import { type MemorySample, measureMemory } from './memory.js';
import { measurePayload } from './payload.js';
import { measurePostgresRows } from './postgres-rows.js';
import { measureSqliteRows } from './sqlite-rows.js';

/** The cost of a database's size. */
export interface RowsGrowth {
  /** Get, update and create over the number of stored payments. */
  readonly byRows: readonly Curve[];
  /** A page over the number of payments before it, in the largest table. */
  readonly byDepth: readonly Curve[];
}

/** Cost by size; null if not requested. */
export interface Growth {
  /** Bytes of the whole request body or response body. */
  readonly payload: { readonly get: readonly Curve[]; readonly create: readonly Curve[] } | null;
  readonly connections: readonly Curve[] | null;
  readonly memory: readonly MemorySample[] | null;
  readonly sqlite: RowsGrowth | null;
  readonly postgres: RowsGrowth | null;
}

/**
 * Measures the requested parts of growth, one after another.
 *
 * @param attempt - runs a part, and records its failure
 */
export async function measureGrowth(
  bench: Bench,
  attempt: (what: string, work: () => Promise<void>) => Promise<void>,
): Promise<Growth> {
  const growth: { -readonly [K in keyof Growth]: Growth[K] } = {
    payload: null,
    connections: null,
    memory: null,
    sqlite: null,
    postgres: null,
  };
  const parts: Record<GrowthPart, () => Promise<void>> = {
    payload: async () => {
      growth.payload = await measurePayload(bench);
    },
    connections: async () => {
      growth.connections = await measureConnections(bench);
    },
    memory: async () => {
      growth.memory = await measureMemory(bench);
    },
    sqlite: async () => {
      growth.sqlite = await measureSqliteRows(bench);
    },
    postgres: async () => {
      growth.postgres = await measurePostgresRows(bench);
    },
  };
  for (const part of bench.options.growthParts) {
    const startedAt = performance.now();
    await attempt(`growth, ${part}`, parts[part]);
    bench.log(`growth, ${part}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
  }
  return growth;
}
