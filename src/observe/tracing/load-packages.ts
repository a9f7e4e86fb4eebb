import { TracingError } from './tracing-error.js';
import type { OtlpProtocol } from './tracing-settings.js';

/**
 * Loads OpenTelemetry's packages, which are not even read from disk before tracing is asked for.
 *
 * @param protocol - decides which exporter
 * @throws TracingError where they are not installed; the message is the command that installs them
 */
export async function loadPackages(protocol: OtlpProtocol) {
  try {
    const [api, sdk, resources, { OTLPTraceExporter }] = await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace-base'),
      import('@opentelemetry/resources'),
      protocol === 'http/json'
        ? import('@opentelemetry/exporter-trace-otlp-http')
        : import('@opentelemetry/exporter-trace-otlp-proto'),
    ]);
    return { api, sdk, resources, OTLPTraceExporter };
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'ERR_MODULE_NOT_FOUND')) throw cause;
    throw new TracingError(
      'Tracing needs packages that are not installed: npm install @opentelemetry/api@1 @opentelemetry/sdk-trace-base@2 ' +
        '@opentelemetry/resources@2 @opentelemetry/exporter-trace-otlp-http@0.223 @opentelemetry/exporter-trace-otlp-proto@0.223',
      { cause },
    );
  }
}
