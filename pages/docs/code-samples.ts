import type { CodeSample, Contract, Operation, Parameter, Reference, RequestBody } from './prepared.js';

interface Call {
  readonly base: string;
  readonly path: string;
  readonly method: string;
  readonly parameters: readonly Parameter[];
  readonly operation: Operation;
}

/**
 * An example call of an operation in several languages, with the required parameters and the contract's own examples.
 *
 * @param contract - for resolving references
 */
export function codeSamples(contract: Contract, { base, path, method, parameters, operation }: Call): CodeSample[] {
  const query = new URLSearchParams();
  let target = path;
  for (const { name, in: place, required, example = name } of parameters) {
    if (!required) continue;
    if (place === 'path') target = target.replace(`{${name}}`, encodeURIComponent(String(example)));
    if (place === 'query') query.append(name, String(example));
  }
  const url = `${base}${target}${query.size > 0 ? `?${query}` : ''}`;
  const { content = {} } = resolved<RequestBody>(contract, operation.requestBody ?? {});
  const [[mediaType, { example }] = ['', {}]] = Object.entries(content);
  const body = example === undefined ? null : { mediaType, text: JSON.stringify(example, null, 2) };
  const verb = method.toUpperCase();
  return [
    { lang: 'bash', label: 'curl', source: curl(verb, url, body) },
    { lang: 'javascript', label: 'JavaScript', source: javascript(verb, url, body) },
    { lang: 'python', label: 'Python', source: python(verb, url, body) },
  ];
}

type Body = { readonly mediaType: string; readonly text: string } | null;

function curl(verb: string, url: string, body: Body): string {
  const method = verb === 'GET' ? '' : ` -X ${verb}`;
  const data = body && ` \\\n  -H 'Content-Type: ${body.mediaType}' \\\n  -d '${body.text.replaceAll("'", `'\\''`)}'`;
  return `curl${method} '${url}'${data ?? ''}`;
}

function javascript(verb: string, url: string, body: Body): string {
  const options = [
    ...(verb === 'GET' ? [] : [`  method: '${verb}',`]),
    ...(body
      ? [`  headers: { 'Content-Type': '${body.mediaType}' },`, `  body: JSON.stringify(${indented(body.text)}),`]
      : []),
  ];
  const argument = options.length > 0 ? `, {\n${options.join('\n')}\n}` : '';
  return `const response = await fetch('${url}'${argument});\nconsole.log(response.status, await response.text());`;
}

function python(verb: string, url: string, body: Body): string {
  const data = body ? `, json=${body.text}` : '';
  return `import requests\n\nresponse = requests.request('${verb}', '${url}'${data})\nprint(response.status_code, response.text)`;
}

/** Indents all lines after the first by two spaces. */
function indented(text: string): string {
  return text.replaceAll('\n', '\n  ');
}

/** The value, or the target of its references. */
export function resolved<Value>(contract: Contract, value: Value | Reference): Value {
  if (!isReference(value)) return value;
  const steps = decodeURIComponent(value.$ref).slice(2).split('/');
  const keys = steps.map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  const target = keys.reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], contract);
  return resolved(contract, target as Value | Reference);
}

function isReference(value: unknown): value is Reference {
  return typeof value === 'object' && value !== null && '$ref' in value;
}
