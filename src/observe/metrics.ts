import { AggregatorRegistry, Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { createRequestMetrics } from './request-metrics.js';
import { createStoreMetrics } from './store-metrics.js';

/** The metrics of one process at one instant, fit for a message between processes. */
export type MetricsSnapshot = Awaited<ReturnType<Registry['getMetricsAsJSON']>>;

/** Codes come from Node's parser and the kernel; this is the bound, should a new one contain what it read. */
const TRANSPORT_CODES_LIMIT = 50;

export type Metrics = ReturnType<typeof createMetrics>;

/**
 * The metrics of one process, in a registry of their own. Every name and label is a name in code, or has a bound.
 *
 * @param build - service and version: `orders-api` gives `orders_api_build_info`
 */
export function createMetrics(build: { readonly service?: string; readonly version?: string } = {}) {
  const { service = 'service', version = 'unknown' } = build;
  const register = new Registry();
  const registers = [register];
  const counter = (name: string, help: string, ...labelNames: string[]) =>
    new Counter({ name, help, labelNames, registers });
  collectDefaultMetrics({ register });
  new Gauge({
    name: `${service.replaceAll('-', '_')}_build_info`,
    help: 'Always 1; the labels say which build this is.',
    labelNames: ['version'],
    aggregator: 'first',
    registers,
  }).set({ version }, 1);

  // Counted on every request: a plain number costs nothing until the next scrape.
  const decisions = { allowed: 0, limited: 0 };
  new Counter({
    name: 'rate_limit_decisions_total',
    help: 'Requests the rate limiter let through or rejected.',
    labelNames: ['decision'],
    registers,
    collect() {
      this.reset();
      this.inc({ decision: 'allowed' }, decisions.allowed);
      this.inc({ decision: 'limited' }, decisions.limited);
    },
  });
  const limitStoreLocal = new Gauge({
    name: 'rate_limit_store_local',
    help: '1 while the shared store of the rate limit is unreachable and each process counts for itself.',
    aggregator: 'max',
    registers,
  });
  const limitStoreFailures = counter(
    'rate_limit_store_failures_total',
    'Questions to the shared store of the rate limit that failed, or had no response in time.',
  );
  const shed = counter('http_requests_shed_total', 'Requests rejected at once because too many were waiting.');
  const transportErrors = counter(
    'http_transport_errors_total',
    'Connections that failed, or sent malformed HTTP, by code.',
    'code',
  );
  const replies = counter('reply_validation_total', 'Sampled replies checked against the contract.', 'outcome');
  const droppedLines = counter('log_lines_dropped_total', 'Log lines lost because their reader stalled or went away.');
  const transportCodes = new Set<string>();

  return {
    ...createRequestMetrics(register),
    ...createStoreMetrics(register),
    /** The rate limiter let a request through, or rejected it. */
    limitDecision(outcome: 'allowed' | 'limited') {
      decisions[outcome] += 1;
    },
    /** The limiter's shared store failed once more, or is reachable again. */
    limitStore(state: 'shared' | 'local') {
      limitStoreLocal.set(state === 'local' ? 1 : 0);
      if (state === 'local') limitStoreFailures.inc();
    },
    /** A request was rejected because there was too much to do. */
    requestShed: () => shed.inc(),
    /** A connection failed below HTTP, or sent malformed HTTP; `code` is Node's or this program's. */
    transportError(code: string) {
      if (transportCodes.size < TRANSPORT_CODES_LIMIT) transportCodes.add(code);
      transportErrors.inc({ code: transportCodes.has(code) ? code : 'OTHER' });
    },
    /** A sampled reply was checked against the contract. */
    replyValidated: (outcome: 'valid' | 'invalid') => replies.inc({ outcome }),
    logLinesDropped: (lines: number) => droppedLines.inc(lines),
    /** Adds a gauge, for what others count anyway; of several workers their sum. */
    watch(name: string, help: string, read: () => number) {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    },
    /** Every metric of this process, in the text format of Prometheus. Concurrent calls share one rendering. */
    text: shareRenderings(() => register.metrics()),
    /** Every metric of this process, for `aggregateSnapshots` in another. */
    snapshot: (): Promise<MetricsSnapshot> => register.getMetricsAsJSON(),
  };
}

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

/** A rendering begins at most once in this time, however many scrapers there are. */
const RENDER_INTERVAL_MS = 100;

/** Adds the metrics of several processes up; gauges by the aggregator each declares. */
function aggregate(snapshots: readonly MetricsSnapshot[]): Registry {
  const prepared = snapshots.map((snapshot) =>
    snapshot.map((metric) => ({ ...metric, aggregator: AGGREGATORS[metric.name] ?? metric.aggregator })),
  );
  return AggregatorRegistry.aggregate(prepared);
}

/**
 * The metrics of all workers together.
 *
 * @param snapshots - one of each process, and what `retireSnapshot` kept of processes that ended
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

/**
 * Lets callers share renderings: a caller gets one that begins after it called, together with all who call until then,
 * so that no text is older than its request. A caller that comes alone waits for nothing; many wait at most
 * `intervalMs` for the next rendering to begin.
 *
 * @param intervalMs - the shortest time from the beginning of one rendering to that of the next
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
