/**
 * What the generator does with a keyword: the running service enforces it, it only informs readers, or it is rejected.
 */
export type Verdict = 'enforced' | 'annotation' | 'rejected';

/**
 * The value of a keyword: a JSON type, `count` (an integer from 0), `Kind`, `[Kind]` (a list), `{Kind}` (a map), or
 * alternatives of these.
 */
export type Shape = string;

/** A keyword of one kind of object. */
export interface Keyword {
  readonly verdict: Verdict;
  readonly shape: Shape;
  /** What OpenAPI leaves open or this service restricts, or what to write instead; may be empty. */
  readonly note: string;
  readonly required?: true;
}

/** The keywords of a kind of object, by name; a name in angle brackets stands for any name. */
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
  style: enforced('string', ''),
  explode: enforced('boolean', 'not in cookies'),
  allowReserved: rejected('boolean', 'leave it out: reserved characters are accepted as they are'),
  schema: enforced('Schema', ''),
  content: enforced('{MediaType}', 'one media type, JSON'),
  example: annotation('any'),
  examples: annotation('{Example}'),
} as const;

const header = {
  description: annotation('string'),
  required: enforced('boolean', 'the handler must set it, unless the service itself always sends it'),
  deprecated: annotation('boolean'),
  allowEmptyValue: rejected('boolean', 'leave it out: it is for query parameters'),
  style: enforced('string', ''),
  explode: rejected('boolean', 'leave it out: objects in headers are not supported'),
  allowReserved: rejected('boolean', 'leave it out: it has no effect on a header'),
  schema: enforced('Schema', ''),
  content: rejected('{MediaType}', 'write a schema'),
  example: annotation('any'),
  examples: annotation('{Example}'),
} as const;

/**
 * All keywords of OpenAPI 3.0.3, by kind of object, with the generator's treatment. The walk over the document, the
 * table in docs/contract.md, and the mutation test use it; a test compares it with the specification's own list.
 */
