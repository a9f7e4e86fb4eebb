import type { Random } from './random.js';

/** A schema with one more keyword, with a valid and an invalid value. */
export interface SchemaEdit {
  readonly keyword: string;
  readonly schema: object;
  readonly valid: unknown;
  readonly invalid: unknown;
  /** What the handler sees of `fits`, if it differs. */
  readonly seen?: unknown;
}

type Maker = (random: Random) => Omit<SchemaEdit, 'keyword'>;

const VALUES: Readonly<Record<string, unknown>> = {
  integer: 5,
  number: 1.5,
  boolean: true,
  string: 'text',
  array: [1],
  object: { a: 1 },
};
const integer = (more: object) => ({ type: 'integer', ...more });
const string = (more: object) => ({ type: 'string', ...more });
const array = (more: object) => ({ type: 'array', items: {}, ...more });
const object = (more: object) => ({ type: 'object', ...more });
const FORMATS: readonly (readonly [type: string, format: string, valid: unknown, invalid: unknown])[] = [
  ['integer', 'int32', 2147483647, 2147483648],
  ['integer', 'int64', 5, 5.5],
  ['number', 'double', 1.5, 'x'],
  ['number', 'float', 3.4e38, 3.5e38],
  ['string', 'date', '2026-11-26', '2026-13-26'],
  ['string', 'date-time', '2026-11-26T07:00:00Z', '2026-11-26'],
  ['string', 'date-time', '2026-11-26T07:00:00.5+01:00', '2026-11-26 07:00:00Z'],
  ['string', 'uuid', '4ee3a8d8-ca7b-4290-a52c-dd5b6165ec43', '4ee3a8d8'],
  ['string', 'email', 'a@b.example', 'a'],
  ['string', 'ipv4', '10.0.0.1', '10.0.0.256'],
  ['string', 'byte', 'aGk=', 'a'],
  ['string', 'uri', 'https://a.example/', 'a b'],
];

