import { AggregatorRegistry, type Registry } from 'prom-client';

/** The metrics of one process at one instant, fit for a message between processes. */
export type MetricsSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/**
 * Default metrics whose sum or mean over workers would mislead: the slow worker is the one that matters, and the
 * service started with its first process.
 */
const AGGREGATORS: Readonly<Record<string, 'max' | 'min'>> = {
  nodejs_eventloop_lag_seconds: 'max',
  nodejs_eventloop_lag_stddev_seconds: 'max',
  nodejs_eventloop_lag_p90_seconds: 'max',
  nodejs_eventloop_lag_p99_seconds: 'max',
  process_start_time_seconds: 'min',
};

/** Adds the metrics of several processes up; gauges by the aggregator each declares. */
function aggregate(snapshots: readonly MetricsSnapshot[]): Registry {
  const prepared = snapshots.map((snapshot) =>
    snapshot.map((metric) => ({ ...metric, aggregator: AGGREGATORS[metric.name] ?? metric.aggregator })),
  );
  return AggregatorRegistry.aggregate(prepared);
}

/**
 * One answer for all workers.
 *
 * @param snapshots - one a process, and what `retire` kept of processes that ended
 * @returns the text format of Prometheus
 */
export function aggregateSnapshots(snapshots: readonly MetricsSnapshot[]): Promise<string> {
  return aggregate(snapshots).metrics();
}

/**
 * Keeps what a process had counted when it ended. Without it the sum over workers falls when one is replaced, which
 * Prometheus takes for a restart, and counts everything twice. Gauges end with their process.
 *
 * @param kept - what was kept of processes that ended before, or null
 * @param last - the last snapshot of the one that ended
 */
export function retireSnapshot(kept: MetricsSnapshot | null, last: MetricsSnapshot): Promise<MetricsSnapshot> {
  const counted = last.filter(({ type }) => isCumulative(type));
  return aggregate(kept === null ? [counted] : [kept, counted]).getMetricsAsJSON();
}

/** prom-client declares an enum of numbers for what is a word at run time. */
function isCumulative(type: unknown): boolean {
  return type === 'counter' || type === 'histogram';
}
