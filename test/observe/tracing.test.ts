import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { type OtlpProtocol, otlpProtocol } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/config-error.js';
import type { RequestFacts } from '../../src/observe/facts.js';
import { observeCalls } from '../../src/observe/store-metrics.js';
import { diagnosticLogger, openTracing, type Tracing, type TracingOptions } from '../../src/observe/tracing.js';
import type { Call } from '../../src/store/types.js';
import { openSqliteRows } from '../repo/conformance/subject.js';

/** The used part of OTLP's JSON. */
interface OtlpSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly status: { readonly code?: number; readonly message?: string };
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: {
    readonly stringValue?: string;
    readonly intValue?: number;
    readonly arrayValue?: { readonly values: readonly { readonly stringValue?: string }[] };
  };
}

interface OtlpExport {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

interface Received {
  readonly url: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const SERVER_KIND = 2;
const CLIENT_KIND = 3;
const ERROR_STATUS = 2;
const CALLER = { traceId: '0af7651916cd43dd8448eb211c80319c', parentId: 'b7ad6b7169203331', sampled: true };

describe('Tracing', () => {
  let collector: Server;
  let received: Received[];
  let environment: Record<string, string>;
  let diagnostics: string[];

  beforeEach(async () => {
    received = [];
    diagnostics = [];
    collector = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      received.push({ url: request.url, headers: request.headers, body: Buffer.concat(chunks) });
      response.setHeader('Content-Type', request.headers['content-type'] ?? '').end(undefined);
    }).listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const { port } = collector.address() as AddressInfo;
    environment = {
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    };
  });

  afterEach(() => {
    collector.closeAllConnections();
    collector.close();
    for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];
  });

  async function open(options: Partial<TracingOptions> = {}): Promise<Tracing> {
    Object.assign(process.env, environment);
    const protocol = otlpProtocol(false, environment);
    if (protocol === null) throw new Error('the environment asks for no traces');
    return openTracing({
      protocol,
      service: 'orders-api',
      serviceVersion: '1.2.3',
      externalUrl: 'https://payments.example',
      databaseSystem: 'sqlite',
      onDiagnostic: (level, message) => diagnostics.push(`${level}: ${message}`),
      ...options,
    });
  }

  function exports(): OtlpExport[] {
    return received.map(({ body }) => JSON.parse(body.toString()));
  }

  function spans(): OtlpSpan[] {
    return exports().flatMap(({ resourceSpans }) =>
      resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
    );
  }

  async function spansOf(request: FakeRequest): Promise<OtlpSpan[]> {
    const tracing = await open();
    tracing.startRequest(request);
    tracing.endRequest(request);
    await tracing.close(5000);
    return spans();
  }

  it('sends one span per request, named by method and route, with the standard attributes', async () => {
    const [span] = await spansOf(
      fakeRequest({ method: 'GET', route: '/v1/payments/{id}', path: '/v1/payments/a', userAgent: 'curl/8' }),
    );
    expect(received[0]?.url).to.equal('/v1/traces');
    expect(span?.name).to.equal('GET /v1/payments/{id}');
    expect(span?.kind).to.equal(SERVER_KIND);
    expect(span?.parentSpanId ?? '').to.equal('');
    expect(attributesOf(span)).to.deep.equal({
      'http.request.method': 'GET',
      'http.route': '/v1/payments/{id}',
      'http.response.status_code': 200,
      'http.response.header.x-request-id': ['request-1'],
      'url.path': '/v1/payments/a',
      'url.scheme': 'https',
      'server.address': 'payments.example',
      'server.port': 443,
      'client.address': '192.0.2.1',
      'user_agent.original': 'curl/8',
    });
    expect(span?.status.code ?? 0).to.equal(0);
  });

  it('has the times at which the request came and was responded to', async () => {
    const before = Date.now();
    const [span] = await spansOf(fakeRequest({ startedAt: performance.now(), durationMs: 250 }));
    const start = Number(BigInt(span?.startTimeUnixNano ?? 0) / 1000n) / 1000;
    expect(start).to.be.within(before - 2, Date.now() + 2);
    expect(BigInt(span?.endTimeUnixNano ?? 0) - BigInt(span?.startTimeUnixNano ?? 0)).to.satisfy(
      (nanos: bigint) => nanos > 249_990_000n && nanos < 250_010_000n,
    );
  });

