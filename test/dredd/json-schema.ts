/** A JSON object. */
export type JsonObject = { readonly [name: string]: unknown };

/** Formats of OpenAPI and of this contract that JSON Schema validators do not know. */
const FOREIGN_FORMATS: readonly unknown[] = ['int32', 'int64', 'well-formed'];

/** Whether a value is an object with properties. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Follows a path of property names.
 *
 * @throws Error if a property does not exist
 */
export function memberAt(value: unknown, names: readonly string[]): unknown {
  return names.reduce<unknown>((at, name) => {
    if (!isObject(at) || !(name in at)) throw new Error(`there is no ${names.join(' > ')}`);
    return at[name];
  }, value);
}

/**
 * Replaces all references by their targets. The contract's schemas are not recursive.
 *
 * @param value - a part of the document
 * @param document - the whole document
 */
export function dereference(value: unknown, document: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => dereference(item, document));
  if (!isObject(value)) return value;
  const { $ref: reference } = value;
  if (typeof reference === 'string') {
    return dereference(memberAt(document, reference.slice('#/'.length).split('/')), document);
  }
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, dereference(member, document)]));
}

/**
 * A schema of OpenAPI 3.0, without references, as JSON Schema: `nullable` becomes a second type. There is no `$schema`,
 * because Dredd rejects unknown drafts.
 */
export function jsonSchemaOf(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(jsonSchemaOf);
  if (!isObject(schema)) return schema;
  const { nullable, format, example: _, ...rest } = schema;
  return Object.fromEntries([
    ...Object.entries(rest).map(([name, member]) => [name, jsonSchemaOf(member)]),
    ...(nullable === true && typeof rest.type === 'string' ? [['type', [rest.type, 'null']]] : []),
    ...(format === undefined || FOREIGN_FORMATS.includes(format) ? [] : [['format', jsonSchemaOf(format)]]),
  ]);
}
