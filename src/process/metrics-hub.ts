import type { Logger } from '../observe/logger.js';
import { aggregateSnapshots, type MetricsSnapshot, retireSnapshot, shareRenderings } from '../observe/metrics.js';
import type { WorkerProcess } from './worker-process.js';

/**
 * The metrics of all workers together, kept by the primary process.
 *
 * @param workers - those that are ready
 * @param log - told of a worker that did not respond
 */
export function createMetricsHub(workers: () => readonly WorkerProcess[], log: Pick<Logger, 'warn'>) {
  // What a worker told last is all that is left when it dies.
  const latest = new Map<WorkerProcess, MetricsSnapshot>();
  let retired: MetricsSnapshot | null = null;
  let retiring: Promise<void> = Promise.resolve();

  async function update(worker: WorkerProcess): Promise<void> {
    try {
      latest.set(worker, await worker.metrics());
    } catch (error) {
      log.warn('a worker did not tell its metrics', { worker: worker.slot, error });
    }
  }

  return {
    /** All of them, in Prometheus's text format. */
    text: shareRenderings(async () => {
      await Promise.all(workers().map(update));
      await retiring;
      if (latest.size === 0) throw new Error('no worker told its metrics');
      return aggregateSnapshots(retired ? [retired, ...latest.values()] : [...latest.values()]);
    }),
    /** A worker ended: what it had counted continues to count. */
    retire(worker: WorkerProcess): void {
      const snapshot = latest.get(worker);
      latest.delete(worker);
      if (!snapshot) return;
      retiring = retiring.then(async () => {
        retired = await retireSnapshot(retired, snapshot);
      });
    },
  };
}
