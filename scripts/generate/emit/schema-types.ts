import type { Document, Schema } from '../model/document.js';
import { branchValues, componentName, type Direction, hasFlag, propertyNameOf, usageOf } from '../model/json-schema.js';
import { ownType, resolve, schemasIn, typesOf } from '../model/json-types.js';
import { defaultOf } from '../model/parameters.js';
import { isReference, lookUp } from '../model/reference.js';
import { docComment, indent } from './text.js';

export type TypeWriter = ReturnType<typeof createTypeWriter>;

/** Writes the types of a checked document's schemas, by the rules of `jsonSchema`. */
export function createTypeWriter(document: Document) {
  const schemas = document.components?.schemas ?? {};
  const different = differingComponents(document);

  /** The type of a value that is sent in a direction. */
  function typeOf(schema: unknown, direction: Direction): string {
    if (isReference(schema)) {
      const name = componentName(schema);
      if (name === null) return typeOf(lookUp(document, schema.$ref), direction);
      const section = direction === 'request' && different.has(name) ? 'requests' : 'schemas';
      return `components[${JSON.stringify(section)}][${JSON.stringify(name)}]`;
    }
    const own = Object(schema) as Schema;
    if (own['x-file'] !== undefined) return own['x-file'] === 'one' ? 'UploadedFile' : 'readonly UploadedFile[]';
    const parts = [ownPart(own, direction), ...schemasIn(own.allOf).map((part) => typeOf(part, direction))];
    if ('discriminator' in own) parts.push(discriminated(own, direction));
    else {
      for (const keyword of ['oneOf', 'anyOf']) {
        if (keyword in own) parts.push(union(schemasIn(own[keyword]).map((branch) => typeOf(branch, direction))));
      }
    }
    const said = parts.filter((part) => part !== null);
    return said.length === 0 ? 'unknown' : said.length === 1 ? (said[0] ?? '') : said.map(grouped).join(' & ');
  }

  /** The type of a schema's own keywords; null if there are none. */
  function ownPart(schema: Schema, direction: Direction): string | null {
    if (Array.isArray(schema.enum)) return union(schema.enum.map((value) => JSON.stringify(value)));
    const type = ownType(schema);
    if (type === null) return null;
    const plain = plainType(schema, type, direction);
    if (plain === null) return null;
    return schema.nullable === true ? union([plain, 'null']) : plain;
  }

  function plainType(schema: Schema, type: string, direction: Direction): string | null {
    if (type === 'integer') return 'number';
    if (type === 'array') return `readonly ${grouped(typeOf(schema.items ?? {}, direction))}[]`;
    return type === 'object' ? objectType(schema, direction) : type;
  }

  function objectType(schema: Schema, direction: Direction): string | null {
    const { additionalProperties } = schema;
    const required = new Set(Array.isArray(schema.required) ? schema.required.map(String) : []);
    const members = Object.entries(Object(schema.properties)).flatMap(([name, property]) =>
      member(name, property, required.delete(name), direction),
    );
    if (additionalProperties !== false)
      for (const name of required)
        members.push({ text: `readonly ${JSON.stringify(name)}: unknown;`, type: 'unknown' });
    const body = members.map(({ text }) => `\n${indent(text)}`).join('');
    // A handler must see that clients may send more; its own literals have no more than what is named.
    const isOpenByDefault = direction === 'request' || members.length === 0;
    const isOpen = additionalProperties === true || (additionalProperties === undefined && isOpenByDefault);
    if (isOpen) {
      // An object that other parts of the schema describe further adds nothing here.
      if (members.length === 0 && additionalProperties === undefined && saysMore(schema)) return null;
      const index = '{ readonly [key: string]: unknown }';
      return members.length === 0 ? index : `{${body}\n} & ${index}`;
    }
    if (typeof additionalProperties !== 'object') return members.length === 0 ? 'Record<string, never>' : `{${body}\n}`;
    const rest = typeOf(additionalProperties, direction);
    const values = union([rest, ...members.map(({ type }) => type)]);
    const index = `{ readonly [key: string]: ${values} }`;
    return members.length === 0 ? index : `{${body}\n} & ${index}`;
  }

  function member(name: string, property: unknown, isRequired: boolean, direction: Direction) {
    const use = usageOf(document, property, direction);
    if (use === 'ignored') return [];
    const key = JSON.stringify(name);
    if (use === 'never') return [{ text: `readonly ${key}?: never;`, type: 'undefined' }];
    const isThere = isRequired || (direction === 'request' && defaultOf(document, property) !== undefined);
    const type = typeOf(property, direction);
    const text = `${docComment(Object(property))}readonly ${key}${isThere ? '' : '?'}: ${type};`;
    return [{ text, type: isThere ? type : `${grouped(type)} | undefined` }];
  }

  function discriminated(schema: Schema, direction: Direction): string {
    const key = JSON.stringify(propertyNameOf(schema));
    const branches = branchValues(schema).map(({ branch, values }) => {
      const tag = union(values.map((value) => JSON.stringify(value)));
      return `(${typeOf(branch, direction)} & { readonly ${key}: ${tag} })`;
    });
    return union(schema.nullable === true ? [...branches, 'null'] : branches);
  }

  function saysMore(schema: Schema): boolean {
    const parts = [...schemasIn(schema.allOf), ...schemasIn(schema.oneOf), ...schemasIn(schema.anyOf)];
    const types =
      parts.length > 0
        ? typesOf(document, { allOf: schema.allOf ?? [], oneOf: schema.oneOf, anyOf: schema.anyOf })
        : null;
    return types !== null && schema.nullable !== true;
  }

  function section(names: readonly string[], direction: Direction): string {
    const members = names.map((name) => {
      const schema = schemas[name];
      return `\n${indent(`${docComment(resolve(document, schema))}readonly ${JSON.stringify(name)}: ${typeOf(schema, direction)};`)}`;
    });
    return members.length === 0 ? 'Record<never, never>' : `{${members.join('')}\n}`;
  }

  return {
    typeOf,
    /** The interface `components`: each schema for replies, and for requests if that differs. */
    components: () =>
      [
        'export interface components {',
        indent(`readonly schemas: ${section(Object.keys(schemas), 'reply')};`),
        indent(
          `/** The schemas that differ between requests and replies, for example because of readOnly properties or defaults. */`,
        ),
        indent(`readonly requests: ${section([...different], 'request')};`),
        '}',
      ].join('\n'),
  };
}

