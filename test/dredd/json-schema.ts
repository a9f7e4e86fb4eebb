/** A JSON object, of whatever meaning. */
export type JsonObject = { readonly [name: string]: unknown };

/** Formats of OpenAPI and of this contract that validators of JSON Schema do not know. */
const FOREIGN_FORMATS: readonly unknown[] = ['int32', 'int64', 'well-formed'];

/** Whether a value is an object with members. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Follows a path of member names.
 *
 * @throws Error where there is no such member
 */
export function memberAt(value: unknown, names: readonly string[]): unknown {
  return names.reduce<unknown>((at, name) => {
    if (!isObject(at) || !(name in at)) throw new Error(`there is no ${names.join(' > ')}`);
    return at[name];
  }, value);
}

/**
 * Puts what is referred to in the place of every reference. The contract's schemas do not refer to themselves.
 *
 * @param value - a part of the document
 * @param document - the document as a whole
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
 * because Dredd refuses the drafts it does not know.
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
