import { isDeepStrictEqual } from 'node:util';
import type { Schema } from '../generate/model/document.js';
import { isOfType, type JsonType, ownType } from '../generate/model/json-types.js';
import type { Sender } from './inline-schema.js';

/** A change that may break clients of the released contract. */
export interface Break {
  /** The place in the contract, in words: an operation, a part of it, and properties inside. */
  readonly where: string;
  readonly what: string;
}

/**
 * The changes of a schema that may break clients of the released contract. Clients may continue to send what they sent,
 * so the new schema of a request must allow everything that the released one did. They may receive nothing new, so the
 * released schema of a reply must allow everything that the new one does. Both ask whether the *outer* schema allows
 * everything that the *inner* one does. If that cannot be decided, for example for another pattern, the result is no.
 *
 * @param sender - the sender of the value
 * @param released - with references resolved
 * @param current - likewise
 */
export function schemaBreaks(sender: Sender, released: Schema, current: Schema, where: string): Break[] {
  return sender === 'client'
    ? breaks({ sender, inner: released, outer: current, where })
    : [...lostProperties(released, current, where), ...breaks({ sender, inner: current, outer: released, where })];
}

interface Pair {
  readonly sender: Sender;
  readonly inner: Schema;
  readonly outer: Schema;
  readonly where: string;
}

/** Keywords that must be equal: whether one pattern allows less than another cannot be decided. */
const OPAQUE = [
  'discriminator',
  'pattern',
  'format',
  'multipleOf',
  'uniqueItems',
  'not',
  'allOf',
  'anyOf',
  'oneOf',
  'recursion',
];

const ANYTHING: Schema = {};

function breaks(pair: Pair): Break[] {
  const { inner, outer, where } = pair;
  if (isDeepStrictEqual(inner, outer)) return [];
  const found: Break[] = [];
  const say = (what: string): void => void found.push({ where, what });
  if ('default' in inner && !isDeepStrictEqual(inner.default, outer.default))
    say(`its default is ${change(pair, inner.default, outer.default)}`);
  const [innerTypes, outerTypes] = [typesOf(inner), typesOf(outer)];
  if (outerTypes && !innerTypes)
    say(`may be of any type on one side, and only ${outerTypes.join(' or ')} on the other`);
  const strangers = (innerTypes ?? []).filter(
    (type) => outerTypes && !outerTypes.some((outerType) => isOfType(type, outerType)),
  );
  if (strangers.length > 0) say(`its type is ${change(pair, innerTypes, outerTypes)}`);
  found.push(...enumBreaks(pair), ...limitBreaks(pair));
  for (const keyword of OPAQUE) {
    if (keyword in outer && outer[keyword] !== false && !isSame(inner[keyword], outer[keyword])) {
      say(`its ${keyword} is ${change(pair, inner[keyword], outer[keyword])}`);
    }
  }
  return [...found, ...propertyBreaks(pair), ...itemBreaks(pair)];
}

/** Alternatives mean the same in any order, and a character class in any spelling. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one === 'string' && typeof other === 'string') return withPlainClasses(one) === withPlainClasses(other);
  if (!Array.isArray(one) || !Array.isArray(other)) return isDeepStrictEqual(one, other);
  const isAmong = (value: unknown) => other.some((candidate) => isDeepStrictEqual(value, candidate));
  return one.length === other.length && one.every(isAmong);
}

/** A pattern with the code points where each character class begins and ends to match: `[0-9]` and `[\d]` become the same. */
function withPlainClasses(pattern: string): string {
  return pattern.replace(/\\.|\[(?:\\.|[^\]\\])*\]/gu, (part) => (part.startsWith('[') ? plainClass(part) : part));
}

const plainClasses = new Map<string, string>();

function plainClass(text: string): string {
  const known = plainClasses.get(text);
  if (known !== undefined) return known;
  const matcher = new RegExp(text, 'u');
  const borders: number[] = [];
  for (let codePoint = 0, isInside = false; codePoint <= 0x10ffff; codePoint += 1) {
    if (matcher.test(String.fromCodePoint(codePoint)) === isInside) continue;
    isInside = !isInside;
    borders.push(codePoint);
  }
  const plain = `[${borders.join()}]`;
  plainClasses.set(text, plain);
  return plain;
}

function enumBreaks({ sender, inner, outer, where }: Pair): Break[] {
  const [openInner, openOuter] = [openValuesOf(inner), openValuesOf(outer)];
  const [innerValues, outerValues] = [openInner ?? listOf(inner.enum), listOf(outer.enum)];
  if (sender === 'service' && openOuter) {
    // Clients were told to expect new values, but those that they know must stay.
    const lost = openOuter.filter((value) => !innerValues.includes(value));
    return lost.map((value) => ({ where, what: `the value ${JSON.stringify(value)} is gone` }));
  }
  if (!('enum' in outer)) return [];
  if (!('enum' in inner)) return [{ where, what: 'one side allows every value, and the other a list of values' }];
  const strangers = innerValues.filter((value) => !outerValues.includes(value));
  const verb = sender === 'client' ? 'is no longer taken' : 'is new';
  return strangers.map((value) => ({ where, what: `the value ${JSON.stringify(value)} ${verb}` }));
}

/**
 * The known values of an extensible list: `x-open-enum` is `true` next to their `enum`, or a schema with that `enum`
 * next to `type: string`, so that generated clients accept other values. Null if the list is closed.
 */
