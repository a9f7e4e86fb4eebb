/** What becomes of a keyword: it is kept by the running service, it only informs readers, or no contract may use it. */
export type Verdict = 'enforced' | 'annotation' | 'rejected';

/**
 * What a keyword's value must be: a type of JSON, `count` (an integer from 0), `Kind`, `[Kind]` (a list of it), `{Kind}` (a
 * map of it), or alternatives of these.
 */
export type Shape = string;

/** One keyword of one kind of object. */
export interface Keyword {
  readonly verdict: Verdict;
  readonly shape: Shape;
  /** What the service does with it, or what to write instead. */
  readonly note: string;
  readonly required?: true;
}

/** The keywords of one kind of object, by name; a name in angle brackets stands for any name. */
export type KindKeywords = Readonly<Record<string, Keyword>>;

function enforced(shape: Shape, note: string): Keyword {
  return { verdict: 'enforced', shape, note };
}

function required(shape: Shape, note: string): Keyword {
  return { verdict: 'enforced', shape, note, required: true };
}

function annotation(shape: Shape, note = ''): Keyword {
  return { verdict: 'annotation', shape, note };
}

function rejected(shape: Shape, note: string): Keyword {
  return { verdict: 'rejected', shape, note };
}

const parameterValue = {
  style: enforced('string', 'how the value is written; every style that the place allows'),
  explode: enforced('boolean', 'how lists and objects are written; not in cookies'),
  allowReserved: rejected('boolean', 'leave it out: reserved characters are taken as they come'),
  schema: enforced('Schema', 'decoded to its type, then validated'),
  content: enforced('{MediaType}', 'one media type, JSON; instead of schema'),
  example: annotation('any'),
  examples: annotation('{Example}'),
} as const;

const header = {
  description: annotation('string'),
  required: enforced('boolean', 'the handler must set the header, unless the service itself always sends it'),
  deprecated: annotation('boolean'),
  allowEmptyValue: rejected('boolean', 'leave it out: it is for query parameters'),
  style: enforced('string', 'simple, the only style of a header'),
  explode: rejected('boolean', 'leave it out: objects in headers are not supported'),
  allowReserved: rejected('boolean', 'leave it out: it has no effect on a header'),
  schema: enforced('Schema', "the type of the handler's value, which the reply check compares with it"),
  content: rejected('{MediaType}', 'write a schema'),
  example: annotation('any'),
  examples: annotation('{Example}'),
} as const;

/**
 * Every keyword of OpenAPI 3.0.3, by kind of object, and what the generator does with it. The walk over the document, the
 * table in docs/contract.md, and the mutation test are made from this; a test compares it with the specification's own list.
 */
