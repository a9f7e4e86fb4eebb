import type { Document, Schema } from './document.js';
import { ownType, partsOf, schemasIn } from './json-types.js';
import { defaultOf } from './parameters.js';
import { isReference, lookUp } from './reference.js';

/** The direction of a value: readOnly properties belong to replies, writeOnly ones to requests. */
export type Direction = 'request' | 'reply';

/** Copied, because they mean the same in JSON schema. */
const SAME = [
  ...['multipleOf', 'maxLength', 'minLength', 'pattern', 'maxItems', 'minItems', 'uniqueItems', 'maxProperties'],
  ...['minProperties', 'enum', 'format', 'x-detail'],
];
const COMPONENT = /^#\/components\/schemas\/([^/]+)$/;

/** Ajv's name for a schema of `components`. */
export function schemaId(name: string, direction: Direction): string {
  return `${name}.${direction}`;
}

/** The name of the referenced schema of `components`; null for another reference. */
export function componentName({ $ref }: { readonly $ref: string }): string | null {
  return COMPONENT.exec($ref)?.[1] ?? null;
}

/**
 * Converts a schema of OpenAPI 3.0 to the JSON schema of a value on the wire, in one direction. `emit/schema-types.ts`
 * makes types by the same rules.
 *
 * @param direction - of the value
 */
export function jsonSchema(document: Document, schema: unknown, direction: Direction): Schema {
  if (isReference(schema)) {
    const name = componentName(schema);
    if (name !== null) return { $ref: schemaId(name, direction) };
    return jsonSchema(document, lookUp(document, schema.$ref), direction);
  }
  const own = Object(schema) as Schema;
  const inner = (value: unknown) => jsonSchema(document, value, direction);
  const written: Record<string, unknown> = {};
  const type = ownType(own);
  if (type !== null) written.type = own.nullable === true ? [type, 'null'] : type;
  for (const keyword of SAME) if (keyword in own) written[keyword] = own[keyword];
  for (const [bound, exclusive] of [
    ['minimum', 'exclusiveMinimum'],
    ['maximum', 'exclusiveMaximum'],
  ] as const) {
    if (bound in own) written[own[exclusive] === true ? exclusive : bound] = own[bound];
  }
  if ('items' in own) written.items = inner(own.items);
  if ('not' in own) written.not = inner(own.not);
  if ('allOf' in own) written.allOf = schemasIn(own.allOf).map(inner);
  if ('discriminator' in own) Object.assign(written, branchesByName(own, inner));
  else
    for (const keyword of ['oneOf', 'anyOf']) if (keyword in own) written[keyword] = schemasIn(own[keyword]).map(inner);
  const { dropped, ...ofObjects } = objectKeywords(document, own, direction);
  const first: Schema[] = dropped === undefined ? [] : [{ properties: dropped }];
  const hasDefault = Object.values(Object(ofObjects.properties)).some((property) => 'default' in Object(property));
  for (const keyword of hasDefault ? ['minProperties', 'maxProperties'] : []) {
    if (keyword in written) first.push({ [keyword]: written[keyword] });
    delete written[keyword];
  }
  // Ajv evaluates allOf before the other keywords of objects: nothing counts dropped properties and defaults.
  if (first.length > 0) written.allOf = [...first, ...schemasIn(written.allOf)];
  return { ...written, ...ofObjects };
}

function objectKeywords(document: Document, schema: Schema, direction: Direction): Schema {
  const written: Record<string, unknown> = {};
  const { properties, required, additionalProperties } = schema;
  const inner = (value: unknown) => jsonSchema(document, value, direction);
  const absent = new Set<string>();
  if (properties !== undefined) {
    const entries = Object.entries(Object(properties)).map(([name, property]) => {
      const use = usageOf(document, property, direction);
      if (use === 'kept') return [name, withDefault(document, property, inner(property), direction)];
      absent.add(name);
      if (use === 'ignored') written.dropped = { ...Object(written.dropped), [name]: { ignored: true } };
      return [name, use === 'never' ? false : {}];
    });
    written.properties = Object.fromEntries(entries);
  }
  const needed = Array.isArray(required) ? required.filter((name) => !absent.has(String(name))) : [];
  if (needed.length > 0) written.required = needed;
  if (additionalProperties !== undefined) {
    written.additionalProperties =
      typeof additionalProperties === 'boolean' ? additionalProperties : inner(additionalProperties);
  }
  return written;
}

/** Whether a property is sent in a direction, dropped when received, or never sent. */
export function usageOf(document: Document, property: unknown, direction: Direction): 'kept' | 'ignored' | 'never' {
  if (direction === 'request' && hasFlag(document, property, 'readOnly')) return 'ignored';
  return direction === 'reply' && hasFlag(document, property, 'writeOnly') ? 'never' : 'kept';
}

/** Whether a property is readOnly or writeOnly, even if a reference or allOf leads to it. */
export function hasFlag(document: Document, property: unknown, flag: 'readOnly' | 'writeOnly'): boolean {
  return partsOf(document, property).some((part) => part[flag] === true);
}

/** Clients rely on defaults in requests; a handler's omissions stay omitted. */
function withDefault(document: Document, property: unknown, written: Schema, direction: Direction): Schema {
  const value = direction === 'request' ? defaultOf(document, property) : undefined;
  return value === undefined ? written : { ...written, default: value };
}

/** oneOf with a discriminator: each branch gets the property values that select it, so that only one is validated. */
function branchesByName(schema: Schema, inner: (value: unknown) => Schema): Schema {
  const propertyName = propertyNameOf(schema);
  const branches = branchValues(schema).map(({ branch, values }) => ({
    type: 'object',
    properties: { [propertyName]: { enum: values } },
    required: [propertyName],
    allOf: [inner(branch)],
  }));
  return {
    type: schema.nullable === true ? ['object', 'null'] : 'object',
    discriminator: { propertyName },
    required: [propertyName],
    oneOf: branches,
  };
}

/** The branches of a discriminator, and the values of its property that select each. */
export function branchValues(schema: Schema): { branch: { readonly $ref: string }; values: string[] }[] {
  const mapping = mappingOf(schema);
  const branches: readonly unknown[] = schemasIn(schema.oneOf ?? schema.anyOf);
  return branches.filter(isReference).map((branch) => {
    const mapped = mapping.filter(([, target]) => target === branch.$ref).map(([value]) => value);
    return { branch, values: mapped.length > 0 ? mapped : [componentName(branch) ?? branch.$ref] };
  });
}

export function propertyNameOf({ discriminator }: Schema): string {
  return String(Object(discriminator).propertyName);
}

/** A discriminator's mapping: values and references. */
export function mappingOf({ discriminator }: Schema): [value: string, reference: string][] {
  return Object.entries(Object(Object(discriminator).mapping)).map(([value, target]) => {
    const text = String(target);
    return [value, text.startsWith('#') ? text : `#/components/schemas/${text}`];
  });
}
