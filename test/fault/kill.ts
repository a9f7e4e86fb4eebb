import { execFileSync } from 'node:child_process';
import type { RunningService } from '../support/service.js';
import { signalIfRunning } from '../support/signals.js';

/**
 * Kills all processes of the service at once, like a power failure.
 *
 * @param service - with or without worker processes
 */
export async function killAll(service: RunningService): Promise<void> {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = table.split('\n').map((line) => line.trim().split(/\s+/).map(Number));
  const workers = rows.filter(([, parent]) => parent === service.pid).map(([pid = 0]) => pid);
  for (const pid of [service.pid, ...workers]) signalIfRunning(pid, 'SIGKILL');
  await service.exited;
}
