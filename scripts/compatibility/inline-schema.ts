import type { Document, Schema } from '../generate/model/document.js';
import { isReference, lookUp } from '../generate/model/reference.js';

/** Keywords that describe and do not constrain; a validator has no use for them. */
const annotations = new Set([
  'default',
  'deprecated',
  'description',
  'discriminator',
  'example',
  'externalDocs',
  'readOnly',
  'title',
  'writeOnly',
  'xml',
]);

/** Keywords whose members are schemas under names of their own, so that a property may be called `example`. */
const maps = new Set(['properties', 'patternProperties']);

/** Keywords that hold a schema or a list of schemas; every other value is data and copied as it is. */
const nested = new Set(['additionalProperties', 'allOf', 'anyOf', 'items', 'not', 'oneOf', 'x-open-enum']);

/**
 * A schema of OpenAPI 3.0 as JSON schema: references are written out, annotations left out.
 *
 * @param document - where its references lead
 * @param schema - a schema or a reference to one
 * @param extensions - the keywords of our own, beginning with `x-`, that are kept
 * @throws RangeError naming the reference by which a schema contains itself; those have no end when written out
 */
export function inlineSchema(
  document: Document,
  schema: unknown,
  extensions: readonly string[] = ['x-detail'],
): Schema {
  return inline({ document, extensions }, schema, []) as Schema;
}

interface Context {
  readonly document: Document;
  readonly extensions: readonly string[];
}

function inline(context: Context, schema: unknown, trail: readonly string[]): unknown {
  if (Array.isArray(schema)) return schema.map((item) => inline(context, item, trail));
  if (typeof schema !== 'object' || schema === null) return schema;
  if (isReference(schema)) {
    if (trail.includes(schema.$ref)) throw new RangeError(`${schema.$ref} contains itself`);
    return inline(context, lookUp(context.document, schema.$ref), [...trail, schema.$ref]);
  }
  const entries: [string, unknown][] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (annotations.has(keyword) || (keyword.startsWith('x-') && !context.extensions.includes(keyword))) continue;
    if (maps.has(keyword)) entries.push([keyword, inlineMap(context, value, trail)]);
    else entries.push([keyword, nested.has(keyword) ? inline(context, value, trail) : value]);
  }
  return exclusiveBounds(Object.fromEntries(entries));
}

function inlineMap(context: Context, map: unknown, trail: readonly string[]): Schema {
  const entries = Object.entries(map as Schema).map(([name, schema]) => [name, inline(context, schema, trail)]);
  return Object.fromEntries(entries);
}

/** OpenAPI 3.0 has `exclusiveMinimum: true` beside `minimum`; JSON schema has the bound itself. */
function exclusiveBounds(schema: Record<string, unknown>): Schema {
  const { exclusiveMinimum, exclusiveMaximum, minimum, maximum, ...rest } = schema;
  const low = exclusiveMinimum === true ? { exclusiveMinimum: minimum } : minimum === undefined ? {} : { minimum };
  const high = exclusiveMaximum === true ? { exclusiveMaximum: maximum } : maximum === undefined ? {} : { maximum };
  return { ...rest, ...low, ...high };
}
