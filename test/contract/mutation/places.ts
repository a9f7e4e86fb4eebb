import { contractOf, echo, RESPONSES } from '../kit.js';
import { COMPONENTS, type SchemaEdit } from './schema-edits.js';

/** A request, and the value that the handler sees. */
export interface Sent {
  readonly method: string;
  readonly target: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
}

/** A place for a schema, and how a value gets there. */
export interface Place {
  readonly name: string;
  /** Whether values of the schema can be written there. */
  readonly takes: (edit: SchemaEdit) => boolean;
  readonly contract: (schema: object) => object;
  readonly send: (value: unknown) => Sent;
  /** The value, in the handler's view of the request. */
  readonly seen: (request: {
    body?: unknown;
    query?: Record<string, unknown>;
    path?: Record<string, unknown>;
    cookies?: Record<string, unknown>;
  }) => unknown;
}

const isScalar = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value);
const scalars = ({ valid, invalid }: SchemaEdit) =>
  isScalar(valid) && isScalar(invalid) && valid !== '' && invalid !== '';
/** Every value is text in a URL, so it cannot be invalid for a schema of text. */
const distinct = (edit: SchemaEdit) =>
  scalars(edit) && !(typeof edit.valid === 'string' && typeof edit.invalid !== 'string');
const anything = () => true;

function bodyPlace(
  name: string,
  wrap: (schema: object) => object,
  put: (value: unknown) => unknown,
  get: (body: unknown) => unknown,
): Place {
  return {
    name,
    takes: anything,
    contract: (schema) => {
      const whole = wrap(schema);
      const requestBody = { required: true, content: { 'application/json': { schema: whole } } };
      return contractOf(
        { '/things': { post: echo({ requestBody }) } },
        { components: { schemas: { ...COMPONENTS, Wrapped: schema } } },
      );
    },
    send: (value) => ({ method: 'POST', target: '/things', body: JSON.stringify(put(value)) }),
    seen: ({ body }) => get(body),
  };
}

const property = (value: unknown, name: string): unknown => Reflect.get(Object(value), name);
const parameter = (place: string, schema: object) => ({
  name: 'p',
  in: place,
  ...(place === 'path' && { required: true }),
  schema,
});
const parameterContract = (place: string, path: string) => (schema: object) =>
  contractOf(
    { [path]: { get: echo({ parameters: [parameter(place, schema)] }) } },
    { components: { schemas: COMPONENTS } },
  );

/** Places in requests. */
export const PLACES: readonly Place[] = [
  bodyPlace(
    'body',
    (schema) => schema,
    (value) => value,
    (body) => body,
  ),
  bodyPlace(
    'property',
    (schema) => ({ type: 'object', required: ['a'], properties: { a: schema } }),
    (a) => ({ a }),
    (body) => property(body, 'a'),
  ),
  bodyPlace(
    'nested',
    (schema) => ({ type: 'object', properties: { a: { type: 'object', properties: { b: schema } } } }),
    (b) => ({ a: { b } }),
    (body) => property(property(body, 'a'), 'b'),
  ),
  bodyPlace(
    'item',
    (schema) => ({ type: 'array', items: schema }),
    (value) => [value],
    (body) => property(body, '0'),
  ),
  bodyPlace(
    'reference',
    () => ({ $ref: '#/components/schemas/Wrapped' }),
    (value) => value,
    (body) => body,
  ),
  bodyPlace(
    'allOf',
    () => ({ allOf: [{ $ref: '#/components/schemas/Wrapped' }] }),
    (value) => value,
    (body) => body,
  ),
  bodyPlace(
    'rest',
    (schema) => ({ type: 'object', additionalProperties: schema }),
    (x) => ({ x }),
    (body) => property(body, 'x'),
  ),
  {
    name: 'query',
    takes: distinct,
    contract: parameterContract('query', '/things'),
    send: (value) => ({ method: 'GET', target: `/things?p=${encodeURIComponent(String(value))}` }),
    seen: ({ query }) => query?.p,
  },
  {
    name: 'path',
    takes: distinct,
    contract: parameterContract('path', '/things/{p}'),
    send: (value) => ({ method: 'GET', target: `/things/${encodeURIComponent(String(value))}` }),
    seen: ({ path }) => path?.p,
  },
  {
    name: 'cookie',
    takes: distinct,
    contract: parameterContract('cookie', '/things'),
    send: (value) => ({
      method: 'GET',
      target: '/things',
      headers: { cookie: `p=${encodeURIComponent(String(value))}` },
    }),
    seen: ({ cookies }) => cookies?.p,
  },
];

/** The contract of an operation that responds with a value of the schema. */
export function replyContract(schema: object): object {
  const responses = { ...RESPONSES, 200: { description: '', content: { 'application/json': { schema } } } };
  return contractOf({ '/things': { get: echo({ responses }) } }, { components: { schemas: COMPONENTS } });
}
