import { codeSamples, resolved } from './code-samples.js';
import { overview } from './overview.js';

/** The parts of a contract that the page reads or adds. */
export interface Contract {
  info: { description?: string };
  tags?: { name: string; description?: string }[];
  servers?: Server[];
  paths: Record<string, PathItem>;
}

/** Operations by method. */
type PathItem = { [Method in (typeof METHODS)[number]]?: Operation } & {
  /** Those of every operation that does not declare them itself. */
  parameters?: Operation['parameters'];
};

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'] as const;

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

export interface Described extends Operation {
  path: string;
  method: string;
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
  const others = (contract.servers ?? []).filter(({ url }) => url.replace(/\/$/, '') !== base);
  const paths: Record<string, PathItem> = {};
  const operations: Described[] = [];
  for (const [path, item] of Object.entries(contract.paths)) {
    const shown: PathItem = {};
    for (const method of METHODS) {
      const operation = item[method];
      if (!operation) continue;
      const parameters = parametersOf(contract, item, operation);
      const samples = codeSamples(contract, { base, path, method, parameters, operation });
      shown[method] = { ...operation, parameters: parameters.map(filled), 'x-code-samples': samples };
      operations.push({ ...operation, path, method });
    }
    paths[path] = shown;
  }
  return {
    ...contract,
    info: { ...contract.info, description: overview(contract, operations) },
    servers: [{ url: base, description: 'this service' }, ...others],
    paths,
  };
}

/** The parameters of an operation and of its path. */
function parametersOf(contract: Contract, item: PathItem, operation: Operation): Parameter[] {
  const [shared, own] = [item, operation].map(({ parameters = [] }) =>
    parameters.map((parameter) => resolved<Parameter>(contract, parameter)),
  );
  const isOverridden = (outer: Parameter) =>
    own?.some((inner) => inner.name === outer.name && inner.in === outer.in) === true;
  return [...(shared ?? []).filter((outer) => !isOverridden(outer)), ...(own ?? [])];
}

function filled(parameter: Parameter): Parameter {
  return parameter.required ? { ...parameter, default: parameter.example } : parameter;
}