export const KEYWORDS = {
  OpenAPI: {
    openapi: required('string', '3.0.0 to 3.0.3'),
    info: required('Info', ''),
    servers: enforced('[Server]', 'replaced by `--external-url` when the contract is served'),
    paths: required('Paths', ''),
    components: enforced('Components', ''),
    security: enforced('[SecurityRequirement]', ''),
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
    url: required('string', 'without a path'),
    description: annotation('string'),
    variables: rejected('{ServerVariable}', 'write the URL without variables; `--external-url` replaces it'),
  },
  ServerVariable: {
    enum: rejected('[string]', 'write the URL without variables'),
    default: rejected('string', 'write the URL without variables'),
    description: rejected('string', 'write the URL without variables'),
  },
  Components: {
    schemas: enforced('{Schema}', ''),
    responses: enforced('{Response}', ''),
    parameters: enforced('{Parameter}', ''),
    examples: annotation('{Example}'),
    requestBodies: enforced('{RequestBody}', ''),
    headers: enforced('{Header}', ''),
    securitySchemes: enforced('{SecurityScheme}', ''),
    links: annotation('{Link}'),
    callbacks: rejected('{Callback}', 'describe in words what the service calls'),
  },
  Paths: {
    '<path>': enforced(
      'PathItem',
      'matched exactly, literal paths first; in any script; not one that hides a page of the service',
    ),
  },
  PathItem: {
    $ref: enforced('string', 'also to another file'),
    summary: annotation('string'),
    description: annotation('string'),
    get: enforced('Operation', 'also responds to HEAD, unless head is declared'),
    put: enforced('Operation', ''),
    post: enforced('Operation', ''),
    delete: enforced('Operation', ''),
    options: enforced('Operation', 'a CORS preflight goes first'),
    head: enforced('Operation', ''),
    patch: enforced('Operation', ''),
    trace: enforced('Operation', ''),
    servers: rejected('[Server]', 'write the whole path as the key in paths; the service has one external URL'),
    parameters: enforced('[Parameter]', ''),
  },
  Operation: {
    tags: annotation('[string]', '`contract:check` compares the first one'),
    summary: annotation('string'),
    description: annotation('string'),
    externalDocs: annotation('ExternalDocs'),
    operationId: required('string', 'letters and digits'),
    parameters: enforced('[Parameter]', 'any other query parameter is a 400'),
    requestBody: enforced('RequestBody', 'not with GET, HEAD, DELETE, OPTIONS and TRACE'),
    responses: required('Responses', ''),
    callbacks: rejected('{Callback}', 'describe in words what the service calls'),
    deprecated: annotation('boolean'),
    security: enforced('[SecurityRequirement]', ''),
    servers: rejected('[Server]', 'write the whole path as the key in paths; the service has one external URL'),
  },
  ExternalDocs: { description: annotation('string'), url: { ...annotation('string'), required: true } },
  Parameter: {
    name: required('string', ''),
    in: required('string', ''),
    description: annotation('string'),
    required: enforced('boolean', ''),
    deprecated: annotation('boolean'),
    allowEmptyValue: enforced(
      'boolean',
      'true: `?name=` is accepted; false: it is a 400; otherwise the schema decides',
    ),
    ...parameterValue,
  },
  RequestBody: {
    description: annotation('string'),
    content: required('{MediaType}', ''),
    required: enforced('boolean', ''),
  },
  MediaType: {
    schema: enforced('Schema', ''),
    example: annotation('any'),
    examples: annotation('{Example}'),
    encoding: enforced('{Encoding}', 'in forms'),
  },
  Encoding: {
    contentType: enforced(
      'string',
      '`application/json`: the property is JSON text; of a file: the media types accepted',
    ),
    headers: rejected('{Header}', 'leave it out: headers of a part are ignored'),
    style: enforced('string', 'of application/x-www-form-urlencoded'),
    explode: enforced('boolean', 'of application/x-www-form-urlencoded'),
    allowReserved: rejected('boolean', 'leave it out: reserved characters are accepted as they are'),
  },
  Responses: {
    default: enforced('Response', ''),
    '<status>': enforced('Response', ''),
  },
  Response: {
    description: { ...annotation('string'), required: true },
    headers: enforced('{Header}', ''),
    content: enforced('{MediaType}', ''),
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
  Reference: { $ref: required('string', 'within the document, or to a file next to it') },
  Schema: {
    title: annotation('string'),
    multipleOf: enforced('number', 'exact, also of decimals'),
    maximum: enforced('number', ''),
    exclusiveMaximum: enforced('boolean', ''),
    minimum: enforced('number', ''),
    exclusiveMinimum: enforced('boolean', ''),
    maxLength: enforced('count', 'in Unicode code points'),
    minLength: enforced('count', 'in Unicode code points'),
    pattern: enforced('string', 'an ECMAScript regular expression, with the flag u'),
    maxItems: enforced('count', ''),
    minItems: enforced('count', ''),
    uniqueItems: enforced('boolean', ''),
    maxProperties: enforced('count', ''),
    minProperties: enforced('count', ''),
    required: enforced('[string]', ''),
    enum: enforced('[any]', 'with `nullable`, list null'),
    type: enforced('any', ''),
    not: enforced('Schema', 'the type does not show it'),
    allOf: enforced('[Schema]', ''),
    oneOf: enforced('[Schema]', 'without a discriminator, one branch of a type may contain it again'),
    anyOf: enforced('[Schema]', 'without a discriminator, one branch of a type may contain it again'),
    items: enforced('Schema', ''),
    properties: enforced('{Schema}', ''),
    additionalProperties: enforced(
      'Schema|boolean',
      'absent or true: others are accepted, and typed unknown; in a form, only text',
    ),
    description: annotation('string'),
    format: enforced('string', ''),
    default: enforced('any', 'applied in requests; not within oneOf, anyOf and not'),
    nullable: enforced('boolean', 'with type; not in parameters'),
    discriminator: enforced('Discriminator', 'only the branch it names is validated'),
    readOnly: enforced('boolean', ''),
    writeOnly: enforced('boolean', ''),
    xml: rejected('any', 'leave it out: no XML is read or written'),
    externalDocs: annotation('ExternalDocs'),
    example: annotation('any'),
    deprecated: annotation('boolean'),
  },
  Discriminator: {
    propertyName: required('string', 'required in every branch'),
    mapping: enforced('{string}', ''),
  },
  XML: {
    name: rejected('string', 'leave it out: no XML is read or written'),
    namespace: rejected('string', 'leave it out: no XML is read or written'),
    prefix: rejected('string', 'leave it out: no XML is read or written'),
    attribute: rejected('boolean', 'leave it out: no XML is read or written'),
    wrapped: rejected('boolean', 'leave it out: no XML is read or written'),
  },
  SecurityScheme: {
    type: required('string', ''),
    description: annotation('string'),
    name: enforced('string', ''),
    in: enforced('string', ''),
    scheme: enforced('string', 'basic or bearer'),
    bearerFormat: annotation('string'),
    flows: enforced('OAuthFlows', ''),
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
    scopes: { ...enforced('{string}', ''), required: true },
  },
  SecurityRequirement: {
    '<scheme>': enforced('[string]', ''),
  },
} as const satisfies Record<string, KindKeywords>;

export type Kind = keyof typeof KEYWORDS;
