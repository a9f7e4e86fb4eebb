import type { ParameterForm, Scalar, ValueForm } from '../../../src/contract/types.js';
import type { Document, Encoding, Parameter, Schema } from './document.js';
import { type JsonType, partsOf, resolve, schemasIn, typesOf } from './json-types.js';

/** A parameter whose value cannot be decoded, and what to write instead. */
export class UnreadableError extends Error {
  override readonly name = 'UnreadableError';
}

const STYLES: Readonly<Record<Parameter['in'], readonly string[]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
};
const ORDER: Scalar['types'] = ['integer', 'number', 'boolean', 'string'];
/** Text that could be read as another type. */
const NOT_PLAIN_TEXT = /^(-?\d.*|true|false)$/;

/**
 * How a parameter is decoded.
 *
 * @param parameter - not a reference
 * @throws UnreadableError if its style does not allow decoding
 */
export function parameterForm(document: Document, parameter: Parameter): ParameterForm {
  const { name, in: place, schema, content, allowEmptyValue } = parameter;
  const style = parameter.style ?? STYLES[place][0] ?? 'form';
  const explode = parameter.explode ?? style === 'form';
  if (!STYLES[place].includes(style)) {
    throw new UnreadableError(
      `the style ${style} is not one of a ${place} parameter: write ${STYLES[place].join(' or ')}`,
    );
  }
  const written = place === 'header' ? name.toLowerCase() : name;
  const common = { name: written, style, explode, allowsEmpty: allowEmptyValue ?? null };
  if (content !== undefined) return { ...common, value: { kind: 'json' } };
  const value = valueForm(document, schema ?? {});
  checkStyle(place, style, explode, value);
  const given = defaultOf(document, schema ?? {});
  return { ...common, value, ...(given !== undefined && { default: given }) };
}

/**
 * How the properties of a form are decoded: like query parameters if the form is URL-encoded, as fields and files if it
 * is multipart.
 *
 * @param schema - of the body
 * @param encoding - of its properties
 * @param isMultipart - whether it may contain files
 * @throws UnreadableError if a property cannot be decoded
 */
export function formFields(
  document: Document,
  schema: Schema,
  encoding: Readonly<Record<string, Encoding>>,
  isMultipart: boolean,
): ParameterForm[] {
  const rest = restOf(document, schema) ?? {};
  if (typesOf(document, rest)?.has('string') === false || isBinary(document, rest))
    throw new UnreadableError('additionalProperties of a form can only be text: describe others under properties');
  return Object.entries(propertiesOf(document, schema)).map(([name, property]) => {
    const { contentType, style = 'form', explode = style === 'form' } = encoding[name] ?? {};
    const common = { name, style, explode, allowsEmpty: null };
    const types = typesOf(document, property);
    const file = isMultipart ? fileForm(document, property, contentType) : null;
    if (file) return { ...common, value: file };
    const isJson =
      contentType === 'application/json' || (style === 'form' && types !== null && hasOnly(types, ['object']));
    if (isJson) return { ...common, value: { kind: 'json' } };
    if (contentType !== undefined && contentType !== 'text/plain') {
      throw new UnreadableError(
        `the encoding of ${name} must be application/json or text/plain, or its schema format: binary`,
      );
    }
    const value = valueForm(document, property);
    if (!isMultipart) checkStyle('query', style, explode, value);
    return { ...common, value };
  });
}

/** Whether a schema is a file of a multipart form. */
export function isBinary(document: Document, schema: unknown): boolean {
  return resolve(document, schema).format === 'binary';
}

function fileForm(document: Document, schema: Schema, contentType: string | undefined): ValueForm | null {
  const { items } = resolve(document, schema);
  const isList = items !== undefined && isBinary(document, items);
  if (!isList && !isBinary(document, schema)) return null;
  const mediaTypes = (contentType ?? '').split(',').map((type) => type.trim().toLowerCase());
  return { kind: 'file', mediaTypes: mediaTypes.filter((type) => type !== ''), isList };
}

function checkStyle(place: Parameter['in'], style: string, explode: boolean, value: ValueForm): void {
  const { kind } = value;
  if (kind !== 'scalar' && place === 'cookie' && explode) {
    throw new UnreadableError(
      'a list or an object in a cookie must have explode: false: cookies have no repeated names',
    );
  }
  if (kind !== 'scalar' && style === 'label' && !explode) {
    throw new UnreadableError(
      'a list or an object of style label must have explode: true: OpenAPI and RFC 6570 disagree otherwise',
    );
  }
  if (style === 'deepObject' && kind !== 'object')
    throw new UnreadableError('the style deepObject is for objects: write style: form');
  if ((style === 'spaceDelimited' || style === 'pipeDelimited') && kind !== 'array') {
    throw new UnreadableError(`the style ${style} is for lists: write style: form`);
  }
}

