import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { RequestFacts } from '../../src/observe/facts.js';
import { createMetrics, createMetricsHub, shareRenderings } from '../../src/observe/metrics.js';
import { observedStoreEvents } from '../../src/observe/store-metrics.js';

const ROUTE = '/v1/payments/{id}';

function facts(changed: Partial<RequestFacts> = {}): RequestFacts {
  return {
    method: 'GET',
    route: ROUTE,
    path: '/v1/payments/p1',
    status: 200,
    startedAt: 0,
    durationMs: 3,
    bytes: 100,
    requestId: 'r',
    client: '127.0.0.1',
    userAgent: undefined,
    trace: null,
    errorCode: null,
    stage: null,
    ...changed,
  };
}

/** The value of a series, by its exact name and labels. */
function sampleOf(exposition: string, series: string): number | undefined {
  const line = exposition.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? undefined : Number(line.slice(series.length + 1));
}

function seriesOf(exposition: string): string[] {
  return exposition.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('metrics', () => {
  it('counts requests by method, route and status, in seconds', async () => {
    const metrics = createMetrics();
    const [quick, slow] = [facts(), facts({ durationMs: 700, status: 503 })];
    for (const request of [quick, slow]) {
      metrics.inFlight(1);
      metrics.finished(request);
      metrics.inFlight(-1);
    }
    metrics.inFlight(1);
    const text = await metrics.text();
    const labels = `method="GET",route="${ROUTE}"`;
    expect(sampleOf(text, `http_request_duration_seconds_count{${labels},status="200"}`)).to.equal(1);
    expect(sampleOf(text, `http_request_duration_seconds_sum{${labels},status="503"}`)).to.equal(0.7);
    expect(sampleOf(text, `http_request_duration_seconds_bucket{le="0.0025",${labels},status="200"}`)).to.equal(0);
    expect(sampleOf(text, `http_request_duration_seconds_bucket{le="0.005",${labels},status="200"}`)).to.equal(1);
    expect(sampleOf(text, `http_response_body_bytes_total{${labels},status="200"}`)).to.equal(100);
    expect(sampleOf(text, 'http_requests_in_flight')).to.equal(1);
  });

  it('has a gauge of requests in flight that stays right after a request without a start', async () => {
    const metrics = createMetrics();
    metrics.inFlight(1);
    metrics.inFlight(1);
    metrics.finished(facts());
    metrics.inFlight(-1);
    metrics.finished(facts({ status: 400 }));
    expect(sampleOf(await metrics.text(), 'http_requests_in_flight')).to.equal(1);
  });

  it('does not count bytes twice if it is scraped twice', async () => {
    const metrics = createMetrics();
    metrics.finished(facts());
    await metrics.text();
    const series = `http_response_body_bytes_total{method="GET",route="${ROUTE}",status="200"}`;
    expect(sampleOf(await metrics.text(), series)).to.equal(100);
  });

  it('has one series for all unknown methods', async () => {
    const metrics = createMetrics();
    for (let index = 0; index < 1000; index += 1) metrics.finished(facts({ method: `M${index}`, route: 'unmatched' }));
    const text = await metrics.text();
    expect(seriesOf(text).filter((line) => line.startsWith('http_request_duration_seconds_count'))).to.have.length(1);
    expect(
      sampleOf(text, 'http_request_duration_seconds_count{method="OTHER",route="unmatched",status="200"}'),
    ).to.equal(1000);
  });

  it('shows the store: calls, batches, retries, breaker and pool', async () => {
    const metrics = createMetrics();
    const call = { operation: 'find', call: {}, startedAt: 1000, endedAt: 1002, error: null };
    metrics.storeCall(call);
    metrics.storeCall({
      ...call,
      endedAt: 1200,
      error: Object.assign(new Error('unreachable'), { code: 'unavailable' }),
    });
    metrics.storeCall({ ...call, error: Object.assign(new TypeError('x'), { code: 'ECONNRESET' }) });
    metrics.storeEvents.batch('create', 7, 0.01);
    metrics.storeEvents.retry('40001');
    metrics.storeEvents.breaker('open');
    metrics.storeEvents.pool(() => ({ active: 3, idle: 1, waiting: 9 }));
    const text = await metrics.text();
    const calls = 'repository_call_duration_seconds_count{operation="find"';
    expect(sampleOf(text, 'repository_call_duration_seconds_sum{operation="find",outcome="unavailable"}')).to.equal(
      0.2,
    );
    expect(sampleOf(text, `${calls},outcome="TypeError"}`)).to.equal(1);
    expect(sampleOf(text, `${calls},outcome="ok"}`)).to.equal(1);
    expect(sampleOf(text, `${calls},outcome="unavailable"}`)).to.equal(1);
    expect(sampleOf(text, 'repository_batch_size_sum{operation="create"}')).to.equal(7);
    expect(sampleOf(text, 'repository_retries_total{reason="40001"}')).to.equal(1);
    expect(sampleOf(text, 'repository_breaker_state')).to.equal(2);
    expect(sampleOf(text, 'repository_pool_connections{state="waiting"}')).to.equal(9);
    metrics.storeEvents.breaker('half_open');
    expect(sampleOf(await metrics.text(), 'repository_breaker_state')).to.equal(1);
  });

  it('a breaker that opens and closes is logged, and its probes are not', () => {
    const states: unknown[] = [];
    const logger = { warn: (_message: string, fields: { state?: unknown } = {}) => states.push(fields.state) };
    const events = observedStoreEvents(createMetrics({ service: 'orders-api', version: '1.2.3' }), logger);
    for (const state of ['open', 'half_open', 'open', 'half_open', 'closed'] as const) events.breaker?.(state);
    expect(states).to.deep.equal(['open', 'closed']);
  });

  it('shows limits, shed requests and failures', async () => {
    const metrics = createMetrics({ service: 'orders-api', version: '1.2.3' });
    metrics.limitDecision('allowed');
    metrics.limitDecision('limited');
    metrics.limitDecision('limited');
    metrics.watch('rate_limit_clients', 'Clients.', () => 4);
    metrics.limitStore('local');
    metrics.requestShed();
    metrics.transportError('ECONNRESET');
    metrics.replyValidated('invalid');
    metrics.logLinesDropped(5);
    const text = await metrics.text();
    expect(sampleOf(text, 'rate_limit_decisions_total{decision="allowed"}')).to.equal(1);
    expect(sampleOf(text, 'rate_limit_decisions_total{decision="limited"}')).to.equal(2);
    expect(sampleOf(text, 'rate_limit_clients')).to.equal(4);
    expect(sampleOf(text, 'rate_limit_store_local')).to.equal(1);
    expect(sampleOf(text, 'http_requests_shed_total')).to.equal(1);
    expect(sampleOf(text, 'http_transport_errors_total{code="ECONNRESET"}')).to.equal(1);
    expect(sampleOf(text, 'reply_validation_total{outcome="invalid"}')).to.equal(1);
    expect(sampleOf(text, 'log_lines_dropped_total')).to.equal(5);
    expect(sampleOf(text, 'orders_api_build_info{version="1.2.3"}')).to.equal(1);
    expect(sampleOf(text, 'process_start_time_seconds')).to.be.above(0);
    expect(sampleOf(text, 'nodejs_eventloop_lag_p99_seconds')).to.be.a('number');
  });

  it("follows Prometheus's rules for names", async () => {
    const types = (await createMetrics().text()).split('\n').filter((line) => line.startsWith('# TYPE '));
    const own = types.filter((line) => !/ (nodejs|process)_/.test(line)).map((line) => line.split(' '));
    expect(own.length).to.be.above(10);
    for (const [, , name, type] of own) {
      expect(name).to.match(/^[a-z_]+$/);
      if (type === 'counter') expect(name).to.match(/_total$/);
      if (type === 'histogram') expect(name).to.match(/_(seconds|size)$/);
    }
  });
});

const SILENT = { warn: (message: string) => expect.fail(message) };

/** A worker, whose snapshots pass through a channel. */
function workerOf(metrics: ReturnType<typeof createMetrics>) {
  return { slot: 0, remote: { metrics: async () => JSON.parse(JSON.stringify(await metrics.snapshot())) } };
}

describe('metrics of several workers', () => {
  it('add up in counters and histograms, and by their kind in gauges', async () => {
    const [one, two] = [createMetrics({ version: '1' }), createMetrics({ version: '1' })];
    for (const metrics of [one, two]) {
      metrics.inFlight(1);
      metrics.finished(facts());
      metrics.limitDecision('allowed');
    }
    two.storeEvents.breaker('open');
    const text = await createMetricsHub(() => [workerOf(one), workerOf(two)], SILENT).text();
    const labels = `method="GET",route="${ROUTE}",status="200"`;
    expect(sampleOf(text, `http_request_duration_seconds_count{${labels}}`)).to.equal(2);
    expect(sampleOf(text, 'http_requests_in_flight')).to.equal(2);
    expect(sampleOf(text, 'rate_limit_decisions_total{decision="allowed"}')).to.equal(2);
    expect(sampleOf(text, 'repository_breaker_state')).to.equal(2);
    expect(sampleOf(text, 'service_build_info{version="1"}')).to.equal(1);
    const started = sampleOf(await one.text(), 'process_start_time_seconds');
    expect(sampleOf(text, 'process_start_time_seconds')).to.equal(started);
  });

  it('never decrease when a worker ends', async () => {
    const labels = `{method="GET",route="${ROUTE}",status="200"}`;
    let workers = [1, 2, 3]
      .map(() => createMetrics())
      .map((metrics) => {
        metrics.inFlight(1);
        metrics.inFlight(-1);
        metrics.finished(facts());
        return workerOf(metrics);
      });
    const hub = createMetricsHub(() => workers, SILENT);
    await hub.text();
    for (const ended of workers.slice(1)) hub.retire(ended);
    workers = workers.slice(0, 1);
    const text = await hub.text();
    expect(sampleOf(text, `http_request_duration_seconds_count${labels}`)).to.equal(3);
    expect(sampleOf(text, `http_response_body_bytes_total${labels}`)).to.equal(300);
    expect(sampleOf(text, 'http_requests_in_flight')).to.equal(0);
  });
});

describe('shared renderings', () => {
  it('serve many scrapers with few renderings, none of which began before the scrape', async () => {
    let begun = 0;
    const text = shareRenderings(async () => {
      begun += 1;
      const number = begun;
      await delay(2);
      return String(number);
    }, 20);
    const startedAt = performance.now();
    let scrapes = 0;
    async function scrape(): Promise<void> {
      for (let round = 0; round < 5; round += 1) {
        const before = begun;
        expect(Number(await text())).to.be.above(before);
        scrapes += 1;
      }
    }
    await Promise.all(Array.from({ length: 64 }, scrape));
    expect(scrapes).to.equal(320);
    expect(begun).to.be.at.most(2 + (performance.now() - startedAt) / 20);
  });

  it('do not delay a single scraper, and continue after a failure', async () => {
    let fails = true;
    const text = shareRenderings(async () => {
      if (fails) throw new Error('no');
      return 'yes';
    }, 10);
    const outcomes = await Promise.allSettled([text(), text()]);
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    fails = false;
    expect(await text()).to.equal('yes');
  });
});
