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
import { type ArrivedRequest, errorType, type RequestFacts, type StoreCallFacts, type TraceContext } from '../facts.js';
import { quietly } from '../quietly.js';
import { requestAttributes, requestErrorType, requestSpanName } from './span-attributes.js';
import type { TracingSettings } from './tracing-settings.js';

/**
 * Distributed traces. Times are handed over instead of a context that follows the asynchronous calls: the request
 * object, which every call of the store carries anyway, leads to the parent span, so that a service without tracing
 * pays nothing. Where tracing is off there is no `Tracing`, but null.
 */
export interface Tracing {
  /**
   * Opens the span of a request, as a child of its caller's span where a valid `traceparent` came.
   *
   * @param request - the same object that `endRequest` is given, and that calls of the store pass on
   * @returns the position of the new span in its trace, for the log
   */
  startRequest(request: ArrivedRequest): TraceContext;
  /** Ends the span of a request, once everything is known of it. A request that was not started has none. */
  endRequest(facts: RequestFacts): void;
  /**
   * Records a call of the store as a child of its request's span. It may end after its request got a response; a call
   * that belongs to no request is not recorded.
   */
  recordStoreCall(facts: StoreCallFacts): void;
  /**
   * Sends what has not been sent. It never fails: what could not be sent is reported, and lost.
   *
   * @param limitMs - the time the collector has for it; a second where nothing is said
   */
  close(limitMs?: number): Promise<void>;
}

export interface TracingOptions {
  readonly settings: TracingSettings;
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

const CLOSE_LIMIT_MS = 1000;

/** Told what goes wrong with the sending of spans; it concerns no request. */
export type OnDiagnostic = (level: 'warn' | 'error', message: string) => void;

/** The span of a request, from its arrival on. */
interface OpenRequest {
  readonly span: Span;
  /** What makes a span its child. */
  readonly context: Context;
  readonly startedAt: number;
  /** Monotonic time plus this is time since the epoch; one for the whole trace, so that children fit in their parent. */
  readonly epochOffsetMs: number;
}

/**
 * Starts to trace with OpenTelemetry's SDK and its OTLP exporter over HTTP. Sampler, batches, limits, resource, and
 * the collector's address, headers and certificates are the SDK's own reading of the `OTEL_…` variables. Nothing is
 * registered globally except the logger of the SDK's diagnostics, for which it knows no other way. Import this module
 * only where tracing is on: OpenTelemetry's packages come with it.
 *
 * @param options - what the environment does not say
 */
export function openTracing(options: TracingOptions): Tracing {
  const { service, serviceVersion, onDiagnostic } = options;
  diag.setLogger(diagnosticLogger(onDiagnostic), { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  const exporter = options.settings.protocol === 'http/json' ? new JsonExporter() : new ProtobufExporter();
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
    startRequest(request) {
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

    endRequest(facts) {
      const open = openRequests.get(facts);
      if (!open?.span.isRecording()) return;
      const { span, startedAt, epochOffsetMs } = open;
      span.updateName(requestSpanName(facts));
      span.setAttributes(serverAttributes);
      span.setAttributes(requestAttributes(facts));
      if (requestErrorType(facts) !== null) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(startedAt + facts.durationMs + epochOffsetMs);
    },

    recordStoreCall({ operation, call, startedAt, endedAt, error }) {
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

    async close(limitMs = CLOSE_LIMIT_MS) {
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
 *
 * @param onDiagnostic - who is told
 * @param now - monotonic time, ms
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
