import fc from 'fast-check';
import { type DocumentedReply, documentedReplies } from '../../dredd/documented-replies.js';
import { dereference, isObject, memberAt } from '../../dredd/json-schema.js';
import { anyCharacter } from '../../support/any-character.js';
import { invalidValues, validatorOf, validValues } from './json-values.js';

/** A request, in the parts that a contract describes. */
export interface FuzzRequest {
  readonly path: Readonly<Record<string, unknown>>;
  readonly query: Readonly<Record<string, unknown>>;
  readonly header: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

type Place = 'path' | 'query' | 'header';

interface Parameter {
  readonly name: string;
  readonly in: Place;
  readonly required: boolean;
  readonly schema: unknown;
  readonly example: unknown;
}

/** An operation of a served contract, for a fuzzer. */
export interface FuzzOperation {
  readonly operationId: string;
  readonly method: string;
  /** The path template. */
  readonly path: string;
  readonly replies: readonly DocumentedReply[];
  /** All examples in one request, as simple tools send them. */
  readonly example: FuzzRequest;
  /** Requests in which every part is valid. */
  readonly valid: fc.Arbitrary<FuzzRequest>;
  /** Requests with one invalid part, named by its pointer prefix; null if nothing can be invalid. */
  readonly invalid: fc.Arbitrary<FuzzRequest & { readonly wrong: string }> | null;
}

/**
 * Reads the operations of a served contract.
 *
 * @param document - an OpenAPI 3.0 document
 */
export function fuzzOperations(document: unknown): FuzzOperation[] {
  const replies = documentedReplies(document);
  const whole = dereference(document, document);
  const operationIds = new Set(replies.map(({ operationId }) => operationId));
  return Array.from(operationIds, (operationId) => {
    const own = replies.filter((reply) => reply.operationId === operationId);
    const [{ method, path } = { method: '', path: '' }] = own;
    const operation = memberAt(whole, ['paths', path, method.toLowerCase()]);
    const parameters = parametersOf(operation);
    const bodySchema = bodyMember(operation, 'schema') ?? null;
    const example = exampleRequest(parameters, bodyMember(operation, 'example'));
    const valid = validRequests(parameters, bodySchema);
    return {
      operationId,
      method,
      path,
      replies: own,
      example,
      valid,
      invalid: invalidRequests(parameters, bodySchema, valid),
    };
  });
}

function parametersOf(operation: unknown): Parameter[] {
  const list = memberAt(operation, ['parameters']);
  return (Array.isArray(list) ? list : []).map((parameter) => {
    const place = String(memberAt(parameter, ['in']));
    if (place !== 'path' && place !== 'query' && place !== 'header') throw new Error(`no parameters go in ${place}`);
    const required = isObject(parameter) && parameter.required === true;
    return {
      name: String(memberAt(parameter, ['name'])),
      in: place,
      required,
      schema: memberAt(parameter, ['schema']),
      example: isObject(parameter) ? parameter.example : undefined,
    };
  });
}

function bodyMember(operation: unknown, name: 'schema' | 'example'): unknown {
  if (!isObject(operation) || operation.requestBody === undefined) return undefined;
  return memberAt(operation.requestBody, ['content', 'application/json', name]);
}

function exampleRequest(parameters: readonly Parameter[], body: unknown): FuzzRequest {
  const part = (place: Place) => {
    const own = parameters.filter((parameter) => parameter.in === place && parameter.example !== undefined);
    return Object.fromEntries(own.map(({ name, example }) => [name, example]));
  };
  return { path: part('path'), query: part('query'), header: part('header'), body };
}

function validRequests(parameters: readonly Parameter[], bodySchema: unknown): fc.Arbitrary<FuzzRequest> {
  const part = (place: Place) => {
    const own = parameters.filter((parameter) => parameter.in === place);
    return fc.record(Object.fromEntries(own.map((parameter) => [parameter.name, validParameter(parameter)])), {
      requiredKeys: own.filter(({ required }) => required).map(({ name }) => name),
    });
  };
  const body = bodySchema === null ? fc.constant(undefined) : validValues(bodySchema);
  return fc.record({ path: part('path'), query: part('query'), header: part('header'), body });
}

/** Node sends a header's characters as bytes, and no control characters; surrounding white space is not part of it. */
const SENDABLE = /^(?![\t ])[\t\x20-\x7e\x80-\xff]*(?<![\t ])$/;

function validParameter({ in: place, schema }: Parameter): fc.Arbitrary<unknown> {
  const values = validValues(schema);
  if (place === 'header') return values.filter((value) => SENDABLE.test(String(value)));
  return place === 'path' ? values.filter((value) => String(value).isWellFormed()) : values;
}

function invalidRequests(parameters: readonly Parameter[], bodySchema: unknown, valid: fc.Arbitrary<FuzzRequest>) {
  const changes: fc.Arbitrary<(request: FuzzRequest) => FuzzRequest & { wrong: string }>[] = parameters
    // A bad value is replaced, by the contract, and its schema accepts all.
    .filter(({ name }) => name !== 'X-Request-Id')
    .map((parameter) => {
      const { name, in: place } = parameter;
      const wrong = `/${place}/${place === 'header' ? name.toLowerCase() : name}`;
      return invalidParameter(parameter).map((value) => (request: FuzzRequest) => {
        const { [name]: _, ...rest } = request[place];
        return { ...request, [place]: value === undefined ? rest : { ...rest, [name]: value }, wrong };
      });
    });
  if (bodySchema !== null) {
    changes.push(invalidValues(bodySchema).map((body) => (request: FuzzRequest) => ({ ...request, body, wrong: '' })));
  }
  if (changes.length === 0) return null;
  return fc.tuple(valid, fc.oneof(...changes)).map(([request, change]) => change(request));
}

const BAD_TEXTS = [
  '',
  ' ',
  '-1',
  '1.0',
  '1e3',
  '0x10',
  '+1',
  ' 1',
  '1 ',
  '１',
  'null',
  'true',
  '9'.repeat(30),
  'a\u0000',
  '\u3000',
  'x'.repeat(300),
];

/** Invalid texts of a parameter; undefined for a missing required one. */
function invalidParameter({ in: place, required, schema }: Parameter): fc.Arbitrary<string | undefined> {
  const validate = validatorOf(schema);
  const isInteger = isObject(schema) && schema.type === 'integer';
  const fits = (text: string) => validate(isInteger && /^\d+$/.test(text) ? Number(text) : text);
  const texts = fc
    .oneof(fc.constantFrom(...BAD_TEXTS), fc.string({ unit: anyCharacter, maxLength: 20 }))
    .filter((text) => {
      if (place === 'path' && text === '') return false;
      if (place === 'header' && !SENDABLE.test(text)) return false;
      return text.isWellFormed() && !fits(text);
    });
  return required && place === 'query' ? fc.oneof({ weight: 8, arbitrary: texts }, fc.constant(undefined)) : texts;
}
