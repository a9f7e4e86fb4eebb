import { parse } from 'yaml';

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly example?: unknown;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly (Parameter | Reference)[];
  readonly requestBody?: Reference;
}

interface Reference {
  readonly $ref: string;
}

interface Contract {
  readonly servers: readonly { readonly url: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

/** The order in which the requests can be sent. */
const METHODS = ['post', 'get', 'put', 'delete'];

/** In that order an update comes before the delete, whose example has the version of an unchanged payment. */
const VERSION_AFTER_UPDATE = 1;

/**
 * The requests of a contract as an `.http` file, for editors (the REST Client of VS Code, JetBrains' HTTP client).
 *
 * @param contract - an OpenAPI document in YAML; required parts have examples
 */
export function httpFile(contract: string): string {
  const document: Contract = parse(contract);
  const lines = [
    '# Made from api/openapi.yml, by test/docs/http-file.ts.',
    `@url = ${document.servers[0]?.url ?? ''}`,
    '',
  ];
  const requests = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );
  const rank = ({ method, operation }: (typeof requests)[number]): number =>
    (operation.operationId.endsWith('Repo') ? METHODS.length : 0) + METHODS.indexOf(method);
  for (const { path, method, operation } of requests.sort((left, right) => rank(left) - rank(right))) {
    const parameters = (operation.parameters ?? []).map((found) => resolved<Parameter>(document, found));
    lines.push(`### ${operation.summary}`, `# @name ${operation.operationId}`);
    lines.push(`${method.toUpperCase()} {{url}}${target(path, parameters)}`);
    const body = operation.requestBody && exampleOf(document, operation.requestBody);
    if (body !== undefined) lines.push('Content-Type: application/json', '', JSON.stringify(body, null, 2));
    lines.push('');
  }
  return lines.join('\n');
}

function target(path: string, parameters: readonly Parameter[]): string {
  const filled = path.replaceAll(/\{(\w+)\}/g, (_all, name: string) => {
    const parameter = parameters.find((found) => found.in === 'path' && found.name === name);
    return encodeURIComponent(String(parameter?.example));
  });
  const query = parameters.filter((parameter) => parameter.in === 'query' && parameter.required === true);
  const values = query.map(({ name, example }) => [name, name === 'version' ? VERSION_AFTER_UPDATE : example]);
  const text = new URLSearchParams(Object.fromEntries(values)).toString();
  return text === '' ? filled : `${filled}?${text}`;
}

function exampleOf(document: Contract, reference: Reference): unknown {
  const { content } = resolved<{ content: Record<string, { example?: unknown }> }>(document, reference);
  return content['application/json']?.example;
}

/** The target of a reference within the document, or the value itself. */
function resolved<T>(document: Contract, found: T | Reference): T {
  if (typeof found !== 'object' || found === null || !('$ref' in found)) return found;
  let node: unknown = document;
  for (const name of found.$ref.slice(2).split('/')) node = Object(node)[name];
  return node as T;
}
