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
  CLIENT_GONE_STATUS,
  errorType,
  KNOWN_METHODS,
  type RequestFacts,
  type StoreCallFacts,
  type TraceContext,
  UNMATCHED_ROUTE,
} from './facts.js';
import { quietly } from './quietly.js';

export interface TracingOptions {
  readonly protocol: 'http/protobuf' | 'http/json';
  /** The environment may override it. */
  readonly service: string;
  readonly serviceVersion: string;
  /** Its scheme, name and port are in every request's span. */
  readonly externalUrl: string;
  readonly databaseSystem: 'postgresql' | 'sqlite';
  /** For example `process.pid`. The environment's attributes take precedence. */
  readonly resourceAttributes?: Readonly<Record<string, string | number>>;
  /** Called when spans are lost, at most once in ten seconds. */
  readonly onDiagnostic: OnDiagnostic;
}

export type Tracing = ReturnType<typeof openTracing>;

const CLOSE_LIMIT_MS = 1000;

type OnDiagnostic = (level: 'warn' | 'error', message: string) => void;

interface OpenRequest {
  readonly span: Span;
  readonly context: Context;
  /** Monotonic time plus this is the time since the epoch; the same for a whole trace, so that spans nest. */
  readonly epochOffsetMs: number;
}

/**
 * Distributed traces. There is no context that follows asynchronous calls: the request object, which every call of the
 * store carries anyway, leads to the parent span. So a service without tracing, whose `Tracing` is null, pays nothing.
 *
 * It uses OpenTelemetry's SDK and its OTLP exporter over HTTP. The SDK reads sampler, batches, limits, resource, and
 * the collector's address, headers and certificates from the `OTEL_…` variables. Only the logger of the SDK's
 * diagnostics is registered globally, because there is no other way. Import this module only if tracing is on: it loads
 * OpenTelemetry's packages.
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
  // Weak keys: a call of the store may outlive its request's response.
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
     * Starts the span of a request, as a child of its caller's span if there is a valid `traceparent`.
     *
     * @param request - the object that `endRequest` gets, and that calls of the store pass on
     * @returns the position of the new span in its trace, for the log
     */
    startRequest(request: RequestFacts): TraceContext {
      const epochOffsetMs = Date.now() - performance.now();
      const parent = parentOf(request.trace);
      const span = tracer.startSpan(
        request.method,
        { kind: SpanKind.SERVER, startTime: request.startedAt + epochOffsetMs },
        parent,
      );
      openRequests.set(request, { span, context: trace.setSpan(parent, span), epochOffsetMs });
      const { traceId, spanId, traceFlags } = span.spanContext();
      return { traceId, parentId: spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 };
    },

    endRequest(facts: RequestFacts): void {
      const open = openRequests.get(facts);
      if (!open?.span.isRecording()) return;
      const { span, epochOffsetMs } = open;
      span.updateName(requestSpanName(facts));
      span.setAttributes(serverAttributes);
      span.setAttributes(requestAttributes(facts));
      if (requestErrorType(facts) !== null) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(facts.startedAt + facts.durationMs + epochOffsetMs);
    },

    /**
     * Records a call as a child of its request's span. It may end after the response. Calls without a request are
     * ignored.
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

    /** Sends the remaining spans. It never fails: spans that could not be sent are reported as lost. */
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

/** At most one in ten seconds: under load a collector that rejects spans gets hundreds of batches a second. */
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

/** The message of an SDK error, which is a JSON object with stack and the collector's response. */
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

/** Text from clients is truncated, because spans are kept in memory until they are sent. */
const TEXT_LIMIT_CHARS = 512;

/** @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#name */
function requestSpanName({ method, route }: RequestFacts): string {
  const verb = KNOWN_METHODS.has(method) ? method : 'HTTP';
  return route === UNMATCHED_ROUTE ? verb : `${verb} ${route}`;
}

/** @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#http-server */
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

/** The kind of failure, from a small set, or null if there was none. A 4xx is not a failure of the service. */
function requestErrorType({ status, errorCode }: RequestFacts): string | null {
  if (status === CLIENT_GONE_STATUS) return 'client_gone';
  return status >= 500 ? (errorCode ?? String(status)) : null;
}
