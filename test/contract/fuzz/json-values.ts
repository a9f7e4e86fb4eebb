import { Ajv, type ValidateFunction } from 'ajv';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { isObject, type JsonObject, jsonSchemaOf } from '../../dredd/json-schema.js';
import { anyCharacter } from '../../support/any-character.js';

const ajv = new Ajv({ strict: false });
addFormats.default(ajv);

const compiled = new WeakMap<object, ValidateFunction>();

/** The validator of a schema of OpenAPI 3.0, without references; each is compiled once. */
export function validatorOf(schema: unknown): ValidateFunction {
  if (!isObject(schema)) throw new Error('the schema is not an object');
  const known = compiled.get(schema);
  if (known) return known;
  const validate = ajv.compile(Object(jsonSchemaOf(schema)));
  compiled.set(schema, validate);
  return validate;
}

/** Any JSON, including the property names that objects inherit. */
const anyJson = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.parse(JSON.stringify(value)));
const memberName = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', 'data', ''));

/**
 * Values that are valid by a schema.
 *
 * @param schema - of OpenAPI 3.0, without references
 */
export function validValues(schema: unknown): fc.Arbitrary<unknown> {
  const validate = validatorOf(schema);
  return candidates(schema).filter((value) => validate(value));
}

/**
 * Values that are invalid by a schema: valid ones with one change, or of another type.
 *
 * @param schema - of OpenAPI 3.0, without references
 */
export function invalidValues(schema: unknown): fc.Arbitrary<unknown> {
  const validate = validatorOf(schema);
  return fc
    .oneof({ weight: 4, arbitrary: damaged(schema) }, { weight: 1, arbitrary: anyJson })
    .filter((value) => !validate(value));
}

function candidates(schema: unknown): fc.Arbitrary<unknown> {
  if (!isObject(schema)) throw new Error('the schema is not an object');
  const { type, enum: values, pattern, minimum, maximum, minLength, maxLength } = schema;
  if (Array.isArray(values)) return fc.constantFrom(...values);
  switch (type) {
    case 'object':
      return objects(schema);
    case 'integer':
      return fc.oneof(
        fc
          .maxSafeInteger()
          .map((number) => Math.min(Math.max(number, Number(minimum ?? number)), Number(maximum ?? number))),
        fc.nat(30).map((number) => number + Number(minimum ?? 0)),
      );
    case 'string': {
      const least = Number(minLength ?? 0);
      const free = fc.string({
        unit: anyCharacter,
        minLength: least,
        maxLength: Math.min(Number(maxLength ?? 40), 40),
      });
      return typeof pattern === 'string' ? fc.oneof(fc.stringMatching(new RegExp(pattern, 'u')), free) : free;
    }
    default:
      throw new Error(`values of the type ${type} cannot be made`);
  }
}

function membersOf({ properties }: JsonObject): [string, unknown][] {
  return isObject(properties) ? Object.entries(properties) : [];
}

function objects(schema: JsonObject): fc.Arbitrary<JsonObject> {
  const { required, additionalProperties } = schema;
  const known = Object.fromEntries(membersOf(schema).map(([name, member]) => [name, validValues(member)]));
  const requiredKeys = Array.isArray(required) ? required.map(String) : [];
  const record: fc.Arbitrary<JsonObject> = fc.record(known, { requiredKeys });
  if (additionalProperties !== true) return record;
  // Entries, not assignment: a property may be named __proto__.
  return fc
    .tuple(fc.dictionary(memberName, anyJson, { maxKeys: 4 }), record)
    .map(([more, own]) => Object.fromEntries([...Object.entries(more), ...Object.entries(own)]));
}

function damaged(schema: unknown): fc.Arbitrary<unknown> {
  if (!isObject(schema)) return anyJson;
  const { type, maxLength, maximum, minimum } = schema;
  if (type === 'integer') {
    const beyond = [Number(minimum ?? 0) - 1, 0.5, '0', true, null, [0], ...(maximum === undefined ? [] : [2 ** 60])];
    return fc.constantFrom<unknown>(...beyond);
  }
  if (type === 'string') {
    return fc.oneof(
      fc.constantFrom<unknown>(
        '',
        ' ',
        '\t',
        '\u3000',
        'a\u0000',
        '\u0085',
        '-1',
        '0.0',
        '1e5',
        'payment',
        5,
        null,
        {},
        [],
      ),
      fc.constant('1'.repeat(Number(maxLength ?? 0) + 1)),
    );
  }
  const members = membersOf(schema);
  const whole = validValues(schema).filter(isObject);
  const damages = members.flatMap(([name, member]) => [
    whole.map((value) => Object.fromEntries(Object.entries(value).filter(([own]) => own !== name))),
    fc.tuple(whole, damaged(member)).map(([value, bad]) => Object.fromEntries([...Object.entries(value), [name, bad]])),
  ]);
  const surplus = fc
    .tuple(whole, memberName, anyJson)
    .map(([value, name, more]) => Object.fromEntries([...Object.entries(value), [name, more]]));
  return fc.oneof(surplus, ...damages);
}
