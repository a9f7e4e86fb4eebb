import type { Document, Schema } from './document.js';
import { isReference, lookUp } from './reference.js';

export type JsonType = 'array' | 'boolean' | 'integer' | 'null' | 'number' | 'object' | 'string';

/** Keywords that apply only to values of one type. Those of numbers also apply to integers. */
const KEYWORD_TYPES: Readonly<Record<string, 'array' | 'number' | 'object' | 'string'>> = {
  items: 'array',
  maxItems: 'array',
  minItems: 'array',
  uniqueItems: 'array',
  multipleOf: 'number',
  maximum: 'number',
  minimum: 'number',
  exclusiveMaximum: 'number',
  exclusiveMinimum: 'number',
  additionalProperties: 'object',
  maxProperties: 'object',
  minProperties: 'object',
  properties: 'object',
  required: 'object',
  maxLength: 'string',
  minLength: 'string',
  pattern: 'string',
};

/** The type that a keyword applies to; null for a keyword of any type. */
export function typeOfKeyword(keyword: string): JsonType | null {
  return KEYWORD_TYPES[keyword] ?? null;
}

/**
 * The type that a schema names, or that its keywords imply: `properties` implies an object, although JSON schema would
 * accept all other types.
 *
 * @param schema - not a reference
 * @returns null if any type may be meant
 */
export function ownType(schema: Schema): JsonType | null {
  if (typeof schema.type === 'string') return schema.type as JsonType;
  for (const keyword of Object.keys(schema)) {
    const type = typeOfKeyword(keyword);
    if (type !== null) return type;
  }
  return null;
}

/** The schema, or the target of its references. */
export function resolve(document: Document, schema: unknown): Schema {
  const trail = new Set<string>();
  let value = schema;
  while (isReference(value) && !trail.has(value.$ref)) {
    trail.add(value.$ref);
    value = lookUp(document, value.$ref);
  }
  return typeof value === 'object' && value !== null ? (value as Schema) : {};
}

export function schemasIn(value: unknown): readonly Schema[] {
  return Array.isArray(value) ? value : [];
}

/** The schema and all within it, at any depth, each once. */
export function schemasWithin(document: Document, schema: unknown): Schema[] {
  const found = new Set<Schema>();
  function visit(value: unknown): void {
    const own = resolve(document, value);
    if (typeof value !== 'object' || found.has(own)) return;
    found.add(own);
    const { properties, items, additionalProperties, not, allOf, oneOf, anyOf } = own;
    const parts = [items, additionalProperties, not, ...[allOf, oneOf, anyOf].flatMap(schemasIn)];
    for (const part of [...Object.values(Object(properties)), ...parts]) visit(part);
  }
  visit(schema);
  return [...found];
}

/** The schema and the parts that compose it: by default those of allOf, which all apply. */
export function partsOf(document: Document, schema: unknown, keywords = ['allOf'], depth = 0): Schema[] {
  const own = resolve(document, schema);
  const parts = depth > 20 ? [] : keywords.flatMap((keyword) => schemasIn([own[keyword] ?? []].flat()));
  return [own, ...parts.flatMap((part) => partsOf(document, part, keywords, depth + 1))];
}

/**
 * The types that a schema allows, through references, allOf, oneOf and anyOf.
 *
 * @returns null for all types
 */
export function typesOf(
  document: Document,
  schema: unknown,
  trail: readonly Schema[] = [],
): ReadonlySet<JsonType> | null {
  const own = resolve(document, schema);
  if (trail.includes(own)) return null;
  const inner = [...trail, own];
  let types: ReadonlySet<JsonType> | null = null;
  const narrow = (other: ReadonlySet<JsonType> | null) => {
    types = intersect(types, other);
  };
  const type = ownType(own);
  if (type !== null) narrow(new Set<JsonType>(own.nullable === true ? [type, 'null'] : [type]));
  if (Array.isArray(own.enum)) narrow(new Set(own.enum.map(typeOfValue)));
  for (const part of schemasIn(own.allOf)) narrow(typesOf(document, part, inner));
  for (const keyword of ['oneOf', 'anyOf']) {
    const branches = schemasIn(own[keyword]).map((branch) => typesOf(document, branch, inner));
    if (branches.length > 0) narrow(unite(branches));
  }
  return types;
}

export function typeOfValue(value: unknown): JsonType {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number';
  if (typeof value === 'string') return 'string';
  return typeof value === 'boolean' ? 'boolean' : 'object';
}

/** Whether values of one type are values of another: integers are numbers. */
export function isOfType(type: JsonType, wanted: JsonType): boolean {
  return type === wanted || (type === 'integer' && wanted === 'number');
}

function intersect(
  one: ReadonlySet<JsonType> | null,
  other: ReadonlySet<JsonType> | null,
): ReadonlySet<JsonType> | null {
  if (one === null || other === null) return one ?? other;
  const both = [...one].filter((type) => [...other].some((wanted) => isOfType(type, wanted)));
  const narrower = [...other].filter((type) => [...one].some((wanted) => isOfType(type, wanted)));
  return new Set([...both, ...narrower].filter((type, _, all) => type !== 'number' || !all.includes('integer')));
}

function unite(all: readonly (ReadonlySet<JsonType> | null)[]): ReadonlySet<JsonType> | null {
  const types = new Set<JsonType>();
  for (const one of all) {
    if (one === null) return null;
    for (const type of one) types.add(type);
  }
  return types;
}
