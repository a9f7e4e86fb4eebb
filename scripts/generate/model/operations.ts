import { STATUS_CODES } from 'node:http';
import { escapePointer, stepsOf } from '../../../src/contract/json/json-text.js';
import type { VerbatimValue } from '../../../src/contract/json/large-json.js';
import { essenceOf } from '../../../src/contract/media-types.js';
import { BODILESS_STATUSES } from '../../../src/contract/reply.js';
import type { ParameterForm, ReplyContent, RequestContent } from '../../../src/contract/types.js';
import { takesAnything } from '../check/operations.js';
import { requirementsOf, schemesOf } from '../check/security.js';
import {
  type Document,
  type Encoding,
  type Method,
  methods,
  type Operation,
  type Parameter,
  parameterKey,
  pathItems,
  type Response,
  type Schema,
  type Security,
} from './document.js';
import { partsOf, resolve, schemasIn, schemasWithin, typesOf } from './json-types.js';
import { bodyKind } from './media-types.js';
import { formFields, isBinary, parameterForm } from './parameters.js';
import { follow } from './reference.js';

/** An operation with references resolved. */
export interface OperationModel {
  readonly operationId: string;
  readonly method: Method;
  readonly path: string;
  readonly summary: string | undefined;
  readonly description: string | undefined;
  readonly parameters: readonly ParameterModel[];
  /** Alternatives; none for a public operation. */
  readonly security: Security;
  readonly body: BodyModel | null;
  /** By status, with ranges and default expanded. */
  readonly replies: readonly ReplyModel[];
  /** Its path in the document. */
  readonly at: readonly string[];
}

export interface ParameterModel {
  readonly form: ParameterForm;
  /** As spelled in the contract. */
  readonly name: string;
  readonly in: Parameter['in'];
  readonly required: boolean;
  readonly description: string | undefined;
  readonly schema: Schema;
  /** Whether every value is valid, so that nothing needs validation. */
  readonly takesAnything: boolean;
}

export interface BodyModel {
  readonly required: boolean;
  readonly content: readonly BodyContent[];
}

export type BodyContent = RequestContent & { readonly schema: Schema | undefined };

export interface ReplyModel {
  /** As written: a number, a range or `default`. */
  readonly status: string;
  /** Several for a range or default. */
  readonly statuses: readonly number[];
  readonly headers: readonly HeaderModel[];
  readonly content: readonly (ReplyContent & { readonly schema: Schema | undefined })[];
}

export interface HeaderModel {
  readonly name: string;
  readonly required: boolean;
  readonly description: string | undefined;
  readonly schema: Schema;
}

/**
 * The operations of a contract, in its order.
 *
 * @param document - checked
 */
export function operationModels(document: Document): OperationModel[] {
  return pathItems(document).flatMap(([path, item]) =>
    methods.flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      const shared = (item.parameters ?? []).map((parameter) => follow(document, parameter));
      return [operationModel(document, path, method, operation, shared)];
    }),
  );
}

function operationModel(
  document: Document,
  path: string,
  method: Method,
  operation: Operation,
  shared: readonly Parameter[],
): OperationModel {
  const own = (operation.parameters ?? []).map((parameter) => follow(document, parameter));
  const inherited = shared.filter((outer) => !own.some((inner) => parameterKey(inner) === parameterKey(outer)));
  const body = operation.requestBody === undefined ? null : follow(document, operation.requestBody);
  return {
    operationId: operation.operationId ?? '',
    method,
    path,
    summary: operation.summary,
    description: operation.description,
    parameters: [...inherited, ...own].map((parameter) => parameterModel(document, parameter)),
    security: requirementsOf(document, operation),
    body: body && {
      required: body.required === true,
      content: Object.entries(body.content).map(([mediaType, { schema, encoding = {} }]) =>
        bodyContent(document, mediaType, schema, encoding),
      ),
    },
    replies: replyModels(document, operation),
    at: ['paths', path, method],
  };
}

function parameterModel(document: Document, parameter: Parameter): ParameterModel {
  const { name, in: place, description, content, schema = Object.values(content ?? {})[0]?.schema ?? {} } = parameter;
  return {
    form: parameterForm(document, parameter),
    name,
    in: place,
    required: parameter.required === true,
    description,
    schema,
    takesAnything: takesAnything(document, parameter),
  };
}

function bodyContent(
  document: Document,
  mediaType: string,
  schema: Schema | undefined,
  encoding: Readonly<Record<string, Encoding>>,
): BodyContent {
  const kind = bodyKind(mediaType);
  const isForm = kind === 'form' || kind === 'multipart';
  return {
    mediaType: essenceOf(mediaType),
    kind,
    schema: kind === 'multipart' ? withoutFiles(document, schema) : schema,
    fields: isForm ? formFields(document, resolve(document, schema), encoding, kind === 'multipart') : [],
    verbatim: kind === 'json' ? verbatimValues(document, schema).filter(hasText) : [],
    closed: kind === 'json' ? Object.fromEntries(closedObjects(document, schema)) : {},
  };
}

/** Files are validated when decoded, and are objects by then. */
function withoutFiles(document: Document, schema: unknown): Schema {
  const own = resolve(document, schema);
  const entries = Object.entries(Object(own.properties)).map(([name, property]) => {
    if (isBinary(document, property)) return [name, { 'x-file': 'one' }];
    const { items, type: _, ...limits } = resolve(document, property);
    return [name, items !== undefined && isBinary(document, items) ? { 'x-file': 'many', ...limits } : property];
  });
  return { ...own, properties: Object.fromEntries(entries) };
}

