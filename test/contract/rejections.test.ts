import { createRequire } from 'node:module';
import { expect } from 'chai';
import { KEYWORDS, type KindKeywords } from '../../scripts/generate/check/keywords.js';
import { expectGenerated } from '../docs/markdown.js';
import { contractOf, echo, RESPONSES, Workshop } from './kit.js';

const schema = (value: object) =>
  contractOf({ '/things': { post: echo({ requestBody: { content: { 'application/json': { schema: value } } } }) } });
const parameter = (value: object) =>
  contractOf({ '/things': { get: echo({ parameters: [{ name: 'p', in: 'query', ...value }] }) } });
const operation = (value: object) => contractOf({ '/things': { get: echo(value) } });
const AT = '/paths/~1things/get';
const SCHEMA = '/paths/~1things/post/requestBody/content/application~1json/schema';
const noBody = { description: '' };
const content = (mediaTypes: object) =>
  operation({ responses: { 200: { description: '', content: mediaTypes }, 400: RESPONSES[400] } });
const header = (headers: object) => operation({ responses: { ...RESPONSES, 200: { description: '', headers } } });
const scheme = (value: object) =>
  contractOf({ '/things': { get: echo() } }, { components: { securitySchemes: { key: value } } });
const text = { schema: { type: 'string' } };
const KEY = '/components/securitySchemes/key/name';
const OPTIONAL = '/components/securitySchemes/key/x-optional';
const bearer = { type: 'http', scheme: 'bearer' };
const email = { type: 'string', format: 'email' };
const FORM = '/paths/~1things/post/requestBody/content/multipart~1form-data/schema/properties';
const file = { type: 'string', format: 'binary' };
const form = (properties: object) =>
  contractOf({
    '/things': {
      post: echo({ requestBody: { content: { 'multipart/form-data': { schema: { type: 'object', properties } } } } }),
    },
  });
const withDefault = { type: 'string', default: 'a' };
const listWithDefault = { schema: { type: 'array', items: withDefault } };
const open = (names: object) => ({ schema: { type: 'object', ...names } });
const twoParameters = (one: object, other: object) =>
  operation({
    parameters: [
      { name: 'p', in: 'query', ...one },
      { name: 'p[a]', in: 'query', ...other },
    ],
  });
const treeOf = (kind: string) => {
  const args = { type: 'array', items: { $ref: '#/components/schemas/Tree' } };
  return { type: 'object', required: ['kind'], properties: { kind: { type: 'string', enum: [kind] }, args } };
};
const branches = (mapping: object, tag: object = {}, more: object = {}) =>
  contractOf(
    { '/things': { get: echo() } },
    {
      components: {
        schemas: {
          A: { type: 'object', required: ['t'], properties: { t: tag } },
          B: { type: 'object', required: ['t'] },
          U: {
            ...more,
            oneOf: [{ $ref: '#/components/schemas/A' }, { $ref: '#/components/schemas/B' }],
            discriminator: { propertyName: 't', mapping },
          },
        },
      },
    },
  );

