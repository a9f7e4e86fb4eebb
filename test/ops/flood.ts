import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FloodPlan, FloodResult } from './flood-plan.js';

const PROCESS = fileURLToPath(new URL('flood-process.ts', import.meta.url));

/**
 * Sends a load of creates from a process of its own, so that this one stays free to measure.
 *
 * @param plan - where to, how much, for how long
 */
export async function flood(plan: FloodPlan): Promise<FloodResult> {
  const child = fork(PROCESS, { execArgv: ['--import', 'tsx'] });
  try {
    child.send(plan);
    const [result] = await once(child, 'message');
    return result;
  } finally {
    child.kill('SIGKILL');
  }
}