/** How each enforced keyword of a schema shows. */
export const SCHEMA_EDITS: Readonly<Record<string, Maker>> = {
  type(random) {
    const [type, other] = random.shuffled(['integer', 'boolean', 'string', 'array', 'object']);
    return {
      schema: { type, ...(type === 'array' && { items: {} }) },
      valid: VALUES[type ?? ''],
      invalid: VALUES[other ?? ''],
    };
  },
  maximum: (random) => bound(random, 'maximum', 1, false),
  exclusiveMaximum: (random) => bound(random, 'maximum', 1, true),
  minimum: (random) => bound(random, 'minimum', -1, false),
  exclusiveMinimum: (random) => bound(random, 'minimum', -1, true),
  multipleOf(random) {
    const of = random.pick([0.01, 0.1, 0.25, 3, 0.0001]);
    const count = random.integer(2, 5000);
    const digits = (String(of).split('.')[1] ?? '').length;
    const valid = Number((count * of).toFixed(digits));
    return { schema: { type: 'number', multipleOf: of }, valid, invalid: Number((valid + of / 2).toFixed(digits + 2)) };
  },
  maxLength(random) {
    const limit = random.integer(1, 20);
    return {
      schema: string({ maxLength: limit }),
      valid: random.text(limit - 1) + random.pick(['ä', '😀']),
      invalid: random.text(limit + 1),
    };
  },
  minLength(random) {
    const limit = random.integer(2, 20);
    return { schema: string({ minLength: limit }), valid: random.text(limit), invalid: random.text(limit - 1) };
  },
  pattern(random) {
    const text = random.text(5);
    return { schema: string({ pattern: `^${text}\\d$` }), valid: `${text}5`, invalid: text };
  },
  enum(random) {
    const values = [random.text(3), random.text(4)];
    return { schema: string({ enum: values }), valid: random.pick(values), invalid: random.text(5) };
  },
  format(random) {
    const [type, format, valid, invalid] = random.pick(FORMATS);
    return { schema: { type, format }, valid, invalid };
  },
  nullable: () => ({ schema: integer({ nullable: true }), valid: null, invalid: 'x' }),
  maxItems: (random) => items(random, 'maxItems', 1),
  minItems: (random) => items(random, 'minItems', -1),
  uniqueItems: (random) => ({
    schema: array({ uniqueItems: true }),
    valid: [1, 2, '1'],
    invalid: [random.integer(1, 3), 1, 2, 3],
  }),
  items: (random) => ({
    schema: array({ items: integer({}) }),
    valid: [random.integer(0, 9)],
    invalid: [1, random.text(2)],
  }),
  maxProperties: (random) => properties(random, 'maxProperties', 1),
  minProperties: (random) => properties(random, 'minProperties', -1),
  required(random) {
    const name = random.text(4);
    return {
      schema: object({ required: [name], properties: { [name]: {} } }),
      valid: { [name]: 1 },
      invalid: { other: 1 },
    };
  },
  properties(random) {
    const name = random.text(4);
    return { schema: object({ properties: { [name]: integer({}) } }), valid: { [name]: 1 }, invalid: { [name]: 'x' } };
  },
  additionalProperties(random) {
    const rest = random.pick([false, integer({})]);
    return {
      schema: object({ properties: { a: {} }, additionalProperties: rest }),
      valid: rest ? { a: 'x', b: 1 } : { a: 'x' },
      invalid: { a: 'x', b: 'x' },
    };
  },
  allOf(random) {
    const limit = random.integer(2, 9);
    return { schema: { allOf: [integer({}), { minimum: limit }] }, valid: limit, invalid: limit - 1 };
  },
  oneOf: (random) => ({
    schema: { oneOf: [integer({ maximum: 10 }), integer({ minimum: 5 })] },
    valid: random.integer(0, 4),
    invalid: random.integer(5, 10),
  }),
  anyOf: (random) => ({
    schema: { anyOf: [integer({ maximum: 3 }), integer({ minimum: 7 })] },
    valid: random.pick([3, 7, 20]),
    invalid: random.integer(4, 6),
  }),
  not: (random) => ({
    schema: integer({ not: { maximum: 10 } }),
    valid: random.integer(11, 20),
    invalid: random.integer(0, 10),
  }),
  default(random) {
    const given = random.integer(1, 9);
    return {
      schema: object({ properties: { a: integer({ default: given }) } }),
      valid: {},
      seen: { a: given },
      invalid: { a: 'x' },
    };
  },
  readOnly: () => ({
    schema: object({ required: ['a', 'b'], properties: { a: integer({ readOnly: true }), b: integer({}) } }),
    valid: { a: 'anything', b: 1 },
    seen: { b: 1 },
    invalid: { a: 1 },
  }),
  discriminator: () => ({
    schema: {
      oneOf: ['One', 'Two'].map((name) => ({ $ref: `#/components/schemas/${name}` })),
      discriminator: { propertyName: 'kind' },
    },
    valid: { kind: 'One', a: 1 },
    invalid: { kind: 'Two', a: 1 },
  }),
};

/** The branches of the discriminator. */
export const COMPONENTS = {
  One: object({ required: ['kind', 'a'], properties: { kind: string({}), a: integer({}) } }),
  Two: object({ required: ['kind', 'a'], properties: { kind: string({}), a: string({}) } }),
};

function bound(
  random: Random,
  keyword: 'minimum' | 'maximum',
  outside: 1 | -1,
  isExclusive: boolean,
): Omit<SchemaEdit, 'keyword'> {
  const limit = random.integer(-50, 50);
  const exclusive = keyword === 'minimum' ? 'exclusiveMinimum' : 'exclusiveMaximum';
  const schema = integer({ [keyword]: limit, ...(isExclusive && { [exclusive]: true }) });
  return isExclusive
    ? { schema, valid: limit - outside, invalid: limit }
    : { schema, valid: limit, invalid: limit + outside };
}

function items(random: Random, keyword: string, outside: 1 | -1): Omit<SchemaEdit, 'keyword'> {
  const limit = random.integer(1, 5);
  const list = (length: number) => Array.from({ length }, (_, index) => index);
  return {
    schema: array({ [keyword]: limit, items: integer({}) }),
    valid: list(limit),
    invalid: list(limit + outside),
  };
}

function properties(random: Random, keyword: string, outside: 1 | -1): Omit<SchemaEdit, 'keyword'> {
  const limit = random.integer(1, 5);
  const record = (size: number) => Object.fromEntries(Array.from({ length: size }, (_, index) => [`p${index}`, index]));
  return {
    schema: object({ [keyword]: limit, additionalProperties: integer({}) }),
    valid: record(limit),
    invalid: record(limit + outside),
  };
}