/** Rejected contracts, and the pointers. */
const REJECTED: readonly (readonly [name: string, document: object, pointer: string, advice: RegExp])[] = [
  ['an unknown keyword', schema({ type: 'string', maxlength: 3 }), `${SCHEMA}/maxlength`, /write maxLength/],
  ['one like two others', schema({ type: 'string', minlength: 3 }), `${SCHEMA}/minlength`, /write minLength/],
  ['a keyword of a newer version', schema({ const: 5 }), `${SCHEMA}/const`, /enum with one value/],
  ['a merge key', schema({ '<<': { type: 'string' } }), `${SCHEMA}/<<`, /write the keys out/],
  ['a list of types', schema({ type: ['string', 'null'] }), `${SCHEMA}/type`, /for null, write nullable/],
  ['the type null', schema({ type: 'null' }), `${SCHEMA}/type`, /nullable: true/],
  ['xml', schema({ type: 'string', xml: { name: 'a' } }), `${SCHEMA}/xml`, /no XML/],
  ['no operation', contractOf({ '/things': { summary: 'a' }, 'x-note': {} }), '/paths', /must have an operation/],
  [
    'a keyword of another type',
    schema({ type: 'integer', minLength: 3 }),
    `${SCHEMA}/minLength`,
    /no effect on type integer/,
  ],
  ['an unknown format', schema({ type: 'string', format: 'postcode' }), `${SCHEMA}/format`, /pattern, or one of byte,/],
  ['a format of another type', schema({ type: 'string', format: 'int32' }), `${SCHEMA}/format`, /no effect/],
  ['a broken pattern', schema({ type: 'string', pattern: '(' }), `${SCHEMA}/pattern`, /regular expression/],
  ['nullable without type', schema({ nullable: true, allOf: [{ type: 'object' }] }), `${SCHEMA}/nullable`, /with type/],
  [
    'nullable with an enum without null',
    schema({ type: 'string', nullable: true, enum: ['A'] }),
    `${SCHEMA}/enum`,
    /list null/,
  ],
  [
    'an enum value of another type',
    schema({ type: 'string', enum: ['a', 1] }),
    `${SCHEMA}/enum`,
    /1 is not of type string/,
  ],
  [
    'a default of another type',
    schema({ type: 'object', properties: { a: { type: 'integer', default: 'x' } } }),
    `${SCHEMA}/properties/a/default`,
    /not of type/,
  ],
  [
    'a default that does not fit',
    schema({ type: 'object', properties: { a: { type: 'integer', default: 5, maximum: 3 } } }),
    `${SCHEMA}/properties/a/default`,
    /does not fit/,
  ],
  [
    'a default in a choice',
    schema({ oneOf: [{ type: 'object', properties: { a: { type: 'string', default: 'x' } } }] }),
    `${SCHEMA}/oneOf/0/properties/a/default`,
    /oneOf/,
  ],
  [
    'readOnly in a choice',
    schema({ anyOf: [{ type: 'object', properties: { a: { readOnly: true } } }] }),
    `${SCHEMA}/anyOf/0/properties/a/readOnly`,
    /oneOf/,
  ],
  ...(['default', 'readOnly', 'writeOnly'] as const).map(
    (keyword) =>
      [
        `${keyword} in a value whose text is kept`,
        schema({
          type: 'object',
          'x-verbatim': true,
          properties: { a: { type: 'string', [keyword]: keyword === 'default' ? 'x' : true } },
        }),
        `${SCHEMA}/properties/a/${keyword}`,
        /within x-verbatim/,
      ] as const,
  ),
  [
    'readOnly on no property',
    schema({ type: 'array', items: { type: 'string', readOnly: true } }),
    `${SCHEMA}/items/readOnly`,
    /only on a property/,
  ],
  ['a media type without a slash', content({ json: {} }), `${AT}/responses/200/content/json`, /a slash and a subtype/],
  [
    'a range without a type',
    contractOf({ '/things': { post: echo({ requestBody: { content: { '*/json': {} } } }) } }),
    '/paths/~1things/post/requestBody/content/*~1json',
    /not a media type/,
  ],
  [
    'a media type twice in a response',
    content({ 'text/plain': text, 'Text/Plain; charset=utf-8': text }),
    `${AT}/responses/200/content/Text~1Plain; charset=utf-8`,
    /twice/,
  ],
  ...['Transfer-Encoding', 'connection', 'Content-Length', 'Upgrade'].map(
    (name) =>
      [
        `the header ${name} in a response`,
        header({ [name]: text }),
        `${AT}/responses/200/headers/${name}`,
        /the service itself/,
      ] as const,
  ),
  ['a header of two words', header({ 'X Y': text }), `${AT}/responses/200/headers/X Y`, /letters, digits/],
  ['a header twice', header({ 'X-A': text, 'x-a': text }), `${AT}/responses/200/headers/x-a`, /twice/],
  [
    'a list of lists in a header',
    header({ 'X-A': { schema: { type: 'array', items: { type: 'array', items: {} } } } }),
    `${AT}/responses/200/headers/X-A`,
    /a list of them/,
  ],
  [
    'a list of cookies',
    header({ 'Set-Cookie': { schema: { type: 'array', items: { type: 'string' } } } }),
    `${AT}/responses/200/headers/Set-Cookie`,
    /commas/,
  ],
  [
    'a default of a required parameter',
    parameter({ required: true, schema: withDefault }),
    `${AT}/parameters/0`,
    /never applied/,
  ],
  [
    'a default of a required property',
    schema({ type: 'object', required: ['a'], properties: { a: withDefault } }),
    `${SCHEMA}/required`,
    /a is required, so that its default is never applied/,
  ],
  ['a default of items', schema({ type: 'array', items: withDefault }), `${SCHEMA}/items/default`, /no effect here/],
  ['a default of a whole body', schema(withDefault), `${SCHEMA}/default`, /no effect here/],
  [
    'a default of items in a parameter',
    parameter({ schema: { type: 'array', items: withDefault } }),
    `${AT}/parameters/0/schema/items/default`,
    /no effect here/,
  ],
  [
    'a default of items in a parameter of the path',
    contractOf({ '/things': { parameters: [{ name: 'p', in: 'query', ...listWithDefault }], get: echo() } }),
    '/paths/~1things/parameters/0/schema/items/default',
    /no effect here/,
  ],
  [
    'a default of items in a parameter after one of the path',
    contractOf({
      '/things': {
        parameters: [{ name: 'p', in: 'query', ...text }],
        get: echo({ parameters: [{ name: 'q', in: 'query', ...listWithDefault }] }),
      },
    }),
    `${AT}/parameters/0/schema/items/default`,
    /no effect here/,
  ],
  [
    'a default of items in a body of components',
    contractOf(
      { '/things': { post: echo({ requestBody: { $ref: '#/components/requestBodies/b' } }) } },
      { components: { requestBodies: { b: { content: { 'application/json': listWithDefault } } } } },
    ),
    '/components/requestBodies/b/content/application~1json/schema/items/default',
    /no effect here/,
  ],
  [
    'an object twice in an enum',
    schema({
      type: 'object',
      enum: [
        { a: 1, b: 2 },
        { b: 2, a: 1 },
      ],
    }),
    `${SCHEMA}/enum`,
    /twice/,
  ],
  [
    'equal bounds, one of them exclusive',
    schema({ type: 'integer', minimum: 5, maximum: 5, exclusiveMaximum: true }),
    `${SCHEMA}/minimum`,
    /nothing fits/,
  ],
  ['x-verbatim of text', schema({ type: 'string', 'x-verbatim': true }), `${SCHEMA}/x-verbatim`, /type: object/],
  ['x-detail without text', schema({ ...email, 'x-detail': '' }), `${SCHEMA}/x-detail`, /must be a text/],
  ['x-detail of a parameter', parameter({ ...text, 'x-detail': 'no' }), `${AT}/parameters/0/x-detail`, /in a Schema/],
  ['x-optional in words', scheme({ ...bearer, 'x-optional': 'yes' }), OPTIONAL, /must be true/],
  ['x-verbatim in words', schema({ type: 'object', 'x-verbatim': 'yes' }), `${SCHEMA}/x-verbatim`, /must be true/],
  [
    'a scheme of a key',
    scheme({ type: 'apiKey', in: 'header', name: 'X', scheme: 'bearer' }),
    '/components/securitySchemes/key/scheme',
    /no effect on type apiKey/,
  ],
  [
    'a name of a token',
    scheme({ type: 'http', scheme: 'bearer', name: 'X' }),
    '/components/securitySchemes/key/name',
    /no effect on type http/,
  ],
  [
    'a key without a name',
    scheme({ type: 'apiKey', in: 'header', name: '' }),
    '/components/securitySchemes/key',
    /name/,
  ],
  [
    'a parameter that is the property of another: deepObject',
    twoParameters({ style: 'deepObject', ...open({ properties: { a: {} } }) }, text),
    `${AT}/parameters/1`,
    /already taken by the parameter p$/,
  ],
  [
    'a parameter that is the property of another: form',
    twoParameters(open({ properties: { 'p[a]': {} } }), text),
    `${AT}/parameters/1`,
    /already taken/,
  ],
  [
    'two parameters that take any name',
    twoParameters(open({ additionalProperties: true }), open({ additionalProperties: {} })),
    `${AT}/parameters/1`,
    /already taken/,
  ],
  [
    'a value that names two branches',
    branches({ B: '#/components/schemas/A' }),
    '/components/schemas/U/discriminator',
    /B names two/,
  ],
  [
    'a branch that the name of its schema cannot select',
    branches({ b: 'B' }, { type: 'string', enum: ['a'] }),
    '/components/schemas/U/discriminator',
    /^A names #\/components\/schemas\/A, whose t cannot be A: write a mapping$/,
  ],
  [
    'anyOf beside oneOf with a discriminator',
    branches({}, {}, { anyOf: [{ type: 'object', required: ['x'] }] }),
    '/components/schemas/U/anyOf',
    /write anyOf into allOf/,
  ],
  ...['application/x-www-form-urlencoded', 'multipart/form-data'].map(
    (mediaType) =>
      [
        `other properties of ${mediaType} that are numbers`,
        contractOf({
          '/things': {
            post: echo({
              requestBody: { content: { [mediaType]: open({ additionalProperties: { type: 'integer' } }) } },
            }),
          },
        }),
        `/paths/~1things/post/requestBody/content/${mediaType.replace('/', '~1')}`,
        /can only be text/,
      ] as const,
  ),
  [
    'other files of a form',
    contractOf({
      '/things': {
        post: echo({ requestBody: { content: { 'multipart/form-data': open({ additionalProperties: file }) } } }),
      },
    }),
    '/paths/~1things/post/requestBody/content/multipart~1form-data',
    /can only be text/,
  ],
  [
    'a property that is text in one branch and a number in another',
    parameter({
      schema: { oneOf: [{ type: 'integer' }, { type: 'string' }].map((a) => ({ type: 'object', properties: { a } })) },
    }),
    `${AT}/parameters/0`,
    /told apart/,
  ],
  [
    'an enum of objects in a parameter',
    parameter({ style: 'deepObject', schema: { type: 'object', properties: { a: {} }, enum: [{ a: 'x' }] } }),
    `${AT}/parameters/0`,
    /not compared/,
  ],
  ['an array without items', schema({ type: 'array' }), `${SCHEMA}/type`, /items/],
  [
    'exclusiveMinimum alone',
    schema({ type: 'integer', exclusiveMinimum: true }),
    `${SCHEMA}/exclusiveMinimum`,
    /minimum next to it/,
  ],
  [
    'exclusiveMinimum as a number',
    schema({ type: 'integer', exclusiveMinimum: 5 }),
    `${SCHEMA}/exclusiveMinimum`,
    /boolean/,
  ],
  [
    'bounds that nothing fits',
    schema({ type: 'string', minLength: 3, maxLength: 2 }),
    `${SCHEMA}/minLength`,
    /nothing fits/,
  ],
  [
    'a required property that cannot be',
    schema({ type: 'object', required: ['a'], additionalProperties: false }),
    `${SCHEMA}/required`,
    /nothing fits/,
  ],
  [
    'a discriminator without oneOf',
    schema({ type: 'object', discriminator: { propertyName: 'a' } }),
    `${SCHEMA}/discriminator`,
    /oneOf/,
  ],
  [
    'a discriminator over schemas without a name',
    schema({ oneOf: [{ type: 'object' }], discriminator: { propertyName: 'a' } }),
    `${SCHEMA}/oneOf`,
    /references/,
  ],
  [
    'something beside $ref',
    contractOf(
      { '/things': { get: echo() } },
      { components: { schemas: { A: { $ref: '#/components/schemas/B', nullable: true }, B: {} } } },
    ),
    '/components/schemas/A/nullable',
    /allOf/,
  ],
  [
    'a choice that two branches lead back to',
    contractOf(
      { '/things': { get: echo() } },
      { components: { schemas: { Tree: { oneOf: [treeOf('and'), treeOf('or')] } } } },
    ),
    '/components/schemas/Tree/oneOf',
    /exponential time: add a discriminator/,
  ],
  [
    'a reference to another kind',
    contractOf({ '/things': { get: echo() } }, { components: { schemas: { A: { $ref: '#/paths/~1things/get' } } } }),
    '/components/schemas/A/$ref',
    /a Operation, not to a Schema/,
  ],
  [
    'a reference to itself',
    contractOf({ '/things': { get: echo() } }, { components: { schemas: { A: { $ref: '#/components/schemas/A' } } } }),
    '/components/schemas/A/$ref',
    /back to itself/,
  ],
  [
    'a parameter without a 400',
    operation({ parameters: [{ name: 'p', in: 'query', schema: { type: 'string' } }], responses: { 200: noBody } }),
    `${AT}/parameters/0`,
    /declare the response 400 of echo$/,
  ],
  [
    'a body without a 400',
    contractOf({
      '/things': { post: echo({ requestBody: { content: { 'application/json': {} } }, responses: { 200: noBody } }) },
    }),
    '/paths/~1things/post/requestBody',
    /400/,
  ],
  [
    'a body of a GET',
    operation({ requestBody: { content: { 'application/json': {} } } }),
    `${AT}/requestBody`,
    /means nothing in a GET/,
  ],
  [
    'a style of another place',
    parameter({ schema: { type: 'string' }, style: 'simple' }),
    `${AT}/parameters/0`,
    /form or spaceDelimited/,
  ],
  [
    'deepObject for text',
    parameter({ schema: { type: 'string' }, style: 'deepObject' }),
    `${AT}/parameters/0`,
    /for objects/,
  ],
  ['null in a parameter', parameter({ schema: { type: 'string', nullable: true } }), `${AT}/parameters/0`, /nullable/],
  [
    'text and numbers in one parameter',
    parameter({ schema: { oneOf: [{ type: 'string' }, { type: 'integer' }] } }),
    `${AT}/parameters/0`,
    /told apart/,
  ],
  [
    'lists in a list',
    parameter({ schema: { type: 'array', items: { type: 'array', items: {} } } }),
    `${AT}/parameters/0`,
    /plain values/,
  ],
  [
    'allowReserved',
    parameter({ schema: { type: 'string' }, allowReserved: true }),
    `${AT}/parameters/0/allowReserved`,
    /leave it out/,
  ],
  [
    'a parameter twice',
    operation({
      parameters: [
        { name: 'p', in: 'query', schema: {} },
        { name: 'p', in: 'query', schema: {} },
      ],
    }),
    `${AT}/parameters/1`,
    /twice/,
  ],
  [
    'a header that OpenAPI ignores',
    operation({ parameters: [{ name: 'Accept', in: 'header', schema: { type: 'string' } }] }),
    `${AT}/parameters/0`,
    /media types of the responses/,
  ],
  [
    'an exploded list in a cookie',
    operation({ parameters: [{ name: 'p', in: 'cookie', schema: { type: 'array', items: {} } }] }),
    `${AT}/parameters/0`,
    /explode: false/,
  ],
  [
    'security without a 401',
    contractOf(
      { '/things': { get: echo({ security: [{ key: [] }] }) } },
      { components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } } },
    ),
    AT,
    /401/,
  ],
  [
    'a 401 without its header',
    contractOf(
      { '/things': { get: echo({ responses: { ...RESPONSES, 401: RESPONSES[400] }, security: [{ key: [] }] }) } },
      { components: { securitySchemes: { key: { type: 'http', scheme: 'bearer' } } } },
    ),
    `${AT}/responses/401`,
    /WWW-Authenticate/,
  ],
  ['an unknown scheme', operation({ security: [{ other: [] }] }), `${AT}/security/0/other`, /no other/],
  [
    'an unknown kind of scheme',
    contractOf(
      { '/things': { get: echo() } },
      { components: { securitySchemes: { key: { type: 'http', scheme: 'digest' } } } },
    ),
    '/components/securitySchemes/key',
    /basic or bearer/,
  ],
  [
    'paths that differ by names alone',
    contractOf(
      Object.fromEntries(
        ['a', 'b'].map((name) => [
          `/things/{${name}}`,
          { get: { ...echo(), operationId: name, parameters: [{ name, in: 'path', required: true, schema: {} }] } },
        ]),
      ),
    ),
    '/paths/~1things~1{b}',
    /same requests as \/things\/\{a\}/,
  ],
  [
    'paths that differ by escapes alone',
    contractOf({ '/things': { get: echo() }, '/%74hings': { post: { ...echo(), operationId: 'post' } } }),
    '/paths/~1%74hings',
    /same requests as \/things/,
  ],
  [
    'a server with a path',
    contractOf({ '/things': { get: echo() } }, { servers: [{ url: 'https://a.example/v1' }] }),
    '/servers/0/url',
    /in front of each key/,
  ],
  [
    'a server with a variable that nothing describes',
    contractOf({ '/things': { get: echo() } }, { servers: [{ url: 'https://{env}.example' }] }),
    '/servers/0/url',
    /without variables/,
  ],
  ['servers of an operation', operation({ servers: [{ url: 'https://a.example' }] }), `${AT}/servers`, /external URL/],
  ['callbacks', operation({ callbacks: {} }), `${AT}/callbacks`, /in words/],
  [
    'a body with a 204',
    operation({ responses: { 204: RESPONSES[200] } }),
    `${AT}/responses/204/content`,
    /has no body/,
  ],
  ['a status below 200', operation({ responses: { 100: noBody } }), `${AT}/responses/100`, /below 200/],
  [
    'XML',
    contractOf({
      '/things': { post: echo({ requestBody: { content: { 'application/xml': { schema: { type: 'object' } } } } }) },
    }),
    '/paths/~1things/post/requestBody/content/application~1xml',
    /not parsed/,
  ],
  [
    'a 400 that a problem does not fit',
    operation({
      responses: {
        ...RESPONSES,
        400: { description: '', content: { 'application/json': { schema: { type: 'object', required: ['error'] } } } },
      },
    }),
    `${AT}/responses/400/content/application~1json/schema`,
    /problem/,
  ],
  [
    'a file that is not there',
    contractOf({ '/things': { $ref: 'absent.yml#/a' } }),
    '/paths/~1things',
    /cannot be read/,
  ],
  [
    'a file whose name has an invalid escape',
    contractOf({ '/things': { $ref: '%zz.yml#/a' } }),
    '/paths/~1things',
    /cannot be read/,
  ],
  [
    'a reference to the network',
    contractOf({ '/things': { get: echo({ parameters: [{ $ref: 'https://a.example/x.yml#/a' }] }) } }),
    `${AT}/parameters/0`,
    /network/,
  ],
  [
    'a property that every object has',
    schema({ type: 'object', properties: { constructor: { type: 'string' } } }),
    `${SCHEMA}/properties`,
    /inherits/,
  ],
  [
    'a requirement that every object fulfils',
    schema({ type: 'object', required: ['toString'] }),
    `${SCHEMA}/properties`,
    /inherits/,
  ],
  [
    'a parameter that every object has',
    parameter({ name: 'valueOf', schema: { type: 'string' } }),
    `${AT}/parameters/0/name`,
    /inherits/,
  ],
  [
    'a header that every object has once it is in lower case',
    parameter({ in: 'header', name: 'Constructor', schema: { type: 'string' } }),
    `${AT}/parameters/0/name`,
    /inherits/,
  ],
  [
    'a header that cannot be sent',
    parameter({ in: 'header', name: 'X Y', schema: { type: 'string' } }),
    `${AT}/parameters/0/name`,
    /not a valid header/,
  ],
  [
    'a header that Node does not give as text',
    parameter({ in: 'header', name: 'SET-Cookie', schema: { type: 'string' } }),
    `${AT}/parameters/0/name`,
    /of responses only/,
  ],
  [
    'a schema that is among its own alternatives',
    contractOf(
      { '/things': { get: echo() } },
      {
        components: {
          schemas: {
            A: { allOf: [{ $ref: '#/components/schemas/B' }] },
            B: { not: { $ref: '#/components/schemas/A' } },
          },
        },
      },
    ),
    '/components/schemas/A',
    /refers to itself/,
  ],
  ...['a b', 'a/b', 'constructor'].map(
    (name) =>
      [
        `a schema named ${name}`,
        contractOf({ '/things': { get: echo() } }, { components: { schemas: { [name]: { type: 'string' } } } }),
        `/components/schemas/${name.replace('/', '~1')}`,
        /letters, digits/,
      ] as const,
  ),
  ['a key in a header that cannot be sent', scheme({ type: 'apiKey', in: 'header', name: 'X Y' }), KEY, /valid header/],
  ['a key in Set-Cookie', scheme({ type: 'apiKey', in: 'header', name: 'Set-Cookie' }), KEY, /of responses only/],
  ['a key in a cookie that cannot be sent', scheme({ type: 'apiKey', in: 'cookie', name: 'a;' }), KEY, /valid cookie/],
  ...[{ maxLength: 3 }, { pattern: '^a' }, { format: 'byte' }].map(
    (rule) =>
      [
        `${Object.keys(rule)} of bytes`,
        contractOf({
          '/things': {
            post: echo({ requestBody: { content: { 'image/png': { schema: { type: 'string', ...rule } } } } }),
          },
        }),
        '/paths/~1things/post/requestBody/content/image~1png',
        /is not checked in bytes/,
      ] as const,
  ),
  ['a rule of a file', form({ a: { ...file, maxLength: 3 } }), `${FORM}/a`, /maxLength is not checked/],
  [
    'a rule of files',
    form({ a: { type: 'array', items: file, uniqueItems: true } }),
    `${FORM}/a`,
    /uniqueItems is not/,
  ],
  [
    'another charset of a response',
    content({ 'text/csv; charset=iso-8859-1': text }),
    `${AT}/responses/200/content/text~1csv; charset=iso-8859-1`,
    /sent in UTF-8/,
  ],
  [
    'a default response that a problem does not fit',
    operation({ responses: { 200: RESPONSES[200], default: { description: '', content: { 'text/plain': text } } } }),
    `${AT}/responses/default`,
    /sends a problem/,
  ],
  ...['/docs', '/{page}', '/openapi.{format}', '/console/{file}'].map(
    (path) =>
      [
        `the path ${path}`,
        contractOf({ [path]: { get: echo() } }),
        `/paths/${path.replaceAll('/', '~1')}`,
        /would hide the service's own page/,
      ] as const,
  ),
  [
    'a limit whose response is text',
    operation({ responses: { ...RESPONSES, 429: { description: '', content: { 'text/plain': text } } } }),
    `${AT}/responses/429`,
    /sends a problem/,
  ],
  [
    'a problem with a property that the service does not know',
    operation({
      responses: {
        ...RESPONSES,
        409: { description: '', content: { 'application/problem+json': { schema: { required: ['hint'] } } } },
      },
    }),
    `${AT}/responses/409/content/application~1problem+json/schema`,
    /must have required property 'hint'/,
  ],
  ...(
    [
      [400, 'X-Hint', text, /sends a 400 without it/],
      [500, 'X-Hint', text, /sends a 500 without it/],
      [429, 'X-Wait', text, /sends a 429 without it/],
      [503, 'X-Wait', text, /sends a 503 without it/],
      [401, 'Retry-After', text, /sends a 401 without it/],
      [200, 'X-Request-Id', { schema: { type: 'string', format: 'uuid' } }, /sends "a" here/],
      [503, 'Retry-After', { schema: { type: 'string', format: 'date-time' } }, /sends "1" here/],
    ] as const
  ).map(
    ([status, name, value, advice]) =>
      [
        `the header ${name} of a ${status}`,
        operation({
          responses: {
            ...RESPONSES,
            [status]: {
              description: '',
              headers: { [name]: { required: true, ...value } },
              content: { 'application/problem+json': {} },
            },
          },
        }),
        `${AT}/responses/${status}/headers/${name}`,
        advice,
      ] as const,
  ),
  [
    'a header that another object describes',
    contractOf(
      {
        '/things': {
          get: echo({
            responses: { 200: { description: '', headers: { 'X-Request-Id': { $ref: '#/components/headers/Id' } } } },
          }),
        },
      },
      { components: { headers: { Id: { schema: { type: 'integer' } } } } },
    ),
    '/components/headers/Id',
    /sends "0b6dcf1c-.*must be integer/,
  ],
  [
    'a problem of another JSON type',
    operation({ responses: { ...RESPONSES, 400: { description: '', content: { 'application/vnd.a+json': {} } } } }),
    `${AT}/responses/400`,
    /declare the content application\/json/,
  ],
  [
    'a response of several statuses that one of its problems does not fit',
    operation({
      responses: {
        200: RESPONSES[200],
        '4XX': {
          description: '',
          content: { 'application/json': { schema: { properties: { code: { enum: ['validation_failed'] } } } } },
        },
      },
    }),
    `${AT}/responses/4XX/content/application~1json/schema`,
    /\/code must be equal/,
  ],
  [
    'an operation next to a reference',
    contractOf({ '/things': { get: echo() }, '/others': { $ref: '#/paths/~1things', post: {} } }),
    '/paths/~1others/post',
    /nothing counts next to/,
  ],
];