  it("continues the caller's trace, and does not record an unsampled one", async () => {
    const [span] = await spansOf(fakeRequest({ trace: CALLER }));
    expect(span?.traceId).to.equal(CALLER.traceId);
    expect(span?.parentSpanId).to.equal(CALLER.parentId);
    received = [];
    const repo = await openRepo();
    const tracing = await open();
    const request = fakeRequest({ trace: { ...CALLER, sampled: false } });
    expect(tracing.startRequest(request)).to.include({ traceId: CALLER.traceId, sampled: false });
    await tracedStore(repo, tracing).find('a', request);
    tracing.endRequest(request);
    await tracing.close(5000);
    await repo.close();
    expect(received).to.deep.equal([]);
  });

  it('makes each repository call a child of its request, within its times', async () => {
    const repo = await openRepo();
    const tracing = await open();
    const traced = tracedStore(repo, tracing);
    const first = fakeRequest({ trace: CALLER });
    const second = fakeRequest({});
    const identities = [tracing.startRequest(first), tracing.startRequest(second)];
    await Promise.all([traced.find('a', first), traced.count(second), traced.ping(first)]);
    for (const request of [first, second]) {
      request.durationMs = performance.now() - request.startedAt;
      tracing.endRequest(request);
    }
    await tracing.close(5000);
    await repo.close();

    const children = spans().filter(({ kind }) => kind === CLIENT_KIND);
    expect(children.map(({ name }) => name)).to.have.members(['repo.find', 'repo.count', 'repo.ping']);
    for (const child of children) {
      const parent = spans().find(({ spanId }) => spanId === child.parentSpanId);
      const identity = identities[child.name === 'repo.count' ? 1 : 0];
      expect(child.traceId).to.equal(identity?.traceId);
      expect(child.parentSpanId).to.equal(identity?.parentId);
      expect(attributesOf(child)).to.deep.equal({ 'db.system.name': 'sqlite' });
      expect(BigInt(child.startTimeUnixNano) >= BigInt(parent?.startTimeUnixNano ?? 0)).to.equal(true);
      expect(BigInt(child.endTimeUnixNano) <= BigInt(parent?.endTimeUnixNano ?? 0)).to.equal(true);
    }
  });

  it('records a call that fails or outlives its request, and none without a request', async () => {
    const repo = await openRepo();
    const tracing = await open();
    const traced = tracedStore(repo, tracing);
    const request = fakeRequest({ deadline: performance.now() - 1 });
    const { parentId } = tracing.startRequest(request);
    tracing.endRequest(request);
    const error = await traced.find('a', request).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('code', 'deadline_exceeded');
    await traced.ping({ deadline: Infinity, abandoned: false, pendingWrites: 0 });
    await tracing.close(5000);
    await repo.close();
    const children = spans().filter(({ kind }) => kind === CLIENT_KIND);
    expect(children).to.have.length(1);
    expect(children[0]).to.include({ name: 'repo.find', parentSpanId: parentId });
    expect(attributesOf(children[0])).to.include({ 'error.type': 'deadline_exceeded' });
    expect(children[0]?.status.code).to.equal(ERROR_STATUS);
  });

  it("returns the repository's results", async () => {
    const repo = await openRepo();
    const tracing = await open();
    const request = fakeRequest({});
    tracing.startRequest(request);
    expect(await tracedStore(repo, tracing).count(request)).to.equal(0);
    await tracing.close(5000);
    await tracedStore(repo, tracing).close();
    expect(await repo.ping(request).catch((error: unknown) => error)).to.be.instanceOf(Error);
  });

