import { encodedLiteral, patternOf } from '../../../src/contract/router.js';
import type { ParameterForm } from '../../../src/contract/types.js';
import {
  type Document,
  methods,
  type Operation,
  type Parameter,
  type PathItem,
  parameterKey,
  pathItems,
} from '../model/document.js';
import { resolve } from '../model/json-types.js';
import { bodyKind } from '../model/media-types.js';
import { defaultOf, parameterForm, UnreadableError } from '../model/parameters.js';
import { follow } from '../model/reference.js';
import type { Path } from '../source/pointer.js';
import { compositionChecker } from './composition.js';
import { checkForm, checkMediaType, checkMediaTypeNames, checkResponses, placeOf } from './contents.js';
import { isInherited } from './schemas.js';
import { checkSecurity, responseOf } from './security.js';
import { nameError } from './vocabulary.js';
import type { Report } from './walk.js';

/** Methods for which HTTP defines no request body (RFC 9110, section 9.3). */
const BODILESS_METHODS: readonly string[] = ['get', 'head', 'delete', 'options', 'trace'];
/** OpenAPI ignores these as parameters, and has other keywords for them. */
const RESERVED_HEADERS: Readonly<Record<string, string>> = {
  accept: 'Accept chooses among the media types of the responses',
  authorization: 'write a security scheme',
  'content-type': 'write the media types of the body',
};
/** Of the service itself, which the contract does not describe. */
const PAGES = [
  ...['/', '/openapi.json', '/openapi.yml', '/docs', '/docs/', '/docs/docs.js'],
  ...['/console', '/console/', '/console/console.js', '/profiling/', '/profiling/cpu'],
];

/**
 * Reports what the service could not do, or would do differently than the document suggests.
 *
 * @param document - without structural errors
 */
export function checkOperations(document: Document, report: Report): void {
  const ids = new Map<string, string>();
  const shapes = new Map<string, string>();
  const checkComposition = compositionChecker(document, report);
  checkServers(document, report);
  const items = pathItems(document);
  if (!items.some(([, item]) => methods.some((method) => item[method]))) report(['paths'], 'must have an operation');
  for (const [template, item] of items) {
    const at: Path = ['paths', template];
    const wrong = templateError(template, shapes);
    if (wrong !== null) report(at, wrong);
    for (const method of methods) {
      const operation = item[method];
      if (operation === undefined) continue;
      const path = [...at, method];
      checkOperationId(operation, ids, `${method} ${template}`, (what) => report([...path, 'operationId'], what));
      const rejectable = checkParameters(document, template, item, operation, at, path, report);
      const body = checkBody(document, method, operation, path, report);
      checkResponses(document, operation, path, report);
      if (!responseOf(document, operation, '400')) {
        for (const place of [...rejectable, ...body])
          report(place, `can be invalid: declare the response 400 of ${operation.operationId}`);
      }
      checkSecurity(document, operation, path, report);
      checkComposition(operation, path, item.parameters);
    }
  }
}

function checkServers(
  { servers = [] }: Document & { readonly servers?: readonly { url?: string }[] },
  report: Report,
): void {
  servers.forEach(({ url = '' }, index) => {
    if (/[{}]/.test(url))
      report(['servers', String(index), 'url'], 'names a variable: write the URL without variables');
    const path = url.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
    if (path !== '' && path !== '/') {
      report(
        ['servers', String(index), 'url'],
        `the path ${path} would not be served: write it in front of each key in paths`,
      );
    }
  });
}

function templateError(template: string, shapes: Map<string, string>): string | null {
  if (!template.startsWith('/')) return 'a path must begin with /';
  if (/[?#]/.test(template)) return 'a path has no ? and no #: write query parameters under parameters';
  const names = namesIn(template);
  if (template.replace(/\{[^{}/]+\}/g, '').match(/[{}]/)) return 'the braces must hold the name of a parameter';
  if (new Set(names).size < names.length) return 'names a parameter twice';
  if (/\}\{/.test(template)) return 'two parameters must have text between them';
  const page = PAGES.find((path) => patternOf(template).test(path));
  if (page !== undefined) return `would hide the service's own page ${page}: choose another path`;
  const shape = encodedLiteral(template.replace(/\{[^}]+\}/g, '{}'));
  const other = shapes.get(shape);
  shapes.set(shape, other ?? template);
  if (other === undefined) return null;
  return `matches the same requests as ${other}: a path may not differ by its parameters' names or its escapes alone`;
}

function namesIn(template: string): string[] {
  return Array.from(template.matchAll(/\{([^}]+)\}/g), ([, name = '']) => name);
}

function checkOperationId(
  { operationId }: Operation,
  ids: Map<string, string>,
  where: string,
  say: (what: string) => void,
): void {
  if (operationId === undefined) return;
  if (!/^[A-Za-z][A-Za-z0-9]*$/.test(operationId) || operationId in {})
    say('must be of letters and digits: it names the handler');
  const other = ids.get(operationId);
  if (other !== undefined) say(`${operationId} is already that of ${other}`);
  ids.set(operationId, where);
}

