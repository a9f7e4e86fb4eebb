import { fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { bundle } from '../support/bundle.js';
import { createClient } from '../support/http.js';
import type { FloodPlan, FloodResult } from './flood-plan.js';

const PROCESS = fileURLToPath(new URL('flood-process.ts', import.meta.url));
const PROBE_PERIOD_MS = 20;

/** The results of concurrent health checks. */
export interface Probed {
  readonly count: number;
  /** Those with a status other than 200. */
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/**
 * Sends a load from a separate process, so that this one is free to measure.
 *
 * @param plan - the load
 * @param onBegan - called when all connections are open
 */
export async function flood(plan: FloodPlan, onBegan: () => void = () => {}): Promise<FloodResult> {
  const child = fork(await bundle(PROCESS), { execArgv: [] });
  try {
    child.send(plan);
    // After a stall both messages are read in one turn.
    return await new Promise<FloodResult>((resolve, reject) => {
      child.once('disconnect', () => reject(new Error('the flood ended without a result')));
      child.once('message', () => {
        onBegan();
        child.once('message', resolve);
      });
    });
  } finally {
    child.kill('SIGKILL');
  }
}

/** The same, with concurrent health checks on a separate connection. */
export async function probedFlood(plan: FloodPlan): Promise<{ result: FloodResult; health: Probed }> {
  const client = createClient(plan.port);
  const latencies: number[] = [];
  let failed = 0;
  let isOver = false;
  let begin = () => {};
  const began = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const flooded = flood(plan, begin).finally(() => {
    isOver = true;
  });
  await Promise.race([began, flooded]);
  while (!isOver) {
    const beganMs = performance.now();
    const { status } = await client.get('/health');
    latencies.push(performance.now() - beganMs);
    if (status !== 200) failed += 1;
    await delay(PROBE_PERIOD_MS);
  }
  client.close();
  latencies.sort((one, other) => one - other);
  const quantile = (share: number) => latencies[Math.floor((latencies.length - 1) * share)] ?? 0;
  const health = { count: latencies.length, failed, p50Ms: quantile(0.5), p99Ms: quantile(0.99) };
  return { result: await flooded, health };
}

/**
 * Creates payments, for lists that skip them.
 *
 * @param port - of the service
 * @param count - the minimum
 */
export async function seed(port: number, count: number): Promise<void> {
  let created = 0;
  while (created < count) {
    const plan = {
      port,
      work: 'create',
      ratePerSecond: null,
      connections: 64,
      durationMs: 500,
      clientTimeoutMs: 10_000,
    } as const;
    created += (await flood(plan)).good;
  }
}
