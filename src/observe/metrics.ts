import { AggregatorRegistry, collectDefaultMetrics, Registry } from 'prom-client';
import { KNOWN_METHODS, type RequestFacts } from './facts.js';
import { getOrAdd, type HistogramSeries, type Instruments, instrumentsOf } from './instruments.js';
import type { Logger } from './logger.js';
import { createStoreMetrics } from './store-metrics.js';

/** Plain data, for a message between processes. */
export type MetricsSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

export type Metrics = ReturnType<typeof createMetrics>;

/** All names and labels are constants or bounded. `build`: service `orders-api` gives `orders_api_build_info`. */
export function createMetrics(build: { readonly service?: string; readonly version?: string } = {}) {
  const { service = 'service', version = 'unknown' } = build;
  const register = new Registry();
  const instruments = instrumentsOf(register);
  const { counter, gauge, readCounter, readGauge } = instruments;
  collectDefaultMetrics({ register });
  const buildInfo = `${service.replaceAll('-', '_')}_build_info`;
  gauge(buildInfo, 'Always 1; the labels say which build this is.', 'first', 'version').set({ version }, 1);

  // Counted on every request, so a plain number that is read at each scrape.
  const decisions = { allowed: 0, limited: 0 };
  readCounter('rate_limit_decisions_total', 'Requests that the rate limiter allowed or limited.', ['decision'], () =>
    Object.entries(decisions).map(([decision, count]) => [{ decision }, count]),
  );
  const limitStoreLocal = gauge(
    'rate_limit_store_local',
    '1 while the shared store of the rate limit is unreachable and each process counts alone.',
    'max',
  );
  const limitStoreFailures = counter(
    'rate_limit_store_failures_total',
    'Calls to the shared store of the rate limit that failed or timed out.',
  );
  const shed = counter('http_requests_shed_total', 'Requests shed because too many were waiting.');
  const transportErrors = counter(
    'http_transport_errors_total',
    'Connections that failed, or sent malformed HTTP, by code.',
    'code',
  );
  const replies = counter('reply_validation_total', 'Sampled responses checked against the contract.', 'outcome');
  const droppedLines = counter(
    'log_lines_dropped_total',
    'Log lines dropped because their reader stalled or disconnected.',
  );

  return {
    ...createRequestMetrics(instruments),
    ...createStoreMetrics(instruments),
    limitDecision(outcome: 'allowed' | 'limited') {
      decisions[outcome] += 1;
    },
    /** The limiter's shared store failed again, or is reachable again. */
    limitStore(state: 'shared' | 'local') {
      limitStoreLocal.set(state === 'local' ? 1 : 0);
      if (state === 'local') limitStoreFailures.inc();
    },
    requestShed: () => shed.inc(),
    /** A client sent malformed HTTP, or not all of a request; `code` is one of this program's. */
    transportError: (code: string) => transportErrors.inc({ code }),
    replyValidated: (outcome: 'valid' | 'invalid') => replies.inc({ outcome }),
    logLinesDropped: (lines: number) => droppedLines.inc(lines),
    /** Adds a gauge for a value that is counted elsewhere; workers are summed. */
    watch: (name: string, help: string, read: () => number) => readGauge(name, help, [], () => [[{}, read()]]),
    /** All metrics of this process, in Prometheus's text format. Concurrent calls share one rendering. */
    text: shareRenderings(() => register.metrics()),
    /** For the primary's hub. */
    snapshot: (): Promise<MetricsSnapshot> => register.getMetricsAsJSON(),
  };
}

/** Not summed: the slowest worker matters, and the service started with its first process. */
const AGGREGATORS: Readonly<Record<string, 'max' | 'min'>> = {
  nodejs_eventloop_lag_seconds: 'max',
  nodejs_eventloop_lag_stddev_seconds: 'max',
  nodejs_eventloop_lag_p90_seconds: 'max',
  nodejs_eventloop_lag_p99_seconds: 'max',
  process_start_time_seconds: 'min',
};

/** The minimum interval between renderings, however many scrapers there are. */
const RENDER_INTERVAL_MS = 100;

function aggregate(snapshots: readonly MetricsSnapshot[]): Registry {
  const prepared = snapshots.map((snapshot) =>
    snapshot.map((metric) => ({ ...metric, aggregator: AGGREGATORS[metric.name] ?? metric.aggregator })),
  );
  return AggregatorRegistry.aggregate(prepared);
}

