import { Counter, Gauge, type Registry } from 'prom-client';
import { BoundHistogram, getOrAdd, type HistogramSeries } from './bound-histogram.js';
import type { RequestFacts } from './facts.js';

/** The method label of every request whose method is not one of these. */
const OTHER_METHOD = 'OTHER';
const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']);

/** From a get out of memory to a request that runs into its deadline. */
const DURATION_BUCKETS_SECONDS = [
  0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60,
];

/** The series of one route, method and status. */
interface Series {
  readonly labels: { readonly method: string; readonly route: string; readonly status: number };
  readonly duration: HistogramSeries;
  bytes: number;
}

/** Rate, errors and duration of requests, by operation. */
export function createRequestMetrics(register: Registry) {
  const registers = [register];
  const labelNames = ['method', 'route', 'status'] as const;
  const byRoute = new Map<string, Map<string, Map<number, Series>>>();
  const all: Series[] = [];
  // Their number, and not a set of them: that would cost 3 of 40 µs a request.
  let inFlight = 0;

  const duration = new BoundHistogram({
    name: 'http_request_duration_seconds',
    help: 'Time from the head of a request to the end of its response.',
    labelNames,
    buckets: DURATION_BUCKETS_SECONDS,
    registers,
  });
  new Counter({
    name: 'http_response_body_bytes_total',
    help: 'Bytes of response bodies, as sent.',
    labelNames,
    registers,
    collect() {
      this.reset();
      for (const { labels, bytes } of all) this.inc(labels, bytes);
    },
  });
  new Gauge({
    name: 'http_requests_in_flight',
    help: 'Requests that arrived and have no response yet.',
    registers,
    aggregator: 'sum',
    collect() {
      this.set(inFlight);
    },
  });

  function seriesOf({ route, method, status }: RequestFacts): Series {
    return (
      byRoute.get(route)?.get(method)?.get(status) ?? bind(route, METHODS.has(method) ? method : OTHER_METHOD, status)
    );
  }

  function bind(route: string, method: string, status: number): Series {
    const byMethod = getOrAdd(byRoute, route, () => new Map<string, Map<number, Series>>());
    const byStatus = getOrAdd(byMethod, method, () => new Map<number, Series>());
    return getOrAdd(byStatus, status, () => {
      const labels = { method, route, status };
      const series = { labels, duration: duration.bind(labels), bytes: 0 };
      all.push(series);
      return series;
    });
  }

  return {
    /** A request arrived: it is in flight until `ended` is called. */
    started() {
      inFlight += 1;
    },
    ended() {
      inFlight -= 1;
    },
    /** Counts a request that got its response, or whose client disconnected, or that was rejected below HTTP. */
    finished(facts: RequestFacts) {
      const series = seriesOf(facts);
      series.duration.observe(facts.durationMs / 1000);
      series.bytes += facts.bytes;
    },
  };
}
