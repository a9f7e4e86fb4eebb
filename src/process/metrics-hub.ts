import { aggregateSnapshots, type MetricsSnapshot, retireSnapshot, shareRenderings } from '../observe/metrics.js';
import type { EventLog } from './event-log.js';
import type { Primary } from './primary.js';
import { metricsOfOne } from './questions.js';
import type { WorkerProcess } from './worker-process.js';

/** The metrics of all workers together, kept by the primary process. */
export interface MetricsHub {
  /** All of them, in Prometheus's text format. */
  text(): Promise<string>;
  /** A worker ended: what it had counted goes on to count. */
  retire(worker: WorkerProcess): void;
}

/**
 * @param primary - gives the primary, which is started after the hub
 * @param log - told of a worker that did not answer
 */
export function createMetricsHub(primary: () => Primary, log: EventLog): MetricsHub {
  // What a worker told last is all that is left when it dies.
  const latest = new Map<WorkerProcess, MetricsSnapshot>();
  let retired: MetricsSnapshot | null = null;
  let retiring: Promise<void> = Promise.resolve();

  return {
    text: shareRenderings(async () => {
      await Promise.all(
        primary()
          .workers()
          .map(async (worker) => {
            try {
              latest.set(worker, await worker.channel.ask(metricsOfOne, null));
            } catch (error) {
              log.warn('a worker did not tell its metrics', { worker: worker.slot, error });
            }
          }),
      );
      await retiring;
      if (latest.size === 0) throw new Error('no worker told its metrics');
      return aggregateSnapshots(retired ? [retired, ...latest.values()] : [...latest.values()]);
    }),
    retire(worker) {
      const snapshot = latest.get(worker);
      latest.delete(worker);
      if (!snapshot) return;
      retiring = retiring.then(async () => {
        retired = await retireSnapshot(retired, snapshot);
      });
    },
  };
}