function valueForm(document: Document, schema: Schema): ValueForm {
  const types = typesOf(document, schema);
  if (types !== null && hasOnly(types, ['array']))
    return { kind: 'array', items: scalarOf(document, itemsOf(document, schema)) };
  if (types !== null && hasOnly(types, ['object'])) {
    if (partsOf(document, schema, COMPOSING).some((part) => 'enum' in part))
      throw new UnreadableError('objects are not compared with an enum: write an enum into the properties');
    const properties = Object.entries(propertiesOf(document, schema));
    const rest = restOf(document, schema);
    return {
      kind: 'object',
      properties: Object.fromEntries(properties.map(([name, property]) => [name, scalarOf(document, property)])),
      rest: rest && scalarOf(document, rest),
    };
  }
  return { kind: 'scalar', ...scalarOf(document, schema) };
}

function scalarOf(document: Document, schema: Schema): Scalar {
  const types = typesOf(document, schema);
  if (types === null) return { types: ['string'] };
  if (types.has('null')) throw new UnreadableError('null cannot be written in a parameter: leave nullable out');
  const isMixed = types.has('array') || types.has('object');
  if (isMixed)
    throw new UnreadableError(
      'must be of one type, and lists and objects in it of plain values: write content: { application/json: … }',
    );
  const chosen = ORDER.filter((type) => types.has(type));
  if (chosen.length > 1 && types.has('string')) {
    const texts = textsOf(document, schema);
    if (texts === null || texts.some((text) => NOT_PLAIN_TEXT.test(text))) {
      throw new UnreadableError(
        `text and ${chosen[0]} cannot be told apart: give the text an enum of words, or write one type`,
      );
    }
  }
  const maximum = maximumOf(document, schema);
  return {
    types: chosen,
    ...(partsOf(document, schema).some((part) => part['x-saturates'] === true) && { saturates: true }),
    ...(chosen[0] === 'integer' && maximum < Infinity && { maximum }),
  };
}

/** The largest integer that a schema and its `allOf` accept. */
function maximumOf(document: Document, schema: unknown): number {
  const maxima = partsOf(document, schema).map(({ maximum = Infinity, exclusiveMaximum }) =>
    exclusiveMaximum === true ? Math.ceil(Number(maximum)) - 1 : Math.floor(Number(maximum)),
  );
  return Math.min(...maxima);
}

/** The texts that a schema allows; null if they are not listed. */
function textsOf(document: Document, schema: unknown): string[] | null {
  const own = resolve(document, schema);
  if (Array.isArray(own.enum)) return own.enum.filter((value) => typeof value === 'string');
  for (const part of schemasIn(own.allOf)) {
    const texts = textsOf(document, part);
    if (texts) return texts;
  }
  const branches = [...schemasIn(own.oneOf), ...schemasIn(own.anyOf)];
  if (branches.length === 0) return typesOf(document, own)?.has('string') === false ? [] : null;
  const all = branches.map((branch) => textsOf(document, branch));
  return all.some((texts) => texts === null) ? null : all.flatMap((texts) => texts ?? []);
}

const COMPOSING = ['allOf', 'oneOf', 'anyOf'];

/** The properties of a schema and of all its parts. */
export function propertiesOf(document: Document, schema: unknown): Record<string, Schema> {
  const parts = partsOf(document, schema, COMPOSING);
  const names = new Set(parts.flatMap(({ properties }) => Object.keys(Object(properties))));
  const propertyOf = (name: string) =>
    composed(document, schema, ({ properties }) => new Map(Object.entries(Object(properties))).get(name));
  return Object.fromEntries(Array.from(names, (name) => [name, propertyOf(name) ?? {}]));
}

/** The items of a list, from all parts of its schema. */
export function itemsOf(document: Document, schema: unknown): Schema {
  return composed(document, schema, ({ items }) => items) ?? {};
}

/** The schema of additional properties; null if there is none. */
function restOf(document: Document, schema: unknown): Schema | null {
  const restIn = ({ additionalProperties: rest }: Schema) => (rest === true ? {} : rest || undefined);
  return composed(document, schema, restIn) ?? null;
}

/** What all parts of a schema say about one thing: all of allOf, and any branch of oneOf and anyOf that describes it. */
function composed(document: Document, schema: unknown, read: (part: Schema) => unknown, depth = 0): Schema | undefined {
  const own = resolve(document, schema);
  const inner = (keyword: string) =>
    depth > 20 ? [] : schemasIn(own[keyword]).map((part) => composed(document, part, read, depth + 1));
  return joined('allOf', [
    read(own),
    ...inner('allOf'),
    joined('anyOf', inner('oneOf')),
    joined('anyOf', inner('anyOf')),
  ]);
}

function joined(keyword: 'allOf' | 'anyOf', schemas: readonly unknown[]): Schema | undefined {
  const said = [...new Set(schemas)].filter((schema) => schema !== undefined);
  return said.length > 1 ? { [keyword]: said } : Object(said)[0];
}

/** The default of a schema, also through a reference or allOf. */
export function defaultOf(document: Document, schema: unknown): unknown {
  return partsOf(document, schema).find((part) => part.default !== undefined)?.default;
}

function hasOnly(types: ReadonlySet<JsonType>, wanted: readonly JsonType[]): boolean {
  return types.size > 0 && [...types].every((type) => wanted.includes(type));
}
