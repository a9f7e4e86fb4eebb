import { isUnique } from '../emit/runtime.js';
import type { Document, Schema } from '../model/document.js';
import { branchValues, mappingOf, propertyNameOf } from '../model/json-schema.js';
import {
  isOfType,
  type JsonType,
  ownType,
  partsOf,
  resolve,
  schemasIn,
  schemasWithin,
  typeOfKeyword,
  typeOfValue,
  typesOf,
} from '../model/json-types.js';
import { isReference } from '../model/reference.js';
import { type Path, valueAt } from '../source/pointer.js';
import { FORMATS } from './vocabulary.js';
import type { Report, Visited } from './walk.js';

const TYPES: readonly unknown[] = ['array', 'boolean', 'integer', 'number', 'object', 'string'];
const BOUNDS = [
  ['minLength', 'maxLength'],
  ['minItems', 'maxItems'],
  ['minProperties', 'maxProperties'],
  ['minimum', 'maximum'],
] as const;

/** Reports keywords that have no effect in a schema, or a different one than they suggest. */
export function checkSchema(document: Document, { path, value }: Visited, report: Report): void {
  const say = (keyword: string, what: string) => report([...path, keyword], what);
  if (!checkType(value, say)) return;
  checkApplicability(value, say);
  checkValues(value, say);
  checkBounds(value, say);
  checkDirection(path, value, say);
  for (const keyword of ['allOf', 'oneOf', 'anyOf']) {
    if (keyword in value && schemasIn(value[keyword]).length === 0) say(keyword, 'must have an item');
  }
  if (leadsBack(document, valueAt(document, path)))
    report(path, 'refers to itself without a property or item in between');
  if ('discriminator' in value) checkDiscriminator(document, value, say);
  else checkRecursion(document, valueAt(document, path), say);
  checkProperties(value, say);
}

/** Whether a validator would find the name in an object that does not have it. */
export function isInherited(name: string): boolean {
  return name in {};
}

type Say = (keyword: string, what: string) => void;

function checkType(schema: Schema, say: Say): boolean {
  if ('type' in schema && !TYPES.includes(schema.type)) {
    say('type', `must be one of ${TYPES.join(', ')}; for null, write nullable: true next to the type`);
    return false;
  }
  if (schema.nullable === true && !('type' in schema)) {
    say(
      'nullable',
      'counts only with type: write the type here, or anyOf with { type: string, nullable: true, enum: [null] }',
    );
  }
  if (schema.type === 'array' && !('items' in schema)) say('type', 'array must have items; items: {} accepts any');
  return true;
}

function checkApplicability(schema: Schema, say: Say): void {
  const type = ownType(schema);
  for (const keyword of Object.keys(schema)) {
    const wanted = typeOfKeyword(keyword);
    if (type !== null && wanted !== null && !isOfType(type, wanted)) {
      const advice =
        'type' in schema ? `write it next to type: ${wanted}` : 'write the type, and only keywords of that type';
      say(keyword, `${keyword} has no effect on type ${type}: ${advice}`);
    }
  }
  for (const [keyword, wanted] of Object.entries({ 'x-verbatim': 'object', 'x-saturates': 'integer' })) {
    if (keyword in schema && schema[keyword] !== true) say(keyword, 'must be true, or left out');
    else if (keyword in schema && type !== wanted) say(keyword, `must be next to type: ${wanted}`);
  }
  if ('x-detail' in schema && (typeof schema['x-detail'] !== 'string' || schema['x-detail'] === ''))
    say('x-detail', 'must be a text');
  const { format } = schema;
  if (typeof format !== 'string') return;
  const known = Object.values(FORMATS).some((formats) => formats.includes(format));
  const formats = FORMATS[type ?? 'string'];
  const advice = formats === undefined ? 'leave it out' : `write a pattern, or one of ${formats.join(', ')}`;
  if (!known) say('format', `the format ${format} is not checked: ${advice}`);
  else if (type === null) say('format', 'must have type next to it');
  else if (!FORMATS[type]?.includes(format))
    say('format', `the format ${format} has no effect on type ${type}: leave it out`);
}

function checkValues(schema: Schema, say: Say): void {
  const type = ownType(schema);
  const fits = (value: unknown): boolean => {
    const own = typeOfValue(value);
    return type === null || isOfType(own, type) || (own === 'null' && schema.nullable === true);
  };
  const values = schema.enum;
  if (Array.isArray(values)) {
    if (values.length === 0) say('enum', 'must have a value');
    if (!isUnique(values)) say('enum', 'lists a value twice');
    const strange = values.find((value) => !fits(value));
    if (strange !== undefined)
      say(
        'enum',
        `${JSON.stringify(strange)} is not of type ${type}${strange === null ? ': write nullable: true' : ''}`,
      );
    if (schema.nullable === true && !values.includes(null)) say('enum', 'must list null, or nullable has no effect');
  }
  if ('default' in schema && !fits(schema.default)) say('default', `is not of type ${type}`);
  const { pattern } = schema;
  if (typeof pattern === 'string' && regularExpressionError(pattern)) {
    say('pattern', `is not a regular expression of ECMAScript: ${regularExpressionError(pattern)}`);
  }
}