describe('a contract that the service would not implement', () => {
  const workshop = new Workshop();
  after(() => workshop.remove());

  for (const [name, document, pointer, advice] of REJECTED) {
    it(`is rejected by its place: ${name}`, async () => {
      const rejections = await workshop.generate(document);
      if (rejections instanceof Map) throw new Error('it was generated from');
      const found = (rejections as readonly { pointer: string; what: string; line: number }[]).find(
        (one) => one.pointer === `#${pointer}`,
      );
      expect(found, JSON.stringify(rejections)).to.not.equal(undefined);
      const same = [...rejections].filter((one) => Object(one).pointer === `#${pointer}`);
      expect(same, 'errors of one place').to.have.lengthOf(1);
      expect(found?.what).to.match(advice);
      expect(found?.line).to.be.greaterThan(1);
      expect(JSON.stringify(rejections)).to.not.match(/validator\d|node_modules|at Object/);
    });
  }

  it('may have extensions in its paths, and differently named properties in two parameters', async () => {
    const document = twoParameters({ style: 'deepObject', ...open({ properties: { b: {} } }) }, text);
    const paths = { 'x-note': { get: 'nothing' }, ...Object(document).paths };
    expect(await workshop.generate({ ...document, paths })).to.be.a('map');
  });

  it('is rejected for numbers that a double would round', async () => {
    const text = JSON.stringify(schema({ type: 'integer', enum: [1, 2], maximum: 3 }), null, 1);
    const digits = '9007199254740993';
    const rejections = await workshop.generate(
      text.replace(/\b2$/m, digits).replace('"maximum": 3', `"maximum": ${digits}`),
    );
    expect(rejections).to.containSubset([{ pointer: `#${SCHEMA}/enum/1` }, { pointer: `#${SCHEMA}/maximum` }]);
  });

  it('is not rejected for the bounds of an int64, or for numbers in annotations', async () => {
    const text = JSON.stringify(schema({ type: 'integer', minimum: -1, maximum: 3, example: 2 }), null, 1);
    const int64 = text.replace('-1', '-9223372036854775808').replace('"maximum": 3', '"maximum": 9223372036854775807');
    const generated = await workshop.generate(int64.replace('"example": 2', '"example": 9007199254740993'));
    expect(generated, JSON.stringify(generated)).to.be.instanceOf(Map);
  });

  for (const [name, yaml, line, advice] of [
    ['a key of two spellings', 'x-a: {200: a, "200": b}', 3, /keys must be unique/],
    ['an alias of nothing', 'x-a: [\n  *other]', 4, /\*other has no anchor/],
    ['an alias within its own anchor', 'x-a: &a\n  b: *a', 4, /\*a is within its own anchor/],
  ] as const) {
    it(`is rejected by its line: ${name}`, async () => {
      const head = `openapi: 3.0.3\ninfo: {title: T, version: 1.0.0}\n`;
      const [rejection, ...others] = [...(await workshop.generate(`${head}${yaml}\npaths: {}\n`))];
      expect(others).to.deep.equal([]);
      expect(rejection).to.include({ line });
      expect(rejection).to.have.property('what').that.matches(advice);
    });
  }

  it('may repeat any amount by aliases', async () => {
    const tens = (name: string) => `[${`*${name},`.repeat(10)}]`;
    const text = `openapi: 3.0.3\ninfo: {title: T, version: 1.0.0}\nx-a: &a [1]\nx-b: &b ${tens('a')}\nx-c: &c ${tens('b')}`;
    const paths = 'paths: {/a: {get: {operationId: a, responses: {204: {description: a}}}}}';
    expect(await workshop.generate(`${text}\nx-d: ${tens('c')}\n${paths}\n`)).to.be.instanceOf(Map);
  });

  it('is rejected for all errors at once, in the order of lines', async () => {
    const text = [
      'openapi: 3.0.3',
      'info: {title: T, version: 1.0.0}',
      'paths:',
      '  /a:',
      '    get:',
      '      operationId: a',
      '      callbacks: {}',
      '      responses: {"200": {description: ""}}',
      'components:',
      '  schemas:',
      '    A:',
      '      type: string',
      '      xml: {}',
      '      foo: 1',
    ].join('\n');
    const rejections = await workshop.generate(text);
    expect(
      [...(rejections as readonly { line: number; pointer: string }[])].map(
        ({ line, pointer }) => `${line} ${pointer}`,
      ),
    ).to.deep.equal(['7 #/paths/~1a/get/callbacks', '13 #/components/schemas/A/xml', '14 #/components/schemas/A/foo']);
  });
});