/** Names of the schemas that differ between requests and replies. */
function differingComponents(document: Document): Set<string> {
  const schemas = Object.entries(document.components?.schemas ?? {});
  const different = new Set<string>();
  const uses = new Map(schemas.map(([name, schema]) => [name, examine(document, schema)]));
  for (const [name, { differs }] of uses) if (differs) different.add(name);
  for (let before = -1; before !== different.size; ) {
    before = different.size;
    for (const [name, { names }] of uses) if (names.some((used) => different.has(used))) different.add(name);
  }
  return new Set(schemas.map(([name]) => name).filter((name) => different.has(name)));
}

/** Whether a schema itself differs by direction, and which others it refers to. */
function examine(document: Document, schema: unknown): { differs: boolean; names: string[] } {
  const names: string[] = [];
  let differs = false;
  function visit(value: unknown): void {
    if (isReference(value)) {
      const name = componentName(value);
      if (name !== null) names.push(name);
      else visit(lookUp(document, value.$ref));
      return;
    }
    if (typeof value !== 'object' || value === null) return;
    const { properties, items, additionalProperties, not, allOf, oneOf, anyOf } = value as Schema;
    if (properties !== undefined && additionalProperties === undefined) differs = true;
    for (const property of Object.values(Object(properties))) {
      const isOfOneDirection = hasFlag(document, property, 'readOnly') || hasFlag(document, property, 'writeOnly');
      if (isOfOneDirection || defaultOf(document, property) !== undefined) differs = true;
      visit(property);
    }
    for (const part of [items, additionalProperties, not, ...[allOf, oneOf, anyOf].flatMap(schemasIn)]) visit(part);
  }
  visit(schema);
  return { differs, names };
}

function union(types: readonly string[]): string {
  return [...new Set(types)].map((type) => (type.includes(' & ') ? `(${type})` : type)).join(' | ') || 'never';
}

/** In parentheses if an adjacent operator would bind closer. */
function grouped(type: string): string {
  return /[|&]|^readonly /.test(type) ? `(${type})` : type;
}