/** The metrics of all workers, in the primary process. */
export function createMetricsHub<Worker extends { slot: number; remote: { metrics(): Promise<MetricsSnapshot> } }>(
  workers: () => readonly Worker[],
  log: Pick<Logger, 'warn'>,
) {
  // The last report of each worker, which is kept when it dies.
  const latest = new Map<Worker, MetricsSnapshot>();
  let retired: MetricsSnapshot = [];
  let retiring: Promise<void> = Promise.resolve();

  async function update(worker: Worker): Promise<void> {
    try {
      latest.set(worker, await worker.remote.metrics());
    } catch (error) {
      log.warn('a worker did not report its metrics', { worker: worker.slot, error });
    }
  }

  return {
    text: shareRenderings(async () => {
      await Promise.all(workers().map(update));
      await retiring;
      if (latest.size === 0) throw new Error('no worker reported its metrics');
      return aggregate([retired, ...latest.values()]).metrics();
    }),
    /**
     * For a worker that has ended. Its counters are kept: Prometheus would take a lower sum for a restart. Its gauges are
     * dropped.
     */
    retire(worker: Worker): void {
      // prom-client declares a numeric enum for what is a string at run time.
      const counted = latest.get(worker)?.filter(({ type }) => /counter|histogram/.test(String(type)));
      latest.delete(worker);
      if (!counted) return;
      retiring = retiring.then(async () => {
        retired = await aggregate([retired, counted]).getMetricsAsJSON();
      });
    },
  };
}

/**
 * Shares renderings. A caller gets one that begins after its call, so no text is older than its request. A single
 * caller does not wait; others wait at most `intervalMs` for the next one to begin.
 */
export function shareRenderings(render: () => Promise<string>, intervalMs = RENDER_INTERVAL_MS): () => Promise<string> {
  let next: Promise<string> | null = null;
  let running: Promise<unknown> = Promise.resolve();
  let nextAtMs = 0;

  async function renderNext(): Promise<string> {
    await running;
    const waitMs = nextAtMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    nextAtMs = performance.now() + intervalMs;
    next = null;
    const rendering = render();
    running = rendering.catch(() => {});
    return rendering;
  }

  return () => (next ??= renderNext());
}

/** The method label of all other methods. */
const OTHER_METHOD = 'OTHER';

/** From a get in memory to a request that reaches its deadline. */
const DURATION_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

interface Series {
  readonly labels: { readonly method: string; readonly route: string; readonly status: number };
  readonly duration: HistogramSeries;
  bytes: number;
}

function createRequestMetrics({ histogram, readCounter, readGauge }: Instruments) {
  const labelNames = ['method', 'route', 'status'];
  const byRoute = new Map<string, Series[]>();
  // A number, not a set of requests, which would cost 3 of 40 µs per request.
  let inFlight = 0;

  const duration = histogram(
    'http_request_duration_seconds',
    'Time from the head of a request to the end of its response.',
    DURATION_BUCKETS_SECONDS,
    ...labelNames,
  );
  readCounter('http_response_body_bytes_total', 'Bytes of response bodies, as sent.', labelNames, () =>
    [...byRoute.values()].flat().map(({ labels, bytes }) => [labels, bytes]),
  );
  readGauge('http_requests_in_flight', 'Requests that arrived and have no response yet.', [], () => [[{}, inFlight]]);

  return {
    /** A request arrived (1), or is over (-1). */
    inFlight(change: 1 | -1) {
      inFlight += change;
    },
    /** Counts a finished request, also if its client disconnected or it was rejected below HTTP. */
    finished({ route, method: sent, status, durationMs, bytes }: RequestFacts) {
      const method = KNOWN_METHODS.has(sent) ? sent : OTHER_METHOD;
      const own = getOrAdd(byRoute, route, (): Series[] => []);
      let series = own.find(({ labels }) => labels.status === status && labels.method === method);
      if (!series) {
        const labels = { method, route, status };
        series = { labels, duration: duration.bind(labels), bytes: 0 };
        own.push(series);
      }
      series.duration.observe(durationMs / 1000);
      series.bytes += bytes;
    },
  };
}
