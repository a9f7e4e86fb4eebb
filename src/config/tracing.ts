import { ConfigError } from './config-error.js';

/** How spans are sent. OpenTelemetry's SDK reads the rest of the environment itself. */
export type OtlpProtocol = 'http/protobuf' | 'http/json';

const PROTOCOLS = ['http/protobuf', 'http/json'];
const SAMPLERS = [
  'always_on',
  'always_off',
  'traceidratio',
  'parentbased_always_on',
  'parentbased_always_off',
  'parentbased_traceidratio',
];

/**
 * Decides whether traces are sent: if the flag is set, or if the standard variables name a collector or the `otlp`
 * exporter. `OTEL_SDK_DISABLED=true` and `OTEL_TRACES_EXPORTER=none` always turn them off. Values that the SDK would
 * silently replace by a default are rejected.
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

  const check = (name: string, taken: readonly string[], isTaken = (value: string) => taken.includes(value)) => {
    const value = read(name);
    if (value !== undefined && !isTaken(value)) throw new ConfigError(`${name} takes ${taken.join(', ')}`);
    return value;
  };
  check('OTEL_TRACES_EXPORTER', ['otlp', 'none']);
  check('OTEL_TRACES_SAMPLER', SAMPLERS);
  check('OTEL_TRACES_SAMPLER_ARG', ['a number from 0 to 1'], (ratio) => Number(ratio) >= 0 && Number(ratio) <= 1);
  for (const name of endpoints) check(name, ['an http or https URL'], isHttpUrl);
  const own = check('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', PROTOCOLS);
  const protocol = own ?? check('OTEL_EXPORTER_OTLP_PROTOCOL', PROTOCOLS);
  return protocol === 'http/json' ? protocol : 'http/protobuf';
}

function isHttpUrl(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}
