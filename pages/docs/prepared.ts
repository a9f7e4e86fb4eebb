import { codeSamples } from './code-samples.js';

/** What the page reads of a contract, and adds to it. */
export interface Contract {
  servers?: Server[];
  paths: Record<string, Record<string, Operation>>;
  components?: { parameters?: Record<string, Parameter>; requestBodies?: Record<string, RequestBody> };
}

interface Server {
  url: string;
  description?: string;
}

export interface Parameter {
  name: string;
  in: string;
  required?: boolean;
  example?: unknown;
  default?: unknown;
}

export interface RequestBody {
  content?: Record<string, { example?: unknown }>;
}

export interface Operation {
  parameters?: (Parameter | Reference)[];
  requestBody?: RequestBody | Reference;
  'x-code-samples'?: readonly CodeSample[];
}

export interface Reference {
  $ref: string;
}

export interface CodeSample {
  lang: string;
  label: string;
  source: string;
}

/**
 * The contract as the page shows it.
 * - The place that served the page comes first among the servers, so that "Execute" calls this very service, through
 *   whatever proxy and path prefix.
 * - The fields of required parameters hold their examples, so that an operation can be executed as it is.
 * - Each operation gets code samples.
 *
 * @param contract - as it is served; it is not changed
 * @param base - the URL of the service, as the browser reaches it
 */
export function prepared(contract: Contract, base: string): Contract {
  const { servers = [], components = {} } = contract;
  const others = servers.filter(({ url }) => url.replace(/\/$/, '') !== base);
  const operations = mapValues(contract.paths, (methods, path) =>
    mapValues(methods, (operation, method) => ({
      ...operation,
      'x-code-samples': codeSamples(contract, { base, path, method, operation }),
    })),
  );
  return {
    ...contract,
    servers: [{ url: base, description: 'this service' }, ...others],
    paths: operations,
    components: { ...components, parameters: mapValues(components.parameters ?? {}, filled) },
  };
}

function filled(parameter: Parameter): Parameter {
  return parameter.required ? { ...parameter, default: parameter.example } : parameter;
}

function mapValues<From, To>(values: Record<string, From>, map: (value: From, key: string) => To): Record<string, To> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, map(value, key)]));
}
