import type { Edits } from './edits.js';

/** A change of the contract. */
interface Planted {
  readonly name: string;
  /** Edits that prepare the released contract, if necessary. */
  readonly before?: Edits;
  readonly after: Edits;
}

interface PlantedBreak extends Planted {
  /** A finding that must be reported, among others. */
  readonly says: string;
  /** Whether the reverse change is harmless. */
  readonly isOneWay?: true;
}

const LIST = '/paths/~1v1~1payments/get';
const CREATE = '/paths/~1v1~1payments/post';
const GET = '/paths/~1v1~1payments~1{id}/get';
const PARAMETER = '/components/parameters';
const SCHEMA = '/components/schemas';
/** An operation without a body, which may have one. */
const PATCH: Edits = {
  '/paths/~1admin~1repo/patch': {
    operationId: 'changeRepo',
    responses: {
      204: { $ref: '#/components/responses/Done' },
      400: { $ref: '#/components/responses/BadRequest' },
    },
  },
};
const NEW = `${SCHEMA}/PaymentInput/properties`;
const COUNT = `${SCHEMA}/RepoInfo/properties/count`;
const DUE: Edits = { [`${NEW}/due`]: { type: 'string' } };
const CHOICE = (name: string) => ({
  oneOf: [{ $ref: '#/components/schemas/A' }],
  discriminator: { propertyName: 't', mapping: { [name]: '#/components/schemas/A' } },
});
const AS_JSON = (schema: object) => ({ name: 'filter', in: 'query', content: { 'application/json': { schema } } });
const LABELS = { type: 'array', maxItems: 5, items: { type: 'string', maxLength: 10 } };

