import type { StoreEvents } from '../store/types.js';
import { errorType, type StoreCallFacts } from './facts.js';
import { getOrAdd, type HistogramSeries, type Instruments } from './instruments.js';
import type { Logger } from './logger.js';
import { quietly } from './quietly.js';

const DURATION_BUCKETS_SECONDS = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30,
];
const BATCH_BUCKETS = [1, 2, 4, 8, 16, 32, 64, 128, 256];

const BREAKER_STATES = { closed: 0, half_open: 1, open: 2 } as const;

/** Labels are constants and database codes, so they are few. */
export function createStoreMetrics({ counter, gauge, histogram, readGauge }: Instruments) {
  const duration = histogram(
    'repository_call_duration_seconds',
    'Time a caller of the store waited for its outcome.',
    DURATION_BUCKETS_SECONDS,
    ...['operation', 'outcome'],
  );
  const batchSize = histogram(
    'repository_batch_size',
    'Calls that shared one statement or transaction.',
    BATCH_BUCKETS,
    'operation',
  );
  const batchDuration = histogram(
    'repository_batch_duration_seconds',
    'Time of one statement or transaction.',
    DURATION_BUCKETS_SECONDS,
    'operation',
  );
  const retries = counter('repository_retries_total', 'Statements retried, by the code of the database.', 'reason');
  const breaker = gauge(
    'repository_breaker_state',
    'Circuit breaker of the store: 0 closed, 1 half open, 2 open.',
    'max',
  );
  const standbyReads = counter(
    'repository_standby_reads_total',
    'Reads sent to a standby: served, or passed to the primary because the standby lagged or failed.',
    'outcome',
  );

  const calls = new Map<string, Map<string, HistogramSeries>>();
  const batches = new Map<string, { readonly size: HistogramSeries; readonly duration: HistogramSeries }>();

  return {
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
        const help = "Size of the SQLite file's write-ahead log.";
        readGauge('repository_wal_bytes', help, [], () => [[{}, bytes()]], 'max');
      },
      pool(read) {
        const help = 'Connections of the pool by state, and callers that wait for one.';
        readGauge('repository_pool_connections', help, ['state'], () =>
          Object.entries(read()).map(([state, connections]) => [{ state }, connections]),
        );
      },
    } satisfies StoreEvents,
    storeCall({ operation, startedAt, endedAt, error }: StoreCallFacts) {
      const outcome = error === null ? 'ok' : errorType(error);
      const byOutcome = getOrAdd(calls, operation, () => new Map<string, HistogramSeries>());
      const series = getOrAdd(byOutcome, outcome, () => duration.bind({ operation, outcome }));
      series.observe((endedAt - startedAt) / 1000);
    },
  };
}

export function observedStoreEvents(
  { storeEvents }: ReturnType<typeof createStoreMetrics>,
  logger: Pick<Logger, 'warn'>,
): StoreEvents {
  // By code: a thousand more lines would hide the first.
  const failures = new Map<string, (cause: string) => void>();
  let wasClosed = true;
  return {
    ...storeEvents,
    breaker(state) {
      storeEvents.breaker(state);
      const isClosed = state === 'closed';
      // An open breaker probes several times a second.
      if (isClosed !== wasClosed) logger.warn('circuit breaker', { state });
      wasClosed = isClosed;
    },
    failure(code, message) {
      const report = () => quietly((_suppressed, cause: string) => logger.warn('the database fails', { code, cause }));
      getOrAdd(failures, code, report)(message);
    },
    unnamed: (code) =>
      logger.warn('prepared statements are disabled: a pooler in front of Postgres loses them', { code }),
  };
}

type Method = (...args: unknown[]) => unknown;

/**
 * Observes how the calls of a store end, for metrics and spans. Methods without a call among their arguments, such as
 * `close`, are not observed.
 *
 * @param target - an object of asynchronous functions, whose last or last but one argument is a call
 * @param onEnd - called once for each call, before its caller resumes
 * @param prefix - of the method names, for example `refunds.`
 */
export function observeCalls<Target extends object>(
  target: Target,
  onEnd: (facts: StoreCallFacts) => void,
  prefix = '',
): Target {
  function observed(operation: string, method: Method): Method {
    return (...args) => {
      const call = args.findLast((value) => typeof value === 'object' && value !== null && 'deadline' in value);
      if (!call) return method(...args);
      // Read before the call: a database in memory has done its work when it returns.
      const startedAt = performance.now();
      const result = method(...args);
      if (!(result instanceof Promise)) return result;
      const end = (error: unknown) => onEnd({ operation, call, startedAt, endedAt: performance.now(), error });
      result.then(() => end(null), end);
      return result;
    };
  }
  const methods = Object.entries(target).map(([name, value]) => [
    name,
    typeof value === 'function' ? observed(prefix + name, value) : value,
  ]);
  return Object.assign({}, target, Object.fromEntries(methods));
}
