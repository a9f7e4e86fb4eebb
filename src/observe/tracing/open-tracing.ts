import type { Attributes, Context, Span } from '@opentelemetry/api';
import { diagnosticLogger, type OnDiagnostic } from './diagnostics.js';
import { loadPackages } from './load-packages.js';
import { repoErrorType, requestAttributes, requestErrorType, requestSpanName } from './span-attributes.js';
import type { Tracing } from './tracing.js';
import type { TracingSettings } from './tracing-settings.js';

export interface TracingOptions {
  readonly settings: TracingSettings;
  readonly serviceVersion: string;
  /** How clients reach the service: its scheme, name and port belong to every request's span. */
  readonly externalUrl: string;
  /** The database behind the repository, as OpenTelemetry names it. */
  readonly databaseSystem: 'postgresql' | 'sqlite';
  /** What further tells this process from others, `process.pid` say. The environment's attributes win. */
  readonly resourceAttributes?: Readonly<Record<string, string | number>>;
  /** Told when spans are lost, and why. */
  readonly onDiagnostic: OnDiagnostic;
}

/** The span of a request, from its arrival on. */
interface OpenRequest {
  readonly span: Span;
  /** What makes a span its child. */
  readonly context: Context;
  /** Monotonic time plus this is time since the epoch; one for the whole trace, so that children fit in their parent. */
  readonly epochOffsetMs: number;
}

const SERVICE_NAME = 'payments-api';

/**
 * Starts to trace with OpenTelemetry's SDK and its OTLP exporter over HTTP. Sampler, batches, limits, resource, and
 * the collector's address, headers and certificates are the SDK's own reading of the `OTEL_…` variables. Nothing is
 * registered globally but the logger of the SDK's own troubles, which it knows no other way to tell.
 *
 * @param options - what the environment does not say
 * @throws TracingError where the packages are not installed
 */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { onDiagnostic } = options;
  const { api, sdk, resources, OTLPTraceExporter } = await loadPackages(options.settings.protocol);
  api.diag.setLogger(diagnosticLogger(onDiagnostic), {
    logLevel: api.DiagLogLevel.WARN,
    suppressOverrideMessage: true,
  });
  const { serviceInstanceIdDetector, envDetector } = resources;
  const provider = new sdk.BasicTracerProvider({
    resource: resources
      .defaultResource()
      .merge(
        resources.resourceFromAttributes({ 'service.name': SERVICE_NAME, 'service.version': options.serviceVersion }),
      )
      .merge(resources.resourceFromAttributes({ ...options.resourceAttributes }))
      .merge(resources.detectResources({ detectors: [serviceInstanceIdDetector, envDetector] })),
    spanProcessors: [new sdk.BatchSpanProcessor(new OTLPTraceExporter())],
  });
  const tracer = provider.getTracer(SERVICE_NAME, options.serviceVersion);
  const serverAttributes = serverAttributesOf(options.externalUrl);
  const { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } = api;
  // Keyed by the request, and kept as long as it is: a repository call may outlive its request's answer.
  const openRequests = new WeakMap<object, OpenRequest>();

  return {
    startRequest(request) {
      const epochOffsetMs = Date.now() - performance.now();
      const caller = request.trace;
      const parent = caller
        ? trace.setSpanContext(ROOT_CONTEXT, {
            traceId: caller.traceId,
            spanId: caller.parentId,
            traceFlags: caller.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
            isRemote: true,
          })
        : ROOT_CONTEXT;
      const startTime = request.startedAt + epochOffsetMs;
      const span = tracer.startSpan(request.method, { kind: SpanKind.SERVER, startTime }, parent);
      openRequests.set(request, { span, context: trace.setSpan(parent, span), epochOffsetMs });
      const { traceId, spanId, traceFlags } = span.spanContext();
      return { traceId, parentId: spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0 };
    },

    endRequest(request) {
      const open = openRequests.get(request);
      if (!open?.span.isRecording()) return;
      const { span, epochOffsetMs } = open;
      span.updateName(requestSpanName(request));
      span.setAttributes(serverAttributes);
      span.setAttributes(requestAttributes(request));
      if (requestErrorType(request) !== null) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end(request.startedAt + request.durationMs + epochOffsetMs);
    },

    recordRepoCall(call, { operation, startedAt, endedAt, error }) {
      const open = openRequests.get(call);
      if (!open || (open.span.spanContext().traceFlags & TraceFlags.SAMPLED) === 0) return;
      const attributes = { 'db.system.name': options.databaseSystem };
      const startTime = startedAt + open.epochOffsetMs;
      const span = tracer.startSpan(
        `repo.${operation}`,
        { kind: SpanKind.CLIENT, startTime, attributes },
        open.context,
      );
      if (error !== null) {
        const errorType = repoErrorType(error);
        span.setAttribute('error.type', errorType);
        span.setStatus({ code: SpanStatusCode.ERROR, message: errorType });
      }
      span.end(endedAt + open.epochOffsetMs);
    },

    async close(limitMs) {
      try {
        await withinLimit(provider.shutdown(), limitMs);
      } catch (error) {
        onDiagnostic('warn', `The last spans were not sent: ${error instanceof Error ? error.message : String(error)}`);
      } finally {
        api.diag.disable();
      }
    },
  };
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

async function withinLimit(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the collector took longer than ${limitMs} ms`)), limitMs);
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