  for (const { title, request, name, attributes, isError } of [
    {
      title: 'a failure of the service is an error',
      request: { status: 503, errorCode: 'repository_unavailable' },
      name: 'GET /health',
      attributes: { 'error.type': 'repository_unavailable', 'http.response.status_code': 503 },
      isError: true,
    },
    {
      title: 'a refusal is not',
      request: { status: 404, errorCode: 'payment_not_found' },
      name: 'GET /health',
      attributes: { 'error.type': undefined, 'http.response.status_code': 404 },
      isError: false,
    },
    {
      title: 'a client that went away was sent no status',
      request: { status: 499, stage: 'handling' },
      name: 'GET /health',
      attributes: { 'error.type': 'client_gone', 'http.response.status_code': undefined },
      isError: true,
    },
    {
      title: 'a path without a route does not become a name',
      request: { route: 'unmatched', path: '/wp-login.php', status: 404 },
      name: 'GET',
      attributes: { 'http.route': undefined, 'url.path': '/wp-login.php' },
      isError: false,
    },
    {
      title: 'an odd method does not become a name either',
      request: { method: 'PROPFIND', route: 'unmatched', status: 404 },
      name: 'HTTP',
      attributes: { 'http.request.method': '_OTHER', 'http.request.method_original': 'PROPFIND' },
      isError: false,
    },
    {
      title: 'what a client chose is cut',
      request: { path: `/${'a'.repeat(5000)}`, userAgent: 'b'.repeat(5000) },
      name: 'GET /health',
      attributes: { 'url.path': `/${'a'.repeat(511)}`, 'user_agent.original': 'b'.repeat(512) },
      isError: false,
    },
  ]) {
    it(title, async () => {
      const [span] = await spansOf(fakeRequest(request));
      expect(span?.name).to.equal(name);
      const found = attributesOf(span);
      for (const [key, value] of Object.entries(attributes)) expect(found[key], key).to.deep.equal(value);
      expect(span?.status.code === ERROR_STATUS).to.equal(isError);
    });
  }

  it('names the service, and uses the standard variables', async () => {
    Object.assign(environment, {
      OTEL_SERVICE_NAME: 'payments-eu',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=prod',
      OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key=abc',
    });
    const tracing = await open({ resourceAttributes: { 'process.pid': 42 } });
    const request = fakeRequest({});
    tracing.startRequest(request);
    tracing.endRequest(request);
    await tracing.close(5000);
    const [first] = exports();
    const resource = Object.fromEntries((first?.resourceSpans[0]?.resource.attributes ?? []).map(entryOf));
    expect(resource).to.include({
      'service.name': 'payments-eu',
      'service.version': '1.2.3',
      'deployment.environment.name': 'prod',
      'process.pid': 42,
    });
    expect(resource['service.instance.id']).to.match(/^[0-9a-f-]{36}$/);
    expect(received[0]?.headers['x-api-key']).to.equal('abc');
  });

  it('uses protobuf unless configured otherwise', async () => {
    delete environment.OTEL_EXPORTER_OTLP_PROTOCOL;
    const tracing = await open();
    const request = fakeRequest({ trace: CALLER });
    tracing.startRequest(request);
    tracing.endRequest(request);
    await tracing.close(5000);
    expect(received[0]?.headers['content-type']).to.equal('application/x-protobuf');
    expect(received[0]?.body.includes('GET /health')).to.equal(true);
    expect(received[0]?.body.includes(Buffer.from(CALLER.traceId, 'hex'))).to.equal(true);
  });

  it('sends everything at the end: nothing of a thousand requests is lost', async () => {
    const tracing = await open();
    for (let index = 0; index < 1000; index++) {
      const request = fakeRequest({});
      tracing.startRequest(request);
      tracing.endRequest(request);
    }
    await tracing.close(5000);
    expect(new Set(spans().map(({ spanId }) => spanId)).size).to.equal(1000);
    expect(diagnostics).to.deep.equal([]);
  });

  it('reports that the collector rejects spans, and ends in time if it hangs', async () => {
    collector.removeAllListeners('request');
    collector.once('request', (_request, response) => response.writeHead(401).end());
    const rejected = await open();
    const request = fakeRequest({});
    rejected.startRequest(request);
    rejected.endRequest(request);
    await rejected.close(5000);
    expect(diagnostics.join('\n')).to.include('Unauthorized');

    diagnostics = [];
    const hanging = await open();
    hanging.startRequest(request);
    hanging.endRequest(request);
    const startedAt = performance.now();
    await hanging.close(100);
    expect(performance.now() - startedAt).to.be.within(90, 5000);
    expect(diagnostics.join('\n')).to.match(/^warn: The last spans were not sent: .*100 ms/);
  });

  it('reports that the collector is unreachable', async () => {
    Object.assign(environment, {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
      OTEL_EXPORTER_OTLP_TIMEOUT: '3000',
    });
    const tracing = await open();
    const request = fakeRequest({});
    tracing.startRequest(request);
    tracing.endRequest(request);
    await tracing.close(5000);
    expect(diagnostics.join('\n')).to.include('ECONNREFUSED');
  });