/** @returns the paths of the parameters for which a request may be rejected */
function checkParameters(
  document: Document,
  template: string,
  item: PathItem,
  operation: Operation,
  itemPath: Path,
  path: Path,
  report: Report,
): Path[] {
  const placed = (list: PathItem['parameters'] = [], base: Path) =>
    list.map((one, index) => ({
      parameter: follow(document, one),
      place: placeOf(one, [...base, 'parameters', String(index)]),
    }));
  const own = placed(operation.parameters, path);
  const shared = placed(item.parameters, itemPath);
  for (const list of [own, shared]) {
    const keys = list.map(({ parameter }) => parameterKey(parameter));
    list.forEach(({ parameter, place }, index) => {
      if (keys.indexOf(parameterKey(parameter)) < index)
        report(place, `the ${parameter.in} parameter ${parameter.name} is there twice`);
    });
  }
  const ownKeys = own.map(({ parameter }) => parameterKey(parameter));
  const all = [...shared.filter(({ parameter }) => !ownKeys.includes(parameterKey(parameter))), ...own];
  const inPath = all.filter(({ parameter }) => parameter.in === 'path').map(({ parameter }) => parameter.name);
  for (const name of namesIn(template))
    if (!inPath.includes(name)) report(path, `the path parameter ${name} is not described under parameters`);
  const forms = all.flatMap(({ parameter, place }) => {
    if (parameter.in === 'path' && !namesIn(template).includes(parameter.name))
      report(place, `the path parameter ${parameter.name} is not in the path ${template}`);
    const form = checkParameter(document, parameter, place, report);
    return form && parameter.in === 'query' ? [{ form, place }] : [];
  });
  checkQueryNames(forms, report);
  return all.filter(({ parameter }) => !takesAnything(document, parameter)).map(({ place }) => place);
}

/** Reports query parameters that conflict, because both would take the same name in a query. */
function checkQueryNames(
  forms: readonly { readonly form: ParameterForm; readonly place: Path }[],
  report: Report,
): void {
  const takers = new Map<string, string>();
  for (const { form, place } of forms) {
    for (const name of queryNames(form)) {
      const other = takers.get(name);
      if (other !== undefined && other !== form.name)
        report(place, `${name} in a query is already taken by the parameter ${other}`);
      takers.set(name, form.name);
    }
  }
}

/** The names that a parameter takes in a query; `…` for all names that no other parameter has. */
function queryNames({ name, style, explode, value }: ParameterForm): string[] {
  if (value.kind !== 'object' || (style === 'form' && !explode)) return [name];
  const names = Object.keys(value.properties);
  if (style === 'deepObject') return [name, ...names.map((property) => `${name}[${property}]`)];
  return [...names, ...(value.rest === null ? [] : ['…'])];
}

function checkParameter(document: Document, parameter: Parameter, place: Path, report: Report): ParameterForm | null {
  const { name, in: where, required, schema, content, allowEmptyValue } = parameter;
  if (!['path', 'query', 'header', 'cookie'].includes(where)) {
    report([...place, 'in'], 'must be path, query, header or cookie');
    return null;
  }
  if (where === 'path' && required !== true) report(place, 'a path parameter must have required: true');
  if (isInherited(where === 'header' ? name.toLowerCase() : name)) {
    report([...place, 'name'], `every JavaScript object inherits a property named ${name}: choose another name`);
    return null;
  }
  const error = nameError(name, where);
  if (error !== null) report([...place, 'name'], error);
  const advice = where === 'header' ? RESERVED_HEADERS[name.toLowerCase()] : undefined;
  if (advice !== undefined) report(place, `a header parameter ${name} is ignored by OpenAPI: ${advice}`);
  if (allowEmptyValue !== undefined && where !== 'query')
    report([...place, 'allowEmptyValue'], 'is for query parameters only');
  if ((schema === undefined) === (content === undefined)) {
    report(place, 'must have either schema or content');
    return null;
  }
  if (content !== undefined) {
    const types = Object.keys(content);
    if (types.length !== 1 || bodyKind(types[0] ?? '') !== 'json')
      report([...place, 'content'], 'must have one media type, application/json');
    if ('style' in parameter || 'explode' in parameter) report(place, 'style and explode have no effect with content');
  }
  if (required === true && defaultOf(document, schema) !== undefined)
    report(place, 'is required, so that its default is never applied: leave out one of them');
  try {
    return parameterForm(document, parameter);
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    report(place, error.message);
    return null;
  }
}

/** Whether every value of this parameter is valid: optional text without a rule. */
export function takesAnything(
  document: Document,
  { in: where, required, schema, allowEmptyValue }: Parameter,
): boolean {
  const { type, ...rest } = resolve(document, schema);
  const rules = Object.keys(rest).filter(
    (keyword) => !['description', 'title', 'example', 'deprecated'].includes(keyword) && !keyword.startsWith('x-'),
  );
  return (
    where !== 'query' && required !== true && type === 'string' && rules.length === 0 && allowEmptyValue === undefined
  );
}

function checkBody(document: Document, method: string, operation: Operation, path: Path, report: Report): Path[] {
  if (operation.requestBody === undefined) return [];
  const place = placeOf(operation.requestBody, [...path, 'requestBody']);
  if (BODILESS_METHODS.includes(method)) {
    report(
      [...path, 'requestBody'],
      `a body means nothing in a ${method.toUpperCase()}: write query parameters, or another method`,
    );
    return [];
  }
  const { content } = follow(document, operation.requestBody);
  if (Object.keys(content).length === 0) report([...place, 'content'], 'must have a media type');
  checkMediaTypeNames(content, [...place, 'content'], report);
  for (const [mediaType, { schema, encoding = {} }] of Object.entries(content)) {
    const at = [...place, 'content', mediaType];
    const kind = bodyKind(mediaType);
    if (mediaType.includes(';')) report(at, 'parameters of a media type are not compared: write it without them');
    const isForm = kind === 'form' || kind === 'multipart';
    if (!isForm && Object.keys(encoding).length > 0) report([...at, 'encoding'], 'is for forms only');
    if (isForm) checkForm(document, schema, encoding, kind === 'multipart', at, report);
    else checkMediaType(document, mediaType, schema, at, report);
  }
  return [[...path, 'requestBody']];
}
