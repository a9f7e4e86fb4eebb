import type { Kind } from './keywords.js';

/** The kinds that a reference may replace. */
export const REFERABLE: ReadonlySet<string> = new Set<Kind>([
  'Schema',
  'Response',
  'Parameter',
  'Example',
  'RequestBody',
  'Header',
  'SecurityScheme',
  'Link',
  'Callback',
]);

/** Keywords of later versions of JSON schema and OpenAPI, and their alternatives in 3.0.3. */
export const FOREIGN: Readonly<Record<string, string>> = Object.fromEntries([
  ['<<', 'write the keys out: YAML 1.2 has no merge keys'],
  ['$defs', 'write the schemas under components.schemas'],
  ['const', 'write enum with one value'],
  ['contains', 'describe it in words, and check it in a rule of the operation'],
  ['dependentRequired', 'write anyOf'],
  ['else', 'write oneOf'],
  ['examples', 'write example'],
  ['if', 'write oneOf'],
  ['patternProperties', 'write additionalProperties'],
  ['prefixItems', 'write items'],
  ['propertyNames', 'describe it in words, and check it in a rule of the operation'],
  ['then', 'write oneOf'],
  ['unevaluatedProperties', 'write additionalProperties'],
  ['webhooks', 'describe in words what the service calls'],
]);

/** The extensions that the service knows; every other `x-` is an annotation. */
export const EXTENSIONS = {
  'x-detail': 'in a schema with pattern or format: what a client reads when it does not fit; with both, the pattern',
  'x-open-enum': 'in a schema with enum: clients must expect new values, so that adding one breaks no client',
  'x-verbatim':
    'true, in an object schema: handlers keep the text of the value, so numbers in it may have any number of digits',
  'x-optional':
    'true, in a security scheme: it may accept every request, so `contract:check` does not count requiring it as a break',
  'x-saturates': 'true, in an integer parameter: what is too large to be exact counts as 2^53, instead of being a 400',
} as const;

/** Whether text can be the name of a header or a cookie (RFC 9110, section 5.6.2; RFC 6265, section 4.1.1). */
export function isToken(name: string): boolean {
  return /^[\w!#$%&'*+.^`|~-]+$/.test(name);
}

/** Why a name cannot be that of a header or a cookie of a request; null if it can. */
export function nameError(name: string, place: string | undefined): string | null {
  if (place !== 'header' && place !== 'cookie') return null;
  if (!isToken(name)) return `is not a valid ${place} name: use letters, digits and hyphens`;
  // The only header of which Node makes a list.
  const isList = place === 'header' && name.toLowerCase() === 'set-cookie';
  return isList ? 'is a header of responses only: choose another name' : null;
}

/** The formats that are validated, by type. */
export const FORMATS: Readonly<Record<string, readonly string[]>> = {
  integer: ['int32', 'int64'],
  number: ['float', 'double', 'int32', 'int64'],
  string: [
    ...[
      'byte',
      'binary',
      'date',
      'date-time',
      'duration',
      'email',
      'hostname',
      'ipv4',
      'ipv6',
      'json-pointer',
      'password',
    ],
    ...['regex', 'time', 'uri', 'uri-reference', 'uri-template', 'url', 'uuid', 'well-formed'],
  ],
};