/** The names in objects that take no others, at most two levels deep, by pointer. */
function closedObjects(document: Document, schema: unknown, at = ''): [pointer: string, names: readonly string[]][] {
  const { properties, patternProperties, additionalProperties } = resolve(document, schema);
  const all = Object.entries(Object(properties));
  const inner = at === '' ? all.flatMap(([name, one]) => closedObjects(document, one, `/${escapePointer(name)}`)) : [];
  const isClosed = additionalProperties === false && patternProperties === undefined;
  return isClosed ? [[at, all.map(([name]) => name)], ...inner] : inner;
}

/** Whether handlers can get the text of a value, or of one around it, with `memberText`. */
function hasText({ pointer }: VerbatimValue): boolean {
  const [, outer, inner] = pointer.split('/');
  return outer !== '*' && inner !== '*';
}

/** Keywords that do not constrain the values of properties without a schema. */
const OPEN_KEYWORDS = [
  ...['type', 'nullable', 'properties', 'required', 'additionalProperties', 'minProperties', 'maxProperties'],
  ...['allOf', 'oneOf', 'anyOf', 'not', 'discriminator'],
  ...['description', 'title', 'example', 'deprecated', 'externalDocs'],
];

function namedProperties(schema: Schema): readonly string[] | null {
  const { properties, additionalProperties = true } = schema;
  const isOpen = Object.keys(schema).every((keyword) => keyword.startsWith('x-') || OPEN_KEYWORDS.includes(keyword));
  return isOpen && additionalProperties === true ? Object.keys(Object(properties)) : null;
}

function verbatimValues(document: Document, schema: unknown): VerbatimValue[] {
  const pointers = new Set(verbatimPointers(document, schema, '', []));
  return Array.from(pointers, (pointer) => {
    const names = schemasAt(document, schema, stepsOf(pointer)).map(namedProperties);
    return { pointer, named: names.every((named) => named !== null) ? [...new Set(names.flat())] : null };
  });
}

function verbatimPointers(document: Document, schema: unknown, at: string, trail: readonly unknown[]): string[] {
  const own = resolve(document, schema);
  if (own['x-verbatim'] === true) return [at];
  if (trail.includes(own) || !schemasWithin(document, own).some((one) => one['x-verbatim'] === true)) return [];
  const { properties, items, additionalProperties, allOf, oneOf, anyOf } = own;
  const inner = (value: unknown, step: string) => verbatimPointers(document, value, `${at}${step}`, [...trail, own]);
  return [
    ...[allOf, oneOf, anyOf].flatMap(schemasIn).flatMap((part) => inner(part, '')),
    ...Object.entries(Object(properties)).flatMap(([name, property]) => inner(property, `/${escapePointer(name)}`)),
    ...inner(items, '/*'),
    ...inner(additionalProperties, '/*'),
  ];
}

/** The schemas that describe the value at a path: of each part of the schemas around it. */
function schemasAt(document: Document, schema: unknown, [step, ...rest]: readonly string[]): Schema[] {
  const parts = partsOf(document, schema, ['allOf', 'oneOf', 'anyOf', 'not']);
  if (step === undefined) return parts;
  return parts.flatMap(({ properties, items, additionalProperties }) => {
    const others = Object.hasOwn(Object(properties), step) ? [Object(properties)[step]] : [items, additionalProperties];
    return others.flatMap((one) => (typeof one === 'object' ? schemasAt(document, one, rest) : []));
  });
}

function replyModels(document: Document, { responses }: Operation): ReplyModel[] {
  const entries = Object.entries(responses).filter(([status]) => !status.startsWith('x-'));
  const exact = entries.map(([status]) => status).filter((status) => /^\d+$/.test(status));
  const taken = new Set(exact);
  // A range stands for statuses that are not declared directly, and default for those without a range.
  const order = (status: string) => (status === 'default' ? 2 : status.endsWith('XX') ? 1 : 0);
  return [...entries]
    .sort(([one], [other]) => order(one) - order(other))
    .map(([status, response]) => {
      const isOne = order(status) === 0;
      const all = Object.keys(STATUS_CODES).filter((one) => Number(one) >= 200 && !taken.has(one));
      const statuses = isOne ? [status] : all.filter((one) => status === 'default' || one[0] === status[0]);
      for (const one of statuses) taken.add(one);
      return {
        status,
        statuses: statuses.map(Number).filter((one) => isOne || !BODILESS_STATUSES.includes(one)),
        ...replyParts(document, follow(document, response)),
      };
    });
}

function replyParts(document: Document, { headers = {}, content = {} }: Response) {
  return {
    headers: Object.entries(headers).map(([name, given]) => {
      const { required, schema = {}, description } = follow(document, given);
      return { name, required: required === true, description, schema };
    }),
    content: Object.entries(content).map(([mediaType, { schema }]) => ({
      mediaType,
      kind: bodyKind(mediaType),
      schema,
      maybeString: typesOf(document, schema ?? {})?.has('string') ?? true,
      hasSecrets: schemasWithin(document, schema).some(({ writeOnly }) => writeOnly === true),
    })),
  };
}

/** The declared security schemes. */
export function securitySchemes(document: Document) {
  return Object.entries(schemesOf(document)).map(([name, { type, scheme, in: place, name: key }]) => {
    if (type === 'apiKey') return { name, kind: 'apiKey' as const, in: place ?? 'header', key: key ?? '' };
    return {
      name,
      kind: type === 'http' && scheme?.toLowerCase() === 'basic' ? ('basic' as const) : ('bearer' as const),
    };
  });
}