describe('the table of keywords', () => {
  const specification: { definitions: Record<string, { properties?: object }>; properties: object } = createRequire(
    createRequire(import.meta.url).resolve('openapi-backend'),
  )('openapi-schema-validator/dist/resources/openapi-3.0.json');
  const kinds: Readonly<Record<string, KindKeywords>> = KEYWORDS;
  const named = (keywords: object) =>
    Object.keys(keywords)
      .filter((name) => !name.startsWith('<'))
      .sort();

  it('has exactly the keywords of the specification', () => {
    expect(named(kinds.OpenAPI ?? {})).to.deep.equal(Object.keys(specification.properties).sort());
    const generic = new Set([
      'object',
      'any',
      'expression',
      'strings',
      'defaultType',
      'specificationExtension',
      'examples',
    ]);
    const checked = new Set(['OpenAPI']);
    for (const [name, { properties = {} }] of Object.entries(specification.definitions)) {
      const kind = Object.keys(kinds).find((one) => one.toLowerCase() === name.toLowerCase());
      const isList = /(Or|s$)/.test(name) && Object.keys(properties).length === 0;
      if (generic.has(name) || (isList && !kind)) continue;
      expect(kind, `the kind ${name}`).to.not.equal(undefined);
      checked.add(String(kind));
      expect(named(kinds[String(kind)] ?? {}), name).to.deep.equal(Object.keys(properties).sort());
    }
    expect([...checked].sort()).to.deep.equal(Object.keys(kinds).sort());
  });

  it('is the one in docs/contract.md', () => {
    expectGenerated('docs/contract.md', 'keywords', () => {
      const all = Object.entries(kinds).flatMap(([kind, keywords]) =>
        Object.entries(keywords).map(([name, keyword]) => ({ kind, name: `\`${name}\``, ...keyword })),
      );
      const isEnforced = new Set(all.flatMap(({ kind, verdict }) => (verdict === 'enforced' ? [kind] : [])));
      const annotations = all.filter(({ verdict }) => verdict === 'annotation');
      const objects = new Set(annotations.flatMap(({ kind }) => (isEnforced.has(kind) ? [] : [kind])));
      const others = new Set(annotations.flatMap(({ kind, name }) => (isEnforced.has(kind) ? [name] : [])));
      const rejected = [...isEnforced].flatMap((of) => {
        const names = all.flatMap(({ kind, name, verdict }) => (kind === of && verdict === 'rejected' ? [name] : []));
        return names.length > 0 ? [`${of} ${names.join(', ')}`] : [];
      });
      const notes = all.filter(({ note, verdict }) => note !== '' && verdict !== 'rejected');
      return [
        `- **Rejected**: ${rejected.join('; ')}.`,
        `- **Annotations**: all of ${[...objects].join(', ')}.`,
        `- **Annotations of other objects**: ${[...others].join(', ')}.`,
        '',
        '| keyword | note |',
        '| --- | --- |',
        ...notes.map(({ kind, name, note }) => `| ${kind}.${name} | ${note} |`),
      ].join('\n');
    });
  });
});
