import {
  type Attributes,
  type Context,
  type DiagLogger,
  DiagLogLevel,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import pTimeout from 'p-timeout';
import {
  type ArrivedRequest,
  CLIENT_GONE_STATUS,
  errorType,
  type RequestFacts,
  type StoreCallFacts,
  type TraceContext,
  UNMATCHED_ROUTE,
} from './facts.js';
import { quietly } from './quietly.js';

export interface TracingOptions {
  readonly protocol: 'http/protobuf' | 'http/json';
  /** The name of the service, which the environment may override. */
  readonly service: string;
  readonly serviceVersion: string;
  /** How clients reach the service: its scheme, name and port belong to every request's span. */
  readonly externalUrl: string;
  /** The database of the store, as OpenTelemetry names it. */
  readonly databaseSystem: 'postgresql' | 'sqlite';
  /** What else tells this process from others, for example `process.pid`. The environment's attributes win. */
  readonly resourceAttributes?: Readonly<Record<string, string | number>>;
  /** Told when spans are lost, and why: at most once in ten seconds. */
  readonly onDiagnostic: OnDiagnostic;
}

export type Tracing = ReturnType<typeof openTracing>;

const CLOSE_LIMIT_MS = 1000;

/** Told what goes wrong with the sending of spans; it concerns no request. */
type OnDiagnostic = (level: 'warn' | 'error', message: string) => void;

interface OpenRequest {
  readonly span: Span;
  /** What makes a span its child. */
  readonly context: Context;
  readonly startedAt: number;
  /** Monotonic time plus this is time since the epoch; one for the whole trace, so that children fit in their parent. */
  readonly epochOffsetMs: number;
}

/**
 * Distributed traces. Times are handed over instead of a context that follows the asynchronous calls: the request
 * object, which every call of the store carries anyway, leads to the parent span, so that a service without tracing
 * pays nothing. Where tracing is off there is no `Tracing`, but null.
 *
 * It is OpenTelemetry's SDK and its OTLP exporter over HTTP. Sampler, batches, limits, resource, and
 * the collector's address, headers and certificates are the SDK's own reading of the `OTEL_…` variables. Nothing is
 * registered globally except the logger of the SDK's diagnostics, for which it knows no other way. Import this module
 * only where tracing is on: OpenTelemetry's packages come with it.
 */
export function openTracing(options: TracingOptions) {
  const { service, serviceVersion, onDiagnostic } = options;
  diag.setLogger(diagnosticLogger(onDiagnostic), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const exporter = options.protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter();
  const detectors = [serviceInstanceIdDetector, envDetector];
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.name': service, 'service.version': serviceVersion }))
      .merge(resourceFromAttributes({ ...options.resourceAttributes }))
      .merge(detectResources({ detectors })),
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer(service, serviceVersion);
  const serverAttributes = serverAttributesOf(options.externalUrl);
  // Keyed by the request, and kept as long as it is: a call of the store may outlive its request's response.
  const openRequests = new WeakMap<object, OpenRequest>();

  function parentOf(caller: TraceContext | null): Context {
    if (!caller) return ROOT_CONTEXT;
    return trace.setSpanContext(ROOT_CONTEXT, {
      traceId: caller.traceId,
      spanId: caller.parentId,
      traceFlags: caller.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
      isRemote: true,
    });
  }

  return {
    /**
     * Opens the span of a request, as a child of its caller's span where a valid `traceparent` came.
     *
     * @param request - the same object that `endRequest` is given, and that calls of the store pass on
     * @returns the position of the new span in its trace, for the log
     */
    startRequest(request: ArrivedRequest): TraceContext {
      const { startedAt } = request;
      const epochOffsetMs = Date.now() - performance.now();
      const parent = parentOf(request.trace);
      const span = tracer.startSpan(
        request.method,
        { kind: SpanKind.SERVER, startTime: startedAt + epochOffsetMs },
        parent,
      );
      openRequests.set(request, { span, context: trace.setSpan(parent, span), startedAt, epochOffsetMs });
      const { traceId, spanId, traceFlags } = span.spanContext();
      return { traceId, parentId: spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 };
    },

    /** Ends the span of a request, once everything is known of it. A request that was not started has none. */
    endRequest(facts: RequestFacts): void {
      const open = openRequests.get(facts);
      if (!open?.span.isRecording()) return;
      const { span, startedAt, epochOffsetMs } = open;
      span.updateName(requestSpanName(facts));
      span.setAttributes(serverAttributes);
      span.setAttributes(requestAttributes(facts));
      if (requestErrorType(facts) !== null) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(startedAt + facts.durationMs + epochOffsetMs);
    },

    /**
     * Records a call of the store as a child of its request's span. It may end after its request got a response; a call
     * that belongs to no request is not recorded.
     */
    recordStoreCall({ operation, call, startedAt, endedAt, error }: StoreCallFacts): void {
      const open = openRequests.get(call);
      if (!open || (open.span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
      const { context, epochOffsetMs } = open;
      const attributes = { 'db.system.name': options.databaseSystem };
      const startTime = startedAt + epochOffsetMs;
      const span = tracer.startSpan(`repo.${operation}`, { kind: SpanKind.CLIENT, startTime, attributes }, context);
      if (error !== null) {
        const type = errorType(error);
        span.setAttribute('error.type', type);
        span.setStatus({ code: SpanStatusCode.ERROR, message: type });
      }
      span.end(endedAt + epochOffsetMs);
    },

    /** Sends what has not been sent. It never fails: what could not be sent is reported, and lost. */
    async close(limitMs = CLOSE_LIMIT_MS): Promise<void> {
      try {
        const message = `the collector took longer than ${limitMs} ms`;
        await pTimeout(provider.shutdown(), { milliseconds: limitMs, message });
      } catch (error) {
        onDiagnostic('warn', `The last spans were not sent: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        diag.disable();
      }
    },
  };
}

/**
 * Passes the SDK's diagnostics on, at most one in ten seconds: under load a collector that rejects spans is sent
 * hundreds of batches a second, and rejects as many.
 */
export function diagnosticLogger(onDiagnostic: OnDiagnostic, now?: () => number): DiagLogger {
  const ignore = () => {};
  const report = quietly((suppressed, level: 'warn' | 'error', parts: readonly unknown[]) => {
    const more = suppressed === 0 ? '' : ` (${suppressed} more were not logged)`;
    onDiagnostic(level, parts.map(plainText).join(': ') + more);
  }, now);
  return {
    error: (...parts) => report('error', parts),
    warn: (...parts) => report('warn', parts),
    info: ignore,
    debug: ignore,
    verbose: ignore,
  };
}

/** The SDK reports an error as a JSON object of all its fields, with stack and the collector's response; this is its gist. */
function plainText(part: unknown): string {
  if (part instanceof Error) return part.message;
  const text = typeof part === 'string' ? part : JSON.stringify(part);
  if (!text?.startsWith('{')) return String(text);
  try {
    const { message, code }: { message?: unknown; code?: unknown } = JSON.parse(text);
    return `Spans were not sent: ${message ?? code ?? 'the reason is unknown'}`;
  } catch {
    return text;
  }
}

function serverAttributesOf(externalUrl: string): Attributes {
  const { protocol, hostname, port } = new URL(externalUrl);
  const scheme = protocol.slice(0, -1);
  return {
    'url.scheme': scheme,
    'server.address': hostname,
    'server.port': port === '' ? (scheme === 'https' ? 443 : 80) : Number(port),
  };
}

/** Text that a client chose is cut to this, as spans are kept in memory until they are sent. */
const TEXT_LIMIT_CHARS = 512;

/** Methods that may stand in a span's name; others would make as many names as clients think of. */
const KNOWN_METHODS = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'PATCH', 'POST', 'PUT', 'TRACE']);

/**
 * The name of a request's span: method and route where there is a route.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#name
 */
function requestSpanName({ method, route }: RequestFacts): string {
  const verb = KNOWN_METHODS.has(method) ? method : 'HTTP';
  return route === UNMATCHED_ROUTE ? verb : `${verb} ${route}`;
}

/**
 * The attributes of a request's span, under their standard names.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server
 */
function requestAttributes(request: RequestFacts): Attributes {
  const { method, route, status, userAgent } = request;
  const attributes: Attributes = {
    'http.request.method': KNOWN_METHODS.has(method) ? method : '_OTHER',
    'url.path': request.path.slice(0, TEXT_LIMIT_CHARS),
    'client.address': request.client,
    'http.response.header.x-request-id': [request.requestId],
  };
  if (!KNOWN_METHODS.has(method)) attributes['http.request.method_original'] = method;
  if (route !== UNMATCHED_ROUTE) attributes['http.route'] = route;
  if (status !== CLIENT_GONE_STATUS) attributes['http.response.status_code'] = status;
  if (userAgent !== undefined) attributes['user_agent.original'] = userAgent.slice(0, TEXT_LIMIT_CHARS);
  const errorType = requestErrorType(request);
  if (errorType !== null) attributes['error.type'] = errorType;
  return attributes;
}

/**
 * What made a request fail. A 4xx is the service doing its work, so it does not count.
 *
 * @returns a name out of a small set, or null if it did not fail
 */
function requestErrorType({ status, errorCode }: RequestFacts): string | null {
  if (status === CLIENT_GONE_STATUS) return 'client_gone';
  return status >= 500 ? (errorCode ?? String(status)) : null;
}
