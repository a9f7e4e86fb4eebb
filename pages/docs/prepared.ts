import { codeSamples } from './code-samples.js';
import { overview } from './overview.js';

/** The parts of a contract that the page reads or adds. */
export interface Contract {
  info: { description?: string };
  tags?: { name: string; description?: string }[];
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
  summary?: string;
  tags?: string[];
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
 * The contract for the page.
 * - The origin of the page is the first server, so that "Execute" calls this service through any proxy and path prefix.
 * - The fields of required parameters contain their examples, so that operations can be executed at once.
 * - Each operation gets code samples.
 * - The first page links to all operations.
 *
 * @param contract - not changed
 * @param base - the service's URL for the browser
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
    info: { ...contract.info, description: overview(contract) },
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