function regularExpressionError(pattern: string): string | null {
  try {
    new RegExp(pattern, 'u');
    return null;
  } catch (error) {
    return error instanceof Error
      ? error.message.replace(/^Invalid regular expression: /, '')
      : 'it cannot be compiled';
  }
}

function checkBounds(schema: Schema, say: Say): void {
  for (const [low, high] of BOUNDS) {
    const [least, most] = [schema[low], schema[high]];
    if (typeof least === 'number' && typeof most === 'number' && least > most)
      say(low, `is above ${high}, so that nothing fits`);
  }
  if (schema.exclusiveMinimum === true && !('minimum' in schema))
    say('exclusiveMinimum', 'must have minimum next to it');
  if (schema.minimum !== undefined && schema.minimum === schema.maximum) {
    if (schema.exclusiveMinimum === true || schema.exclusiveMaximum === true)
      say('minimum', 'is maximum, and one of them is exclusive, so that nothing fits');
  }
  if (schema.exclusiveMaximum === true && !('maximum' in schema))
    say('exclusiveMaximum', 'must have maximum next to it');
  if (typeof schema.multipleOf === 'number' && schema.multipleOf <= 0) say('multipleOf', 'must be greater than 0');
}

function checkDirection(path: Path, schema: Schema, say: Say): void {
  const isProperty = path.at(-2) === 'properties';
  const isComponent = path.length === 3 && path[1] === 'schemas';
  for (const keyword of ['readOnly', 'writeOnly']) {
    if (schema[keyword] === true && !isProperty && !isComponent) say(keyword, 'counts only on a property');
  }
  if (schema.readOnly === true && schema.writeOnly === true) say('writeOnly', 'cannot be combined with readOnly');
}

/** Whether validation by a schema would recurse endlessly on the same value. */
function leadsBack(document: Document, start: unknown, from = start, seen = new Set<unknown>()): boolean {
  const { allOf, oneOf, anyOf, not } = Object(from);
  return [allOf, oneOf, anyOf, [not].filter((one) => one !== undefined)].flatMap(schemasIn).some((part) => {
    const target = resolve(document, part);
    if (target === start) return true;
    if (seen.has(target)) return false;
    seen.add(target);
    return leadsBack(document, start, target, seen);
  });
}

/** Reports a choice that two branches of one type lead back to: each level of a value would double the time. */
function checkRecursion(document: Document, schema: unknown, say: Say): void {
  for (const keyword of ['oneOf', 'anyOf']) {
    const branches = schemasIn(Object(schema)[keyword]).filter((branch) =>
      schemasWithin(document, branch).some((one) => one === schema),
    );
    const types = branches.map((branch) => typesOf(document, branch));
    const isTwice = (type: JsonType) => types.filter((own) => own === null || own.has(type)).length > 1;
    if (isTwice('object') || isTwice('array'))
      say(keyword, 'contains itself in two branches, so validation takes exponential time: add a discriminator');
  }
}

function checkProperties(schema: Schema, say: Say): void {
  const { required, properties = {}, additionalProperties } = schema;
  const inherited = [...Object.keys(Object(properties)), ...(Array.isArray(required) ? required : [])].find(
    isInherited,
  );
  if (inherited !== undefined)
    say('properties', `every JavaScript object inherits a property named ${inherited}: choose another name`);
  if (!Array.isArray(required)) return;
  if (new Set(required).size < required.length) say('required', 'names a property twice');
  const missing = required.find((name) => !Object.hasOwn(Object(properties), String(name)));
  if (missing !== undefined && additionalProperties === false) {
    say('required', `${String(missing)} is not among properties, and additionalProperties is false: nothing fits`);
  }
}

function checkDiscriminator(document: Document, schema: Schema, say: Say): void {
  const keyword = 'oneOf' in schema ? 'oneOf' : 'anyOf';
  if (!(keyword in schema)) say('discriminator', 'must have oneOf next to it, which lists the branches');
  if ('oneOf' in schema && 'anyOf' in schema)
    say('anyOf', 'the discriminator cannot be that of oneOf and anyOf: write anyOf into allOf');
  const name = propertyNameOf(schema);
  const branches: readonly unknown[] = schemasIn(schema[keyword]);
  for (const branch of branches) {
    if (!isReference(branch)) say(keyword, 'must hold references only, for the discriminator to tell them apart');
    else if (!partsOf(document, branch).some(({ required }) => Array.isArray(required) && required.includes(name)))
      say(keyword, `${branch.$ref} must have ${name} among its required properties`);
  }
  const known = branches.filter(isReference).map(({ $ref }) => $ref);
  for (const { branch, values } of branchValues(schema)) {
    const tags = partsOf(document, branch).map(({ properties }) => resolve(document, Object(properties)[name]).enum);
    const unfit = values.find((value) => tags.some((tag) => Array.isArray(tag) && !tag.includes(value)));
    if (unfit !== undefined)
      say('discriminator', `${unfit} names ${branch.$ref}, whose ${name} cannot be ${unfit}: write a mapping`);
  }
  const chosen = branchValues(schema).flatMap(({ values }) => values);
  const twice = chosen.find((value, index) => chosen.indexOf(value) < index);
  if (twice !== undefined) say('discriminator', `${twice} names two of the branches`);
  for (const [value, target] of mappingOf(schema)) {
    if (!known.includes(target)) say('discriminator', `${value} is mapped to ${target}, which is not in ${keyword}`);
  }
}