function openValuesOf(schema: Schema): readonly unknown[] | null {
  const open = schema['x-open-enum'];
  if (open === true) return listOf(schema.enum);
  return typeof open === 'object' && open !== null && 'enum' in open ? listOf(open.enum) : null;
}

const LOWER = ['minimum', 'minLength', 'minItems', 'minProperties'];
const UPPER = ['maximum', 'maxLength', 'maxItems', 'maxProperties'];

function limitBreaks(pair: Pair): Break[] {
  return [...LOWER, ...UPPER].flatMap((keyword) => {
    const [inner, outer] = [limitOf(pair.inner, keyword), limitOf(pair.outer, keyword)];
    const isWithin = LOWER.includes(keyword) ? inner.value >= outer.value : inner.value <= outer.value;
    if (isWithin && (inner.value !== outer.value || inner.isExclusive || !outer.isExclusive)) return [];
    return [{ where: pair.where, what: `its ${keyword} is ${change(pair, inner.shown, outer.shown)}` }];
  });
}

/** Lengths and counts are at least 0. `shown` is undefined if there is no limit. */
function limitOf(schema: Schema, keyword: string) {
  const exclusive = schema[`exclusiveM${keyword.slice(1)}`];
  if (typeof exclusive === 'number') return { value: exclusive, isExclusive: true, shown: `without ${exclusive}` };
  const none = keyword === 'minimum' ? -Infinity : LOWER.includes(keyword) ? 0 : Infinity;
  const value = typeof schema[keyword] === 'number' ? schema[keyword] : none;
  return { value, isExclusive: false, shown: Number.isFinite(value) ? value : undefined };
}

function propertyBreaks({ sender, inner, outer, where }: Pair): Break[] {
  const required = listOf(inner.required);
  const found: Break[] = listOf(outer.required)
    .filter((name) => !required.includes(name))
    .map((name) => ({
      where: `${where}/${String(name)}`,
      what: sender === 'client' ? 'is required now' : 'is no longer always there',
    }));
  for (const name of new Set([...Object.keys(propertiesOf(inner)), ...Object.keys(propertiesOf(outer))])) {
    const [innerProperty, outerProperty] = [propertyOf(inner, name), propertyOf(outer, name)];
    if (innerProperty === false) continue;
    const place = `${where}/${name}`;
    const isKnown = Object.hasOwn(propertiesOf(inner), name) && innerProperty.readOnly !== true;
    if (isKnown && Object(outerProperty).readOnly === true) found.push({ where: place, what: 'is ignored now' });
    if (outerProperty !== false)
      found.push(...breaks({ sender, inner: innerProperty, outer: outerProperty, where: place }));
    else
      found.push({
        where: place,
        what: sender === 'client' ? 'is no longer taken' : 'is new, and clients expect no other property',
      });
  }
  const [innerRest, outerRest] = [restOf(inner), restOf(outer)];
  if (innerRest === false || !describesObjects(inner)) return found;
  if (outerRest !== false)
    return [...found, ...breaks({ sender, inner: innerRest, outer: outerRest, where: `${where}/*` })];
  return [
    ...found,
    { where, what: sender === 'client' ? 'takes no further properties now' : 'may have further properties now' },
  ];
}

function itemBreaks({ sender, inner, outer, where }: Pair): Break[] {
  if (outer.items === undefined) return [];
  const items = { inner: schemaOf(inner.items), outer: schemaOf(outer.items) };
  return typesOf(inner)?.includes('array') === false ? [] : breaks({ sender, ...items, where: `${where}/[]` });
}

/**
 * Properties of a response that are no longer described: still valid, but a compile error for clients that read them.
 */
function lostProperties(released: Schema, current: Schema, where: string): Break[] {
  const found: Break[] = [];
  for (const [name, schema] of Object.entries(propertiesOf(released))) {
    const place = `${where}/${name}`;
    const property = propertiesOf(current)[name];
    if (property === undefined) found.push({ where: place, what: 'is gone' });
    else found.push(...lostProperties(schema, property, place));
  }
  if (released.items !== undefined && current.items !== undefined) {
    found.push(...lostProperties(schemaOf(released.items), schemaOf(current.items), `${where}/[]`));
  }
  return found;
}

/** In chronological order, whichever is the inner one. */
function change({ sender }: Pair, inner: unknown, outer: unknown): string {
  const [before, after] = sender === 'client' ? [inner, outer] : [outer, inner];
  const shown = (value: unknown): string => (value === undefined ? 'free' : JSON.stringify(value));
  return `${shown(after)}, and was ${shown(before)}`;
}

function typesOf(schema: Schema): readonly JsonType[] | null {
  const type = ownType(schema);
  if (type === null) return null;
  return schema.nullable === true ? [type, 'null'] : [type];
}

function describesObjects(schema: Schema): boolean {
  return [null, 'object'].includes(ownType(schema));
}

function propertiesOf(schema: Schema): Readonly<Record<string, Schema>> {
  return (schema.properties ?? {}) as Readonly<Record<string, Schema>>;
}

/** The schema of a property; false if it is not allowed. */
function propertyOf(schema: Schema, name: string): Schema | false {
  return Object.hasOwn(propertiesOf(schema), name) ? schemaOf(propertiesOf(schema)[name]) : restOf(schema);
}

/** The schema of unnamed properties. */
function restOf(schema: Schema): Schema | false {
  return schema.additionalProperties === false ? false : schemaOf(schema.additionalProperties);
}

function schemaOf(value: unknown): Schema {
  return typeof value === 'object' && value !== null ? (value as Schema) : ANYTHING;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
