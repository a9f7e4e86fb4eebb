import { Counter, Gauge, type Registry } from 'prom-client';
import type { StoreEvents } from '../store/types.js';
import { BoundHistogram, getOrAdd, type HistogramSeries } from './bound-histogram.js';
import { errorType, type StoreCallFacts } from './facts.js';
import type { Logger } from './logger.js';

const DURATION_BUCKETS_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30,
];
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

const BREAKER_STATES = { closed: 0, half_open: 1, open: 2 } as const;

/**
 * Latency, batches, retries, circuit breaker and pool of the store. The labels are names in code and codes of
 * databases, so they are few.
 */
export function createStoreMetrics(register: Registry) {
  const registers = [register];
  const duration = new BoundHistogram({
    name: 'repository_call_duration_seconds',
    help: 'Time a caller of the store waited for its outcome.',
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
    help: 'Statements tried again, by the code of the database.',
    labelNames: ['reason'],
    registers,
  });
  const breaker = new Gauge({
    name: 'repository_breaker_state',
    help: 'Circuit breaker of the store: 0 closed, 1 half open, 2 open.',
    aggregator: 'max',
    registers,
  });

  const standbyReads = new Counter({
    name: 'repository_standby_reads_total',
    help: 'Reads that a standby was asked for: served, or left to the primary because it lagged or failed.',
    labelNames: ['outcome'],
    registers,
  });

  const calls = new Map<string, Map<string, HistogramSeries>>();
  const batches = new Map<string, { readonly size: HistogramSeries; readonly duration: HistogramSeries }>();

  return {
    /** What a store reports while it works, as far as there are metrics of it. */
    storeEvents: {
      batch(operation, size, durationSeconds) {
        const bound = getOrAdd(batches, operation, () => ({
          size: batchSize.bind({ operation }),
          duration: batchDuration.bind({ operation }),
        }));
        bound.size.observe(size);
        bound.duration.observe(durationSeconds);
      },
      retry: (reason) => retries.inc({ reason }),
      breaker: (state) => breaker.set(BREAKER_STATES[state]),
      standby: (outcome) => standbyReads.inc({ outcome }),
      writeAheadLog(bytes) {
        new Gauge({
          name: 'repository_wal_bytes',
          help: "Size of the SQLite file's write-ahead log.",
          aggregator: 'max',
          registers,
          collect() {
            this.set(bytes());
          },
        });
      },
      pool(read) {
        new Gauge({
          name: 'repository_pool_connections',
          help: 'Connections of the pool by state, and callers that wait for one.',
          labelNames: ['state'],
          aggregator: 'sum',
          registers,
          collect() {
            for (const [state, connections] of Object.entries(read())) this.set({ state }, connections);
          },
        });
      },
    } satisfies StoreEvents,
    /** A call of the store ended. */
    storeCall({ operation, startedAt, endedAt, error }: StoreCallFacts) {
      const outcome = error === null ? 'ok' : errorType(error);
      const byOutcome = getOrAdd(calls, operation, () => new Map<string, HistogramSeries>());
      const series = getOrAdd(byOutcome, outcome, () => duration.bind({ operation, outcome }));
      series.observe((endedAt - startedAt) / 1000);
    },
  };
}

/**
 * What a store reports, for metrics and for the log.
 *
 * @param logger - told of what an operator should know
 */
export function observedStoreEvents(
  { storeEvents }: ReturnType<typeof createStoreMetrics>,
  logger: Pick<Logger, 'warn'>,
): StoreEvents {
  return {
    ...storeEvents,
    breaker(state) {
      storeEvents.breaker(state);
      logger.warn('circuit breaker', { state });
    },
    failure: (code, cause) => logger.warn('the database fails', { code, cause }),
    unnamed: (code) =>
      logger.warn('prepared statements are given up: a pooler in front of Postgres loses them', { code }),
  };
}
