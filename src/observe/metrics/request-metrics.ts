import { Counter, Gauge, type Registry } from 'prom-client';
import { type RequestFacts, UNMATCHED_ROUTE } from '../facts.js';
import { BoundHistogram, type HistogramSeries } from './bound-histogram.js';
import { getOrAdd } from './get-or-add.js';

/** The method label of every request whose method is not one of these. */
const OTHER_METHOD = 'OTHER';
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']);

/** From a get out of memory to a request that runs into its deadline. */
const DURATION_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** The series of one route, method and status: the child is bound once, and bytes gather until the next scrape. */
interface Series {
  readonly duration: HistogramSeries;
  readonly bytes: { inc(bytes: number): void };
  unreportedBytes: number;
}

export interface RequestMetrics {
  /** A request arrived: it is in flight until `finished`. */
  started(): void;
  /** A request that `started` was answered, or its client went away. */
  finished(facts: RequestFacts): void;
}

/**
 * Rate, errors and duration of requests, by operation. Labels are bounded: a route outside `routes` counts as
 * unmatched, an unknown method as OTHER.
 *
 * @param register - where the metrics are registered
 * @param routes - the path templates there are; without it the caller vouches for `facts.route`
 */
export function createRequestMetrics(register: Registry, routes?: Iterable<string>): RequestMetrics {
  const known = routes === undefined ? null : new Set(routes);
  const byRoute = new Map<string, Map<string, Map<number, Series>>>();
  const all: Series[] = [];
  let inFlight = 0;

  const labelNames = ['method', 'route', 'status'] as const;
  const duration = new BoundHistogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its answer.',
    labelNames,
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [register],
  });
  const bytes = new Counter({
    name: 'http_response_body_bytes_total',
    help: 'Bytes of the bodies of answers, as sent.',
    labelNames,
    registers: [register],
    collect() {
      for (const series of all) {
        series.bytes.inc(series.unreportedBytes);
        series.unreportedBytes = 0;
      }
    },
  });
  new Gauge({
    name: 'http_requests_in_flight',
    help: 'Requests that arrived and are not answered yet.',
    registers: [register],
    aggregator: 'sum',
    collect() {
      this.set(inFlight);
    },
  });

  function seriesOf(facts: RequestFacts): Series {
    const found = byRoute.get(facts.route)?.get(facts.method)?.get(facts.status);
    return found ?? bind(facts);
  }

  function bind(facts: RequestFacts): Series {
    const route = known === null || known.has(facts.route) ? facts.route : UNMATCHED_ROUTE;
    const method = METHODS.has(facts.method) ? facts.method : OTHER_METHOD;
    const byMethod = getOrAdd(byRoute, route, () => new Map<string, Map<number, Series>>());
    const byStatus = getOrAdd(byMethod, method, () => new Map<number, Series>());
    return getOrAdd(byStatus, facts.status, () => {
      const labels = { method, route, status: facts.status };
      const series = { duration: duration.bind(labels), bytes: bytes.labels(labels), unreportedBytes: 0 };
      all.push(series);
      return series;
    });
  }

  return {
    started() {
      inFlight += 1;
    },
    finished(facts) {
      inFlight -= 1;
      const series = seriesOf(facts);
      series.duration.observe(facts.durationMs / 1000);
      series.unreportedBytes += facts.bytes;
    },
  };
}