/** All of these must be found. */
export const BREAKS: readonly PlantedBreak[] = [
  // Names, which generated clients use.
  { name: 'a path is gone', after: { '/paths/~1metrics': undefined }, says: 'GET /metrics: is gone' },
  {
    name: 'an operation is gone',
    after: { '/paths/~1v1~1payments~1{id}/delete': undefined },
    says: 'DELETE /v1/payments/{id}: is gone',
    isOneWay: true,
  },
  {
    name: 'an operation is renamed',
    after: { [`${LIST}/operationId`]: 'findPayments' },
    says: 'GET /v1/payments: its operationId is findPayments, and was listPayments',
  },
  {
    name: 'an operation moves to another tag',
    after: { [`${LIST}/tags`]: ['lists'] },
    says: 'GET /v1/payments: its first tag is lists, and was payments',
  },
  {
    name: 'a schema is renamed',
    after: {
      [`${SCHEMA}/RepoFacts`]: { type: 'object' },
      [`${SCHEMA}/RepoInfo`]: undefined,
      '/paths/~1admin~1repo/get/responses/200/content/application~1json/schema': {
        $ref: '#/components/schemas/RepoFacts',
      },
    },
    says: 'the schema RepoInfo: is gone, a type of generated clients',
  },
  // Requests that are no longer accepted.
  {
    name: 'credentials are asked for',
    before: {
      '/components/securitySchemes/key': { type: 'http', scheme: 'bearer' },
      [`${LIST}/responses/401`]: { $ref: '#/components/responses/Unauthorized' },
    },
    after: { [`${LIST}/security`]: [{ key: [] }] },
    says: 'GET /v1/payments: requires other credentials',
    isOneWay: true,
  },
  {
    name: 'a parameter is gone',
    after: { [`${LIST}/parameters/2`]: undefined },
    says: 'GET /v1/payments, query parameter to: is gone',
    isOneWay: true,
  },
  {
    name: 'a new parameter is required',
    after: {
      [`${LIST}/parameters/-`]: {
        name: 'currency',
        in: 'query',
        required: true,
        example: 'GBP',
        schema: { type: 'string' },
      },
    },
    says: 'GET /v1/payments, query parameter currency: is new, and required',
  },
  {
    name: 'a parameter becomes required',
    after: { [`${PARAMETER}/Size/required`]: true },
    says: 'GET /v1/payments, query parameter size: is required now',
    isOneWay: true,
  },
  {
    name: 'a parameter is written in another way',
    before: { [`${PARAMETER}/After/schema`]: { type: 'array', items: { type: 'string' } } },
    after: { [`${PARAMETER}/After/explode`]: false },
    says: 'GET /v1/payments, query parameter after: is written in another way',
  },
  {
    name: 'the greatest value of a parameter is lower',
    after: { [`${PARAMETER}/From/schema/maximum`]: 1000 },
    says: 'GET /v1/payments, query parameter from: its maximum is 1000, and was 9007199254740991',
    isOneWay: true,
  },
  {
    name: 'the least value of a parameter is excluded',
    after: { [`${PARAMETER}/Size/schema/exclusiveMinimum`]: true },
    says: 'GET /v1/payments, query parameter size: its minimum is "without 1", and was 1',
    isOneWay: true,
  },
  {
    name: 'a parameter must be longer',
    after: { [`${PARAMETER}/After/schema/minLength`]: 8 },
    says: 'GET /v1/payments, query parameter after: its minLength is 8, and was 1',
    isOneWay: true,
  },
  {
    name: 'a parameter gets a pattern',
    after: { [`${PARAMETER}/After/schema/pattern`]: '^[a-z]+$' },
    says: 'GET /v1/payments, query parameter after: its pattern is "^[a-z]+$", and was free',
    isOneWay: true,
  },
  {
    name: 'a parameter allows a character less',
    after: { [`${PARAMETER}/CreateKey/schema/pattern`]: '^[!-}]+$' },
    says: 'POST /v1/payments, header parameter idempotency-key: its pattern is "^[!-}]+$", and was "^[!-~]+$"',
  },
  {
    name: 'a parameter has another pattern',
    after: { [`${PARAMETER}/IfMatch/schema/pattern`]: '^"[0-9]+"$' },
    says: String.raw`PUT /v1/payments/{id}, header parameter if-match: its pattern is "^\"[0-9]+\"$", and was "^[ \\t]*(\\*|(,[ \\t]*)*(W/)?\"[!#-~\\u0080-\\u00ff]*\"([ \\t]*,([ \\t]*(W/)?\"[!#-~\\u0080-\\u00ff]*\")?)*)[ \\t]*$"`,
  },
  {
    name: 'a body becomes required',
    before: { '/components/requestBodies/CreatePayment/required': false },
    after: { '/components/requestBodies/CreatePayment/required': true },
    says: 'POST /v1/payments, body: is required now',
    isOneWay: true,
  },
  {
    name: 'a new body is required',
    before: PATCH,
    after: { '/paths/~1admin~1repo/patch/requestBody': { $ref: '#/components/requestBodies/CreatePayment' } },
    says: 'PATCH /admin/repo, body: is new, and required',
  },
  {
    name: 'a body has another media type',
    after: {
      '/components/requestBodies/CreatePayment/content/application~1xml': { schema: { type: 'string' } },
      '/components/requestBodies/CreatePayment/content/application~1json': undefined,
    },
    says: 'POST /v1/payments, body, application/json: is gone',
  },
  {
    name: 'a property of a body becomes required',
    after: { [`${SCHEMA}/PaymentInput/required/-`]: 'version' },
    says: 'POST /v1/payments, body/data/version: is required now',
    isOneWay: true,
  },
  {
    name: 'a property of a body is gone, and others are rejected',
    after: { [`${NEW}/version`]: undefined },
    says: 'POST /v1/payments, body/data/version: is no longer taken',
    isOneWay: true,
  },
  {
    name: 'properties that are not described are rejected',
    after: { [`${SCHEMA}/CreatePaymentRequest/properties/links/additionalProperties`]: false },
    says: 'POST /v1/payments, body/links: takes no further properties now',
    isOneWay: true,
  },
  {
    name: 'members that were the client’s own get a type',
    after: { [`${SCHEMA}/CreatePaymentRequest/properties/links/properties`]: { self: { type: 'string' } } },
    says: 'POST /v1/payments, body/links/self: may be of any type on one side, and only string on the other',
    isOneWay: true,
  },
  {
    name: 'a value of a body is no longer taken',
    before: { [`${NEW}/type/enum`]: ['Payment', 'Refund'] },
    after: { [`${NEW}/type/enum`]: ['Payment'] },
    says: 'POST /v1/payments, body/data/type: the value "Refund" is no longer taken',
    isOneWay: true,
  },
  {
    name: 'a property of a body may be only one of some values',
    before: DUE,
    after: { [`${NEW}/due/enum`]: ['now', 'later'] },
    // The message calls a schema without an enum "any value".
    says: 'POST /v1/payments, body/data/due: one side allows every value, and the other a list of values',
    isOneWay: true,
  },
  {
    name: 'a property of a body has another type',
    after: { [`${NEW}/version`]: { type: 'string' } },
    says: 'POST /v1/payments, body/data/version: its type is ["string"], and was ["integer"]',
  },
  {
    name: 'a property of a body may no longer be null',
    before: { [`${NEW}/version/nullable`]: true },
    after: { [`${NEW}/version/nullable`]: undefined },
    says: 'POST /v1/payments, body/data/version: its type is ["integer"], and was ["integer","null"]',
    isOneWay: true,
  },
  {
    name: 'a property of a body must be shorter',
    after: { [`${NEW}/id/maxLength`]: 36 },
    says: 'POST /v1/payments, body/data/id: its maxLength is 36, and was 255',
    isOneWay: true,
  },
  {
    name: 'a property of a body gets a format',
    before: DUE,
    after: { [`${NEW}/due/format`]: 'date' },
    says: 'POST /v1/payments, body/data/due: its format is "date", and was free',
    isOneWay: true,
  },
  {
    name: 'a list in a body may hold less',
    before: { [`${NEW}/labels`]: LABELS },
    after: { [`${NEW}/labels/maxItems`]: 3 },
    says: 'POST /v1/payments, body/data/labels: its maxItems is 3, and was 5',
    isOneWay: true,
  },
  {
    name: 'what is in a list of a body must be shorter',
    before: { [`${NEW}/labels`]: LABELS },
    after: { [`${NEW}/labels/items/maxLength`]: 3 },
    says: 'POST /v1/payments, body/data/labels/[]: its maxLength is 3, and was 10',
    isOneWay: true,
  },
  {
    name: 'a composition of schemas is another one',
    before: { [`${NEW}/due`]: { anyOf: [{ type: 'string' }, { type: 'integer' }] } },
    after: { [`${NEW}/due`]: { anyOf: [{ type: 'string' }] } },
    says: 'POST /v1/payments, body/data/due: its anyOf is [{"type":"string"}], and was [{"type":"string"},{"type":"integer"}]',
  },
  {
    name: 'what a client sends is ignored',
    before: DUE,
    after: { [`${NEW}/due/readOnly`]: true },
    says: 'POST /v1/payments, body/data/due: is ignored now',
  },
  {
    name: 'a default is another one',
    before: { [`${NEW}/due`]: { type: 'string', default: 'now' } },
    after: { [`${NEW}/due/default`]: 'later' },
    says: 'POST /v1/payments, body/data/due: its default is "later", and was "now"',
  },
  {
    name: 'a branch has another name',
    before: {
      [`${SCHEMA}/A`]: { type: 'object', required: ['t'], properties: { t: { type: 'string' } } },
      [`${NEW}/due`]: CHOICE('a'),
    },
    after: { [`${NEW}/due`]: CHOICE('b') },
    says: 'POST /v1/payments, body/data/due: its discriminator is {"propertyName":"t","mapping":{"b":"#/components/schemas/A"}}, and was {"propertyName":"t","mapping":{"a":"#/components/schemas/A"}}',
  },
  {
    name: 'a parameter of JSON becomes narrower',
    before: { [`${LIST}/parameters/-`]: AS_JSON({ type: 'integer' }) },
    after: { [`${LIST}/parameters/7`]: AS_JSON({ type: 'integer', minimum: 0 }) },
    says: 'GET /v1/payments, query parameter filter: its minimum is 0, and was free',
    isOneWay: true,
  },
  {
    name: 'a parameter is no longer JSON',
    before: { [`${LIST}/parameters/-`]: AS_JSON({ type: 'string' }) },
    after: { [`${LIST}/parameters/7`]: { name: 'filter', in: 'query', schema: { type: 'string' } } },
    says: 'GET /v1/payments, query parameter filter: is written in another way',
  },
  {
    name: 'a parameter may no longer be empty',
    before: { [`${PARAMETER}/Size/allowEmptyValue`]: true },
    after: { [`${PARAMETER}/Size/allowEmptyValue`]: undefined },
    says: 'GET /v1/payments, query parameter size: may no longer be empty',
    isOneWay: true,
  },
  {
    name: 'credentials are sent in another way',
    before: { '/components/securitySchemes/operatorToken/x-optional': undefined },
    after: { '/components/securitySchemes/operatorToken/scheme': 'basic' },
    says: 'GET /admin/repo: requires other credentials',
  },
  // Replies that clients did not expect.
  {
    name: 'a status is gone',
    after: { [`${GET}/responses/404`]: undefined },
    says: 'GET /v1/payments/{id}, 404: is gone',
    isOneWay: true,
  },
  {
    name: 'success has a new status',
    after: { [`${CREATE}/responses/202`]: { description: 'Later.' } },
    says: 'POST /v1/payments, 202: is a new kind of success',
  },
  {
    name: 'a reply has another media type',
    after: {
      '/paths/~1metrics/get/responses/200/content/text~1html': { schema: { type: 'string' } },
      '/paths/~1metrics/get/responses/200/content/text~1plain': undefined,
    },
    says: 'GET /metrics, 200, text/plain: is gone',
  },
  {
    name: 'a header is gone',
    after: { [`${CREATE}/responses/201/headers/Location`]: undefined },
    says: 'POST /v1/payments, 201, header Location: is gone',
    isOneWay: true,
  },
  {
    name: 'a header is no longer always there',
    after: { '/components/headers/ETag/required': false },
    says: 'GET /v1/payments/{id}, 200, header ETag: is no longer always there',
    isOneWay: true,
  },
  {
    name: 'a header may have a further value',
    after: { '/components/headers/Cache-Control/schema/enum/-': 'no-store' },
    says: 'GET /v1/payments/{id}, 200, header Cache-Control: the value "no-store" is new',
    isOneWay: true,
  },
  {
    name: 'a property of a reply is no longer always there',
    after: { [`${SCHEMA}/PageLinks/required`]: ['self'] },
    says: 'GET /v1/payments, 200/links/next: is no longer always there',
    isOneWay: true,
  },
  {
    name: 'an optional property of a reply is gone',
    after: { [`${SCHEMA}/PageLinks/properties/prev`]: undefined },
    says: 'GET /v1/payments, 200/links/prev: is gone',
  },
  {
    name: 'an optional property deep in a list of a reply is gone',
    before: { [`${SCHEMA}/Fault/properties/rule`]: { type: 'string' } },
    after: { [`${SCHEMA}/Fault/properties/rule`]: undefined },
    says: 'GET /v1/payments, 400/errors/[]/rule: is gone',
  },
  {
    name: 'a reply that was complete gets a member',
    after: { [`${SCHEMA}/RepoInfo/properties/size`]: { type: 'integer' } },
    says: 'GET /admin/repo, 200/size: is new, and clients expect no other property',
  },
  {
    name: 'a reply that was complete may have further properties',
    after: { [`${SCHEMA}/RepoInfo/additionalProperties`]: true },
    says: 'GET /admin/repo, 200: may have further properties now',
    isOneWay: true,
  },
  {
    name: 'a reply may have a further value',
    after: { [`${SCHEMA}/Health/properties/status/enum/-`]: 'starting' },
    says: 'GET /health, 200/status: the value "starting" is new',
    isOneWay: true,
  },
  {
    name: 'a reply has a wider type',
    after: { [`${COUNT}/type`]: 'number' },
    says: 'GET /admin/repo, 200/count: its type is ["number"], and was ["integer"]',
    isOneWay: true,
  },
  {
    name: 'a property of a reply may be null',
    after: { [`${COUNT}/nullable`]: true },
    says: 'GET /admin/repo, 200/count: its type is ["integer","null"], and was ["integer"]',
    isOneWay: true,
  },
  {
    name: 'a number of a reply has no least value any more',
    after: { [`${COUNT}/minimum`]: undefined },
    says: 'GET /admin/repo, 200/count: its minimum is free, and was 0',
    isOneWay: true,
  },
  {
    name: 'a number of a reply may be greater',
    before: { [`${COUNT}/maximum`]: 5 },
    after: { [`${COUNT}/maximum`]: 6 },
    says: 'GET /admin/repo, 200/count: its maximum is 6, and was 5',
    isOneWay: true,
  },
  {
    name: 'a text of a reply loses its pattern',
    after: { '/components/headers/Retry-After/schema/pattern': undefined },
    says: 'GET /v1/payments, 503, header Retry-After: its pattern is free, and was "^[0-9]+$"',
    isOneWay: true,
  },
  {
    name: 'a code of an open list is renamed',
    after: { [`${SCHEMA}/ErrorCode/enum/0`]: 'request_invalid' },
    says: 'GET /v1/payments, 400/code: the value "validation_failed" is gone',
  },
  {
    name: 'a code is gone from an open list that is no enum any more',
    after: {
      [`${SCHEMA}/Problem/properties/code`]: {
        type: 'string',
        'x-open-enum': { type: 'string', enum: ['malformed_json'] },
      },
    },
    says: 'GET /v1/payments, 400/code: the value "validation_failed" is gone',
  },
];

