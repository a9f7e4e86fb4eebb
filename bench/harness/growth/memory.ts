import { ORDINARY_ATTRIBUTES, paymentId } from '../../load/payments.js';
import type { Script } from '../../load/protocol.js';
import type { Bench } from '../bench.js';
import { requireNoErrors } from '../errors.js';
import { createPayments } from '../payments.js';
import type { RunningServer } from '../servers.js';
import { halves } from './halves.js';
import { withServers } from './with-servers.js';

/** The memory of the process after a number of requests. */
export interface MemorySample {
  readonly requests: number;
  readonly residentMiB: number;
  /** JavaScript's heap, including uncollected garbage. */
  readonly heapUsedMiB: number;
}

const SEEDED = 1024;
const SAMPLES = 60;

/**
 * Memory of the service over many requests. The database is a file, because each update adds to the log of changes, so
 * any growth is a leak.
 */
export async function measureMemory(bench: Bench): Promise<readonly MemorySample[]> {
  const { memoryRequests, connections } = bench.options;
  const attributes = ORDINARY_ATTRIBUTES;
  const slice = Math.ceil(memoryRequests / SAMPLES);
  const samples: MemorySample[] = [];
  await withServers(bench, [{ name: 'service', repo: 'sqlite3', repoUri: bench.file('memory') }], async ([server]) => {
    if (server === undefined) return;
    await createPayments(bench, server, { connections: 1, count: SEEDED, attributes });
    const [read, written] = halves({ namespace: 0, firstIndex: 0, count: SEEDED });
    const scripts: readonly Script[] = [
      { kind: 'get', ids: read, attributes },
      { kind: 'update', ids: written, attributes },
      { kind: 'list', path: '/v1/payments?size=20', firstId: paymentId(0, 0), count: 20 },
    ];
    for (let done = 0, index = 0; done < memoryRequests; index += 1) {
      const script = scripts[index % scripts.length];
      if (script === undefined) break;
      const pace = { kind: 'requests', requests: slice } as const;
      const result = await bench.generator.run(server, { connections, script, pace });
      requireNoErrors(`growth, memory, ${script.kind}`, result);
      done += result.requests;
      samples.push({ requests: done, residentMiB: server.residentMemoryMiB(), heapUsedMiB: await heapUsedMiB(server) });
      if (index % 10 === 9) bench.log(`growth, memory: ${done} requests`);
    }
  });
  bench.log(`memory: ${samples.map(({ residentMiB }) => residentMiB.toFixed(0)).join(' ')} MiB`);
  return samples;
}

/**
 * The growth of memory with each million requests, by least squares, without the first third, which warms everything
 * up.
 */
export function slopeMiBPerMillion(samples: readonly MemorySample[]): number {
  const warm = samples.slice(Math.floor(samples.length / 3));
  const meanX = mean(warm.map(({ requests }) => requests));
  const meanY = mean(warm.map(({ residentMiB }) => residentMiB));
  let covariance = 0;
  let variance = 0;
  for (const { requests, residentMiB } of warm) {
    covariance += (requests - meanX) * (residentMiB - meanY);
    variance += (requests - meanX) ** 2;
  }
  return (covariance / variance) * 1e6;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

async function heapUsedMiB(server: RunningServer): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  const match = /^nodejs_heap_size_used_bytes(?:\{[^}]*\})? (\S+)$/m.exec(metrics);
  return Number(match?.[1]) / 2 ** 20;
}
