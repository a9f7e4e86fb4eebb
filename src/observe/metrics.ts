import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { MetricsSnapshot } from './metrics/aggregate.js';
import { createGuardMetrics, type GuardMetrics } from './metrics/guard-metrics.js';
import { createRepoMetrics, type RepoMetrics } from './metrics/repo-metrics.js';
import { createRequestMetrics, type RequestMetrics } from './metrics/request-metrics.js';

export { aggregateSnapshots, type MetricsSnapshot, retireSnapshot } from './metrics/aggregate.js';

/** The media type of `text()`. */
export const METRICS_CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

export interface Metrics extends RequestMetrics, RepoMetrics, GuardMetrics {
  /** Every metric of this process, in the text format of Prometheus. */
  text(): Promise<string>;
  /** Every metric of this process, for `aggregateSnapshots` in another. */
  snapshot(): Promise<MetricsSnapshot>;
}

export interface MetricsOptions {
  /** The version of the service, for `build_info`. */
  readonly version?: string;
  /** The path templates there are: any other route is counted as unmatched. */
  readonly routes?: Iterable<string>;
  /** Puts `worker="…"` on every series, which then stays apart in the sum over workers. */
  readonly workerLabel?: string;
}

/**
 * The metrics of one process, in a registry of their own.
 *
 * @param options - see `MetricsOptions`
 */
export function createMetrics({ version = 'unknown', routes, workerLabel }: MetricsOptions = {}): Metrics {
  const register = new Registry();
  if (workerLabel !== undefined) register.setDefaultLabels({ worker: workerLabel });
  collectDefaultMetrics({ register });
  new Gauge({
    name: 'payments_api_build_info',
    help: 'Always 1; the labels say which build this is.',
    labelNames: ['version'],
    aggregator: 'first',
    registers: [register],
  }).set({ version }, 1);

  return {
    ...createRequestMetrics(register, routes),
    ...createRepoMetrics(register),
    ...createGuardMetrics(register),
    text: () => register.metrics(),
    snapshot: () => register.getMetricsAsJSON(),
  };
}