/** None of these may be reported. */
export const HARMLESS: readonly Planted[] = [
  { name: 'words', after: { [`${LIST}/description`]: 'Every payment.', '/info/title': 'Payments' } },
  { name: 'an example', after: { [`${COUNT}/example`]: 43 } },
  { name: 'a member is marked as deprecated', after: { [`${NEW}/version/deprecated`]: true } },
  {
    name: 'a new path',
    after: { '/paths/~1ready': { get: { operationId: 'getReady', responses: { '200': { description: 'Yes.' } } } } },
  },
  {
    name: 'a new optional parameter',
    after: { [`${LIST}/parameters/-`]: { name: 'currency', in: 'query', schema: { type: 'string' } } },
  },
  { name: 'a new optional property of a body', after: DUE },
  {
    name: 'a new media type of a body',
    after: {
      '/components/requestBodies/CreatePayment/content/application~1cbor': {
        schema: { type: 'string', format: 'binary' },
      },
    },
  },
  {
    name: 'a body that need not be sent',
    before: PATCH,
    after: {
      '/paths/~1admin~1repo/patch/requestBody': { content: { 'application/json': { schema: { type: 'object' } } } },
    },
  },
  {
    name: 'a new property that the service alone sets',
    after: {
      [`${SCHEMA}/Payment/properties/created`]: { type: 'string', readOnly: true },
      [`${SCHEMA}/PaymentInput/properties/created`]: { type: 'string', readOnly: true },
      [`${SCHEMA}/PaymentInput/required/-`]: 'created',
    },
    before: { [`${SCHEMA}/Payment/additionalProperties`]: true },
  },
  {
    name: 'a new property that clients alone send',
    after: { [`${SCHEMA}/Payment/properties/reason`]: { type: 'string', writeOnly: true } },
  },
  { name: 'a type of a body becomes wider', after: { [`${NEW}/version/type`]: 'number' } },
  {
    name: 'parameters in another order',
    after: {
      [`${LIST}/parameters/0`]: { $ref: '#/components/parameters/Size' },
      [`${LIST}/parameters/1`]: { $ref: '#/components/parameters/From' },
    },
  },
  {
    name: 'a parameter of an operation becomes one of its path',
    after: {
      '/paths/~1v1~1payments/parameters': [{ $ref: '#/components/parameters/RequestId' }],
      [`${LIST}/parameters/6`]: undefined,
    },
  },
  { name: 'a header parameter in other letters', after: { [`${PARAMETER}/IfMatch/name`]: 'IF-MATCH' } },
  {
    name: 'a schema is written out',
    after: {
      [`${SCHEMA}/PaymentReply/properties/links`]: {
        type: 'object',
        required: ['self'],
        properties: { self: { type: 'string', format: 'uri' } },
        additionalProperties: false,
      },
    },
  },
  {
    name: 'a schema gets words of its own by way of allOf',
    after: {
      [`${SCHEMA}/PaymentReply/properties/data`]: {
        description: 'It.',
        allOf: [{ $ref: '#/components/schemas/Payment' }],
      },
    },
  },
  {
    name: 'a new optional property of a part of a body',
    before: { [`${NEW}/due`]: { allOf: [{ type: 'object', properties: { a: {} } }, { properties: { b: {} } }] } },
    after: { [`${NEW}/due/allOf/1/properties/c`]: {} },
  },
  {
    name: 'alternatives in another order',
    before: { [`${NEW}/due`]: { anyOf: [{ type: 'string' }, { type: 'integer' }] } },
    after: { [`${NEW}/due`]: { anyOf: [{ type: 'integer' }, { type: 'string' }] } },
  },
  {
    name: 'a character class in another spelling',
    after: { [`${PARAMETER}/CreateKey/schema/pattern`]: String.raw`^[^\u0000-\x20\x7f-\u{10ffff}]+$` },
  },
  {
    name: 'what is so without being written',
    before: { [`${NEW}/labels`]: { items: { type: 'string' } } },
    after: {
      [`${NEW}/labels`]: { type: 'array', items: { type: 'string' }, uniqueItems: false },
      [`${PARAMETER}/Size/style`]: 'form',
      [`${PARAMETER}/Size/explode`]: true,
    },
  },
  {
    name: 'a default that is written down',
    before: DUE,
    after: { [`${NEW}/due/default`]: 'now' },
  },
  {
    name: 'fewer credentials are asked for',
    before: {
      '/components/securitySchemes/key': { type: 'apiKey', in: 'header', name: 'Key' },
      '/components/securitySchemes/operatorToken/x-optional': undefined,
      '/paths/~1admin~1repo/get/security': [{ operatorToken: [], key: [] }],
    },
    after: { '/paths/~1admin~1repo/get/security': [{ operatorToken: [] }] },
  },
  { name: 'a new schema', after: { [`${SCHEMA}/Refund`]: { type: 'object' } } },
  { name: 'a new kind of error', after: { [`${GET}/responses/410`]: { description: 'Gone.' } } },
  {
    name: 'a new header',
    after: { '/components/responses/PaymentFound/headers/Last-Modified': { schema: { type: 'string' } } },
  },
  {
    name: 'a reply in a further media type',
    after: { '/paths/~1metrics/get/responses/200/content/application~1json': { schema: { type: 'object' } } },
  },
  {
    name: 'a new member of a reply that was open',
    after: { [`${SCHEMA}/Problem/properties/hint`]: { type: 'string' } },
  },
  {
    name: 'an open list is no enum any more',
    after: {
      [`${SCHEMA}/Problem/properties/code`]: {
        type: 'string',
        'x-open-enum': { $ref: '#/components/schemas/ErrorCode' },
      },
    },
  },
  { name: 'a new code of an open list', after: { [`${SCHEMA}/ErrorCode/enum/-`]: 'quota_exceeded' } },
  { name: 'a property of a reply is always there from now on', after: { [`${SCHEMA}/PageLinks/required/-`]: 'prev' } },
  { name: 'a new version', after: { '/info/version': '7.0.0' } },
];
