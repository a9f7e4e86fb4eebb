import { Counter, Gauge, type Registry } from 'prom-client';
import type { RepoEvents } from '../../store/repo.js';
import { BoundHistogram, type HistogramSeries } from './bound-histogram.js';
import { getOrAdd } from './get-or-add.js';

const DURATION_BUCKETS_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30,
];
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

const BREAKER_STATES = { closed: 0, half_open: 1, open: 2 } as const;

export interface RepoMetrics {
  /** Listens to a repository. */
  readonly repoEvents: Required<Omit<RepoEvents, 'unnamed'>>;
  /**
   * One call of the repository ended.
   *
   * @param operation - the method of `Repo`
   * @param outcome - `ok`, or the code of the `RepoError`
   * @param durationSeconds - how long its caller waited
   */
  repoCall(operation: string, outcome: string, durationSeconds: number): void;
}

/**
 * Latency, batches, retries, circuit breaker and pool of the repository. The labels are names in code and codes of
 * databases, so they are few.
 *
 * @param register - where the metrics are registered
 */
export function createRepoMetrics(register: Registry): RepoMetrics {
  const registers = [register];
  const duration = new BoundHistogram({
    name: 'repository_call_duration_seconds',
    help: 'Time a caller of the repository waited for its outcome.',
    labelNames: ['operation', 'outcome'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  const batchSize = new BoundHistogram({
    name: 'repository_batch_size',
    help: 'Calls that shared one execution.',
    labelNames: ['operation'],
    buckets: BATCH_BUCKETS,
    registers,
  });
  const batchDuration = new BoundHistogram({
    name: 'repository_batch_duration_seconds',
    help: 'Time one execution took in the database.',
    labelNames: ['operation'],
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  const retries = new Counter({
    name: 'repository_retries_total',
    help: 'Statements tried again, by the code the database gave.',
    labelNames: ['reason'],
    registers,
  });
  const breaker = new Gauge({
    name: 'repository_breaker_state',
    help: 'Circuit breaker of the repository: 0 closed, 1 half open, 2 open.',
    aggregator: 'max',
    registers,
  });

  const calls = new Map<string, Map<string, HistogramSeries>>();
  const batches = new Map<string, { readonly size: HistogramSeries; readonly duration: HistogramSeries }>();

  return {
    repoEvents: {
      batch(operation, size, durationSeconds) {
        const bound = getOrAdd(batches, operation, () => ({
          size: batchSize.bind({ operation }),
          duration: batchDuration.bind({ operation }),
        }));
        bound.size.observe(size);
        bound.duration.observe(durationSeconds);
      },
      retry(reason) {
        retries.inc({ reason });
      },
      breaker(state) {
        breaker.set(BREAKER_STATES[state]);
      },
      pool(read) {
        new Gauge({
          name: 'repository_pool_connections',
          help: 'Connections of the pool by state, and callers waiting for one.',
          labelNames: ['state'],
          aggregator: 'sum',
          registers,
          collect() {
            const { active, idle, waiting } = read();
            this.set({ state: 'active' }, active);
            this.set({ state: 'idle' }, idle);
            this.set({ state: 'waiting' }, waiting);
          },
        });
      },
    },
    repoCall(operation, outcome, durationSeconds) {
      const byOutcome = getOrAdd(calls, operation, () => new Map<string, HistogramSeries>());
      getOrAdd(byOutcome, outcome, () => duration.bind({ operation, outcome })).observe(durationSeconds);
    },
  };
}
