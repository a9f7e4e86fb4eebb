import { isDeepStrictEqual } from 'node:util';
import type { Document, Schema } from '../generate/model/document.js';
import { hasFlag } from '../generate/model/json-schema.js';
import { schemasIn } from '../generate/model/json-types.js';
import { isReference, lookUp } from '../generate/model/reference.js';

/** Keywords that describe and do not constrain. */
const annotations = new Set([
  'deprecated',
  'description',
  'example',
  'externalDocs',
  'readOnly',
  'title',
  'writeOnly',
  'xml',
]);

/** Keywords whose values map names to schemas, so that a property may be named `example`. */
const maps = new Set(['properties', 'patternProperties']);

/** Keywords with a schema or a list of schemas; all other values are data. */
const nested = new Set(['additionalProperties', 'allOf', 'anyOf', 'items', 'not', 'oneOf', 'x-open-enum']);

/** The sender of the value: the client in a request, the service in a reply. */
export type Sender = 'client' | 'service';

/**
 * Converts a schema of OpenAPI 3.0 to JSON schema, with references resolved, allOf merged where that is the same, and without
 * annotations. readOnly properties may be anything in a request, where they are ignored, and writeOnly ones are not part of
 * a reply.
 *
 * @param sender - the sender of the value
 */
export function inlineSchema(document: Document, schema: unknown, sender: Sender): Schema {
  return inline({ document, sender }, schema, []) as Schema;
}

interface Context {
  readonly document: Document;
  readonly sender: Sender;
}

/** Our own keyword that is kept: clients were told to expect new values. */
const OPEN_ENUM = 'x-open-enum';

function inline(context: Context, schema: unknown, trail: readonly string[]): unknown {
  if (Array.isArray(schema)) return schema.map((item) => inline(context, item, trail));
  if (typeof schema !== 'object' || schema === null) return schema;
  if (isReference(schema)) {
    // A schema that contains itself cannot be resolved.
    if (trail.includes(schema.$ref)) return { recursion: schema.$ref };
    return inline(context, lookUp(context.document, schema.$ref), [...trail, schema.$ref]);
  }
  const entries: [string, unknown][] = [];
  for (const [keyword, value] of Object.entries(schema)) {
    if (annotations.has(keyword) || (keyword.startsWith('x-') && keyword !== OPEN_ENUM)) continue;
    // What a handler leaves out is left out.
    if (keyword === 'default' && context.sender === 'service') continue;
    if (keyword === 'required') entries.push([keyword, requiredOf(context, { ...schema })]);
    else if (maps.has(keyword)) entries.push([keyword, inlineMap(context, value, trail)]);
    else entries.push([keyword, nested.has(keyword) ? inline(context, value, trail) : value]);
  }
  return merged(exclusiveBounds(Object.fromEntries(entries)));
}

/** Keywords that mean less in one part of an allOf than in one schema with the other parts. */
const OF_ONE_PART = ['additionalProperties', 'nullable'];

/** Merges a schema with the parts of its allOf. Unchanged if the result would mean something else. */
function merged(schema: Schema): Schema {
  const { allOf, ...own } = schema;
  const parts = [own, ...schemasIn(allOf)].filter((part) => Object.keys(part).length > 0);
  if (parts.length > 1 && parts.some((part) => OF_ONE_PART.some((keyword) => keyword in part))) return schema;
  const whole: Record<string, unknown> = {};
  for (const [keyword, value] of parts.flatMap((part) => Object.entries(part))) {
    const known = whole[keyword];
    if (known === undefined) whole[keyword] = value;
    else if (keyword === 'required') whole[keyword] = [...new Set([known, value].flat())];
    else if (
      keyword === 'properties' &&
      isDeepStrictEqual({ ...known, ...Object(value) }, { ...Object(value), ...known })
    )
      whole[keyword] = { ...known, ...Object(value) };
    else if (!isDeepStrictEqual(known, value)) return schema;
  }
  return whole;
}

function inlineMap(context: Context, map: unknown, trail: readonly string[]): Schema {
  const kept = Object.entries(map as Schema).filter(
    ([, property]) => context.sender === 'client' || !hasFlag(context.document, property, 'writeOnly'),
  );
  const written = kept.map(([name, property]) => {
    const isIgnored = context.sender === 'client' && hasFlag(context.document, property, 'readOnly');
    return [name, isIgnored ? { readOnly: true } : inline(context, property, trail)];
  });
  return Object.fromEntries(written);
}

function requiredOf(context: Context, schema: Schema): unknown {
  const { required, properties } = schema;
  const flag = context.sender === 'client' ? 'readOnly' : 'writeOnly';
  const isSent = (name: unknown) => !hasFlag(context.document, Object(properties)[String(name)], flag);
  return Array.isArray(required) ? required.filter(isSent) : required;
}

/** OpenAPI 3.0 has `exclusiveMinimum: true` next to `minimum`; in JSON schema it is the limit itself. */
function exclusiveBounds(schema: Record<string, unknown>): Schema {
  const { exclusiveMinimum, exclusiveMaximum, minimum, maximum, ...rest } = schema;
  const low = exclusiveMinimum === true ? { exclusiveMinimum: minimum } : minimum === undefined ? {} : { minimum };
  const high = exclusiveMaximum === true ? { exclusiveMaximum: maximum } : maximum === undefined ? {} : { maximum };
  return { ...rest, ...low, ...high };
}