  it('does not flood the log with failures', () => {
    let now = 0;
    const logger = diagnosticLogger(
      (level, message) => diagnostics.push(`${level}: ${message}`),
      () => now,
    );
    logger.error('{"stack":"Error: …","message":"Unauthorized","code":"401"}');
    for (let index = 0; index < 100; index++) logger.error('again');
    now = 10_000;
    logger.warn('OTLPExportDelegate', 'Export failed', new Error('why'));
    now = 20_000;
    logger.info('all is well');
    logger.error('{"code":"ECONNREFUSED"}');
    expect(diagnostics).to.deep.equal([
      'error: Spans were not sent: Unauthorized',
      'warn: OTLPExportDelegate: Export failed: why (100 more were not logged)',
      'error: Spans were not sent: ECONNREFUSED',
    ]);
  });

  it('loads OpenTelemetry only if it is enabled', async () => {
    const script = `
      import { createRequire } from 'node:module';
      const { cache } = createRequire(import.meta.url);
      const loaded = () => Object.keys(cache).some((path) => path.includes('sdk-trace'));
      await import('./src/app.ts');
      const before = loaded();
      await import('./src/observe/tracing.ts');
      console.log(before, loaded());`;
    const { stdout } = await promisify(execFile)(process.execPath, [
      '--import',
      'tsx',
      '--input-type=module',
      '--eval',
      script,
    ]);
    expect(stdout.trim()).to.equal('false true');
  });

  describe('settings', () => {
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
    const cases: [string, boolean, Record<string, string>, OtlpProtocol | null][] = [
      ['nothing asks for it', false, {}, null],
      ['the flag asks for it', true, {}, 'http/protobuf'],
      ['a collector is named', false, endpoint, 'http/protobuf'],
      [
        'a collector of traces is named',
        false,
        { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'https://c/v1/traces' },
        'http/protobuf',
      ],
      ['the exporter is named', false, { OTEL_TRACES_EXPORTER: 'otlp' }, 'http/protobuf'],
      ['an empty variable is no variable', false, { OTEL_EXPORTER_OTLP_ENDPOINT: '' }, null],
      ['some other variable is set', false, { OTEL_SERVICE_NAME: 'payments' }, null],
      ['the SDK is disabled', true, { ...endpoint, OTEL_SDK_DISABLED: 'true' }, null],
      ['no exporter is wanted', true, { ...endpoint, OTEL_TRACES_EXPORTER: 'none' }, null],
      ['JSON is wanted', true, { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' }, 'http/json'],
      [
        'the protocol of traces wins',
        true,
        { OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' },
        'http/json',
      ],
    ];
    for (const [title, flag, variables, protocol] of cases) {
      it(`${title}: ${protocol ?? 'off'}`, () => {
        expect(otlpProtocol(flag, variables)).to.equal(protocol);
      });
    }

    for (const [name, value] of [
      ['OTEL_TRACES_EXPORTER', 'zipkin'],
      ['OTEL_EXPORTER_OTLP_PROTOCOL', 'grpc'],
    ] as const) {
      it(`rejects ${name}=${value} by name`, () => {
        expect(() => otlpProtocol(true, { [name]: value })).to.throw(ConfigError, name);
      });
    }
  });
});

type FakeRequest = { -readonly [Key in keyof RequestFacts]: RequestFacts[Key] } & Call;

/** The facts of a request, as in a `RequestContext`. */
function fakeRequest(facts: Partial<FakeRequest>): FakeRequest {
  return {
    method: 'GET',
    route: '/health',
    path: '/health',
    status: 200,
    startedAt: performance.now(),
    durationMs: 1,
    bytes: 15,
    requestId: 'request-1',
    client: '192.0.2.1',
    userAgent: undefined,
    trace: null,
    errorCode: null,
    stage: null,
    deadline: Infinity,
    abandoned: false,
    pendingWrites: 0,
    ...facts,
  };
}

function tracedStore<Store extends object>(store: Store, tracing: Tracing): Store {
  return observeCalls(store, tracing.recordStoreCall);
}

const openRepo = () => openSqliteRows({ uri: ':memory:' });

function attributesOf(span: OtlpSpan | undefined): Record<string, unknown> {
  return Object.fromEntries((span?.attributes ?? []).map(entryOf));
}

function entryOf({ key, value }: OtlpAttribute): [string, unknown] {
  const list = value.arrayValue?.values.map(({ stringValue }) => stringValue);
  return [key, list ?? value.stringValue ?? value.intValue];
}