export const KEYWORDS = {
  OpenAPI: {
    openapi: required('string', '3.0.0 to 3.0.3'),
    info: required('Info', ''),
    servers: enforced('[Server]', 'replaced by `--external-url` when the contract is served; no path in the URL'),
    paths: required('Paths', ''),
    components: enforced('Components', ''),
    security: enforced('[SecurityRequirement]', 'the default of every operation'),
    tags: annotation('[Tag]'),
    externalDocs: annotation('ExternalDocs'),
  },
  Info: {
    title: { ...annotation('string'), required: true },
    description: annotation('string'),
    termsOfService: annotation('string'),
    contact: annotation('Contact'),
    license: annotation('License'),
    version: { ...annotation('string', '`contract:check` compares it with the last release'), required: true },
  },
  Contact: { name: annotation('string'), url: annotation('string'), email: annotation('string') },
  License: { name: { ...annotation('string'), required: true }, url: annotation('string') },
  Server: {
    url: required('string', 'without a path: paths are served as they are written'),
    description: annotation('string'),
    variables: rejected('{ServerVariable}', 'write the URL without variables; `--external-url` replaces it'),
  },
  ServerVariable: {
    enum: rejected('[string]', 'write the URL without variables'),
    default: rejected('string', 'write the URL without variables'),
    description: rejected('string', 'write the URL without variables'),
  },
  Components: {
    schemas: enforced('{Schema}', 'a type for each'),
    responses: enforced('{Response}', ''),
    parameters: enforced('{Parameter}', ''),
    examples: annotation('{Example}'),
    requestBodies: enforced('{RequestBody}', ''),
    headers: enforced('{Header}', ''),
    securitySchemes: enforced('{SecurityScheme}', 'the application must have an authenticator for each'),
    links: annotation('{Link}'),
    callbacks: rejected('{Callback}', 'describe in words what the service calls'),
  },
  Paths: {
    '<path>': enforced('PathItem', 'matched exactly, literal paths first; in any script'),
  },
  PathItem: {
    $ref: enforced('string', 'to another path item, also of another file'),
    summary: annotation('string'),
    description: annotation('string'),
    get: enforced('Operation', 'also responds to HEAD, unless head is declared'),
    put: enforced('Operation', ''),
    post: enforced('Operation', ''),
    delete: enforced('Operation', ''),
    options: enforced('Operation', 'has its own handler; a CORS preflight goes first'),
    head: enforced('Operation', 'has its own handler'),
    patch: enforced('Operation', ''),
    trace: enforced('Operation', ''),
    servers: rejected('[Server]', 'write the whole path as the key in paths; the service has one external URL'),
    parameters: enforced('[Parameter]', 'of every operation of the path, unless it has its own of that name and place'),
  },
  Operation: {
    tags: annotation('[string]', 'the first one names the group in logs'),
    summary: annotation('string'),
    description: annotation('string'),
    externalDocs: annotation('ExternalDocs'),
    operationId: required('string', 'letters and digits; the name of the handler'),
    parameters: enforced('[Parameter]', 'any other query parameter is a 400'),
    requestBody: enforced('RequestBody', 'not with GET, HEAD, DELETE, OPTIONS and TRACE, where a body means nothing'),
    responses: required('Responses', 'the handler returns one of them, by type'),
    callbacks: rejected('{Callback}', 'describe in words what the service calls'),
    deprecated: annotation('boolean'),
    security: enforced('[SecurityRequirement]', 'checked before the body is read; replaces the default of the root'),
    servers: rejected('[Server]', 'write the whole path as the key in paths; the service has one external URL'),
  },
  ExternalDocs: { description: annotation('string'), url: { ...annotation('string'), required: true } },
  Parameter: {
    name: required('string', ''),
    in: required('string', 'path, query, header or cookie'),
    description: annotation('string'),
    required: enforced('boolean', 'a missing one is a 400'),
    deprecated: annotation('boolean'),
    allowEmptyValue: enforced('boolean', 'true: `?name=` is taken; false: it is a 400; else the schema decides'),
    ...parameterValue,
  },
  RequestBody: {
    description: annotation('string'),
    content: required('{MediaType}', 'any other media type is a 415; `+json` counts as `application/json`'),
    required: enforced('boolean', 'a missing body is a 400; an optional one may be undefined'),
  },
  MediaType: {
    schema: enforced('Schema', 'each media type has its own validator and type'),
    example: annotation('any'),
    examples: annotation('{Example}'),
    encoding: enforced('{Encoding}', 'of properties of forms'),
  },
  Encoding: {
    contentType: enforced(
      'string',
      '`application/json`: the text of the property is JSON; of a file: the types it may have',
    ),
    headers: rejected('{Header}', 'headers of a part are not looked at'),
    style: enforced(
      'string',
      'of application/x-www-form-urlencoded: form, spaceDelimited, pipeDelimited or deepObject',
    ),
    explode: enforced('boolean', 'of application/x-www-form-urlencoded'),
    allowReserved: rejected('boolean', 'leave it out: reserved characters are taken as they come'),
  },
  Responses: {
    default: enforced('Response', 'every registered status that is not declared otherwise'),
    '<status>': enforced('Response', 'three digits, or a range such as `4XX`: its registered statuses'),
  },
  Response: {
    description: { ...annotation('string'), required: true },
    headers: enforced('{Header}', 'typed in the reply'),
    content: enforced('{MediaType}', 'Accept chooses among several; never with 204, 205 and 304'),
    links: annotation('{Link}'),
  },
  Callback: {
    '<expression>': rejected('any', 'describe in words what the service calls'),
  },
  Example: {
    summary: annotation('string'),
    description: annotation('string'),
    value: annotation('any'),
    externalValue: annotation('string'),
  },
  Link: {
    operationId: annotation('string'),
    operationRef: annotation('string'),
    parameters: annotation('any'),
    requestBody: annotation('any'),
    description: annotation('string'),
    server: annotation('Server'),
  },
  Header: header,
  Tag: {
    name: { ...annotation('string'), required: true },
    description: annotation('string'),
    externalDocs: annotation('ExternalDocs'),
  },
  Reference: { $ref: required('string', 'within the document, or to a file beside it; nothing else beside it') },
  Schema: {
    title: annotation('string'),
    multipleOf: enforced('number', 'exact, also of decimals'),
    maximum: enforced('number', ''),
    exclusiveMaximum: enforced('boolean', 'beside maximum'),
    minimum: enforced('number', ''),
    exclusiveMinimum: enforced('boolean', 'beside minimum'),
    maxLength: enforced('count', 'in Unicode code points'),
    minLength: enforced('count', 'in Unicode code points'),
    pattern: enforced('string', 'an ECMAScript regular expression, with the flag u'),
    maxItems: enforced('count', ''),
    minItems: enforced('count', ''),
    uniqueItems: enforced('boolean', ''),
    maxProperties: enforced('count', ''),
    minProperties: enforced('count', ''),
    required: enforced('[string]', 'properties that are readOnly are not required from clients'),
    enum: enforced('[any]', 'each value of the type; null only where it is listed'),
    type: enforced('string', 'array, boolean, integer, number, object or string'),
    not: enforced('Schema', 'at run time; the type does not show it'),
    allOf: enforced('[Schema]', ''),
    oneOf: enforced('[Schema]', ''),
    anyOf: enforced('[Schema]', ''),
    items: enforced('Schema', ''),
    properties: enforced('{Schema}', ''),
    additionalProperties: enforced('Schema|boolean', 'left out or true: others are taken, and typed unknown'),
    description: annotation('string', 'in the types too'),
    format: enforced('string', 'of the list below; any other is rejected'),
    default: enforced(
      'any',
      'in requests it is applied, to properties and parameters; not within oneOf, anyOf and not',
    ),
    nullable: enforced('boolean', 'beside type; with enum, null must be listed; not in parameters'),
    discriminator: enforced('Discriminator', 'beside oneOf or anyOf: only the branch it names is validated'),
    readOnly: enforced('boolean', 'of a property: ignored when a client sends it'),
    writeOnly: enforced('boolean', 'of a property: never sent; a handler that returns it gets a 500'),
    xml: rejected('any', 'leave it out: no XML is read or written'),
    externalDocs: annotation('ExternalDocs'),
    example: annotation('any'),
    deprecated: annotation('boolean'),
  },
  Discriminator: {
    propertyName: required('string', 'required in every branch'),
    mapping: enforced('{string}', 'from values to branches; the names of schemas otherwise'),
  },
  XML: {
    name: rejected('string', 'leave it out: no XML is read or written'),
    namespace: rejected('string', 'leave it out: no XML is read or written'),
    prefix: rejected('string', 'leave it out: no XML is read or written'),
    attribute: rejected('boolean', 'leave it out: no XML is read or written'),
    wrapped: rejected('boolean', 'leave it out: no XML is read or written'),
  },
  SecurityScheme: {
    type: required('string', 'apiKey, http, oauth2 or openIdConnect'),
    description: annotation('string'),
    name: enforced('string', 'of an apiKey: where the authenticator gets the key from'),
    in: enforced('string', 'of an apiKey: query, header or cookie'),
    scheme: enforced('string', 'of http: basic or bearer'),
    bearerFormat: annotation('string'),
    flows: enforced('OAuthFlows', 'of oauth2: its scopes are those that a requirement may name'),
    openIdConnectUrl: annotation('string'),
  },
  OAuthFlows: {
    implicit: annotation('OAuthFlow'),
    password: annotation('OAuthFlow'),
    clientCredentials: annotation('OAuthFlow'),
    authorizationCode: annotation('OAuthFlow'),
  },
  OAuthFlow: {
    authorizationUrl: annotation('string'),
    tokenUrl: annotation('string'),
    refreshUrl: annotation('string'),
    scopes: { ...enforced('{string}', 'the scopes that a requirement may name'), required: true },
  },
  SecurityRequirement: {
    '<scheme>': enforced(
      '[string]',
      'scopes, which the authenticator gets; all schemes of one object, any object of the list',
    ),
  },
} as const satisfies Record<string, KindKeywords>;

export type Kind = keyof typeof KEYWORDS;
