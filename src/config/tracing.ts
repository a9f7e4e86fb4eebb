import { ConfigError } from './config-error.js';

/** How spans are sent. OpenTelemetry's SDK reads the rest of the environment itself. */
export type OtlpProtocol = 'http/protobuf' | 'http/json';

const PROTOCOLS = ['http/protobuf', 'http/json'];

/**
 * Decides whether traces are sent: if the flag is set, or if the standard variables name a collector or the `otlp`
 * exporter. `OTEL_SDK_DISABLED=true` and `OTEL_TRACES_EXPORTER=none` always turn them off. The SDK reads the rest of
 * the environment, and reports what it cannot use.
 *
 * @param environment - the `OTEL_…` variables; an empty one counts as unset
 * @returns null if they are not sent
 * @throws ConfigError that names the variable and what it takes
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function otlpProtocol(
  isRequested: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): OtlpProtocol | null {
  const read = (name: string) => environment[name]?.trim() || undefined;
  const exporter = read('OTEL_TRACES_EXPORTER');
  if (read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || exporter === 'none') return null;
  const endpoints = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  if (!isRequested && exporter === undefined && !endpoints.some(read)) return null;

  const check = (name: string, taken: readonly string[]) => {
    const value = read(name);
    if (value !== undefined && !taken.includes(value)) throw new ConfigError(`${name} takes ${taken.join(', ')}`);
    return value;
  };
  check('OTEL_TRACES_EXPORTER', ['otlp', 'none']);
  const own = check('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', PROTOCOLS);
  const protocol = own ?? check('OTEL_EXPORTER_OTLP_PROTOCOL', PROTOCOLS);
  return protocol === 'http/json' ? protocol : 'http/protobuf';
}
