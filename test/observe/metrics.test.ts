import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import type { RequestFacts } from '../../src/observe/facts.js';
import { aggregateSnapshots, createMetrics, retireSnapshot } from '../../src/observe/metrics.js';

const ROUTE = '/v1/payments/{id}';

function facts(changed: Partial<RequestFacts> = {}): RequestFacts {
  return {
    method: 'GET',
    route: ROUTE,
    operationId: 'getPayment',
    path: '/v1/payments/p1',
    status: 200,
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
    const metrics = createMetrics({ routes: [ROUTE] });
    metrics.started();
    metrics.started();
    metrics.started();
    metrics.finished(facts());
    metrics.finished(facts({ durationMs: 700, status: 503 }));
    const text = await metrics.text();
    const labels = `method="GET",route="${ROUTE}"`;
    expect(sampleOf(text, `http_request_duration_seconds_count{${labels},status="200"}`)).to.equal(1);
    expect(sampleOf(text, `http_request_duration_seconds_sum{${labels},status="503"}`)).to.equal(0.7);
    expect(sampleOf(text, `http_request_duration_seconds_bucket{le="0.0025",${labels},status="200"}`)).to.equal(0);
    expect(sampleOf(text, `http_request_duration_seconds_bucket{le="0.005",${labels},status="200"}`)).to.equal(1);
    expect(sampleOf(text, `http_response_body_bytes_total{${labels},status="200"}`)).to.equal(100);
    expect(sampleOf(text, 'http_requests_in_flight')).to.equal(1);
  });

  it('does not count bytes twice when it is scraped twice', async () => {
    const metrics = createMetrics();
    metrics.started();
    metrics.finished(facts());
    await metrics.text();
    const series = `http_response_body_bytes_total{method="GET",route="${ROUTE}",status="200"}`;
    expect(sampleOf(await metrics.text(), series)).to.equal(100);
  });

  it('adds at most one set of series for 10,000 random paths and methods', async () => {
    const metrics = createMetrics({ routes: [ROUTE] });
    metrics.started();
    metrics.finished(facts({ method: 'BREW', route: 'unmatched', status: 404 }));
    const before = seriesOf(await metrics.text()).filter((line) => line.startsWith('http_'));
    for (let index = 0; index < 10_000; index += 1) {
      const path = `/${randomBytes(8).toString('hex')}`;
      metrics.started();
      metrics.finished(facts({ method: `M${randomBytes(4).toString('hex')}`, route: path, path, status: 404 }));
    }
    const text = await metrics.text();
    expect(seriesOf(text).filter((line) => line.startsWith('http_'))).to.have.length(before.length);
    const series = 'http_request_duration_seconds_count{method="OTHER",route="unmatched",status="404"}';
    expect(sampleOf(text, series)).to.equal(10_001);
  });

  it('shows the repository: calls, batches, retries, breaker and pool', async () => {
    const metrics = createMetrics();
    metrics.repoCall('findPayment', 'ok', 0.002);
    metrics.repoCall('findPayment', 'unavailable', 0.2);
    metrics.repoEvents.batch('createPayment', 7, 0.01);
    metrics.repoEvents.retry('40001');
    metrics.repoEvents.breaker('open');
    metrics.repoEvents.pool(() => ({ active: 3, idle: 1, waiting: 9 }));
    const text = await metrics.text();
    const calls = 'repository_call_duration_seconds_count{operation="findPayment"';
    expect(sampleOf(text, `${calls},outcome="ok"}`)).to.equal(1);
    expect(sampleOf(text, `${calls},outcome="unavailable"}`)).to.equal(1);
    expect(sampleOf(text, 'repository_batch_size_sum{operation="createPayment"}')).to.equal(7);
    expect(sampleOf(text, 'repository_retries_total{reason="40001"}')).to.equal(1);
    expect(sampleOf(text, 'repository_breaker_state')).to.equal(2);
    expect(sampleOf(text, 'repository_pool_connections{state="waiting"}')).to.equal(9);
    metrics.repoEvents.breaker('half_open');
    expect(sampleOf(await metrics.text(), 'repository_breaker_state')).to.equal(1);
  });

  it('shows what guards the service', async () => {
    const metrics = createMetrics({ version: '1.2.3' });
    metrics.limitDecision('allowed');
    metrics.limitDecision('limited');
    metrics.limitDecision('limited');
    metrics.watchLimitClients(() => 4);
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
    expect(sampleOf(text, 'payments_api_build_info{version="1.2.3"}')).to.equal(1);
    expect(sampleOf(text, 'process_start_time_seconds')).to.be.above(0);
    expect(sampleOf(text, 'nodejs_eventloop_lag_p99_seconds')).to.be.a('number');
  });

  it('bounds the codes of transport errors', async () => {
    const metrics = createMetrics();
    for (let index = 0; index < 1000; index += 1) metrics.transportError(`E${index}`);
    const codes = seriesOf(await metrics.text()).filter((line) => line.startsWith('http_transport_errors_total'));
    expect(codes.length).to.be.below(60);
  });

  it('names every metric in the manner of Prometheus', async () => {
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

describe('metrics of several workers', () => {
  it('add up in counters and histograms, and by their kind in gauges', async () => {
    const [one, two] = [createMetrics({ version: '1' }), createMetrics({ version: '1' })];
    for (const metrics of [one, two]) {
      metrics.started();
      metrics.started();
      metrics.finished(facts());
      metrics.limitDecision('allowed');
    }
    two.repoEvents.breaker('open');
    const snapshots = JSON.parse(JSON.stringify([await one.snapshot(), await two.snapshot()]));
    const text = await aggregateSnapshots(snapshots);
    const labels = `method="GET",route="${ROUTE}",status="200"`;
    expect(sampleOf(text, `http_request_duration_seconds_count{${labels}}`)).to.equal(2);
    expect(sampleOf(text, 'http_requests_in_flight')).to.equal(2);
    expect(sampleOf(text, 'rate_limit_decisions_total{decision="allowed"}')).to.equal(2);
    expect(sampleOf(text, 'repository_breaker_state')).to.equal(2);
    expect(sampleOf(text, 'payments_api_build_info{version="1"}')).to.equal(1);
    const started = sampleOf(await one.text(), 'process_start_time_seconds');
    expect(sampleOf(text, 'process_start_time_seconds')).to.equal(started);
  });

  it('never count backwards when a worker ends', async () => {
    const labels = `{method="GET",route="${ROUTE}",status="200"}`;
    let kept = null;
    for (const _ of [1, 2]) {
      const ended = createMetrics();
      ended.started();
      ended.started();
      ended.finished(facts());
      kept = await retireSnapshot(kept, JSON.parse(JSON.stringify(await ended.snapshot())));
    }
    const living = createMetrics();
    living.started();
    living.finished(facts());
    const text = await aggregateSnapshots([...(kept === null ? [] : [kept]), await living.snapshot()]);
    expect(sampleOf(text, `http_request_duration_seconds_count${labels}`)).to.equal(3);
    expect(sampleOf(text, `http_response_body_bytes_total${labels}`)).to.equal(300);
    expect(sampleOf(text, 'http_requests_in_flight')).to.equal(0);
  });

  it('stay apart where each has a label of its own', async () => {
    const one = createMetrics({ workerLabel: '1' });
    const two = createMetrics({ workerLabel: '2' });
    two.requestShed();
    const text = await aggregateSnapshots([await one.snapshot(), await two.snapshot()]);
    expect(sampleOf(text, 'http_requests_shed_total{worker="1"}')).to.equal(0);
    expect(sampleOf(text, 'http_requests_shed_total{worker="2"}')).to.equal(1);
  });
});
