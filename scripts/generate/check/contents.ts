import { STATUS_CODES } from 'node:http';
import { essenceOf, parseMediaType } from '../../../src/contract/media-types.js';
import { BODILESS_STATUSES } from '../../../src/contract/reply.js';
import type { Content, Document, Operation, Response, Schema } from '../model/document.js';
import { ownType, resolve, schemasIn, typesOf } from '../model/json-types.js';
import { bodyKind } from '../model/media-types.js';
import { formFields, isBinary, itemsOf, UnreadableError } from '../model/parameters.js';
import { follow, isReference } from '../model/reference.js';
import { type Path, stepsOf } from '../source/pointer.js';
import { isInherited } from './schemas.js';
import { isToken } from './vocabulary.js';
import type { Report } from './walk.js';

/** Headers of the message framing, which the server sets (RFC 9110, section 7.6.1). */
const FRAMING_HEADERS =
  /^(connection|content-length|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/;

/** The path of a value, or of the target if it is a reference. */
export function placeOf(value: object, path: Path): Path {
  return isReference(value) ? (stepsOf(value.$ref) ?? path) : path;
}

/** Reports what a form cannot contain. */
export function checkForm(
  document: Document,
  schema: unknown,
  encoding: object,
  isMultipart: boolean,
  at: Path,
  report: Report,
): void {
  const own = resolve(document, schema);
  if (ownType(own) !== 'object') {
    report(at, 'a form must have a schema of type: object');
    return;
  }
  if (isMultipart && ['allOf', 'oneOf', 'anyOf'].some((keyword) => keyword in own)) {
    report(at, 'the properties of a multipart form must be in one schema, without allOf, oneOf and anyOf');
  }
  const strange = Object.keys(encoding).find((name) => !Object.hasOwn(Object(own.properties), name));
  if (strange !== undefined && schemasIn(own.allOf).length === 0)
    report([...at, 'encoding', strange], 'is not a property of the schema');
  for (const [name, property] of Object.entries(isMultipart ? Object(own.properties) : {})) {
    const file = resolve(document, property);
    const place = [...at, 'schema', 'properties', name];
    const isList = isBinary(document, file.items);
    if (isList || isBinary(document, file)) checkBytes(file, isList ? OF_FILES : OF_BYTES, place, report);
    if (isList) checkBytes(resolve(document, file.items), OF_BYTES, [...place, 'items'], report);
  }
  try {
    formFields(document, own, Object(encoding), isMultipart);
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    report(at, error.message);
  }
}

/** Reports invalid and duplicate media types. */
export function checkMediaTypeNames(content: Content, at: Path, report: Report): void {
  const essences = Object.keys(content).map(essenceOf);
  Object.keys(content).forEach((mediaType, index) => {
    if (
      parseMediaType(mediaType) === null ||
      essenceOf(mediaType).startsWith('*/') !== (essenceOf(mediaType) === '*/*')
    )
      report([...at, mediaType], 'is not a media type: write a type, a slash and a subtype');
    if (essences.indexOf(essenceOf(mediaType)) < index) report([...at, mediaType], 'is there twice');
  });
}

/** Reports a schema that cannot validate bodies of a media type. */
export function checkMediaType(document: Document, mediaType: string, schema: unknown, at: Path, report: Report): void {
  if (bodyKind(mediaType) === 'json' || schema === undefined) return;
  const types = typesOf(document, schema);
  if (types === null || [...types].some((type) => type !== 'string')) {
    report(at, `${mediaType} is not parsed: its schema must be { type: string }, with format: binary for bytes`);
  } else if (bodyKind(mediaType) === 'binary') checkBytes(resolve(document, schema), OF_BYTES, at, report);
}

/** The keywords that bytes may have, and those of a list of files. */
const OF_BYTES = ['type', 'format', 'title', 'description', 'example', 'externalDocs', 'deprecated', 'writeOnly'];
const OF_FILES = [...OF_BYTES, 'items', 'minItems', 'maxItems'];

/** Reports what nothing would check, because bytes are handed on as they are. */
function checkBytes(schema: Schema, known: readonly string[], at: Path, report: Report): void {
  const { format } = schema;
  if (format !== undefined && format !== 'binary')
    report(at, `format: ${format} is not checked in bytes: write binary`);
  for (const keyword of Object.keys(schema)) {
    if (!known.includes(keyword) && !keyword.startsWith('x-'))
      report(at, `${keyword} is not checked in bytes: leave it out`);
  }
}

/** Reports responses that could not be sent. */
export function checkResponses(document: Document, operation: Operation, path: Path, report: Report): void {
  const statuses = Object.keys(operation.responses).filter((status) => !status.startsWith('x-'));
  if (statuses.length === 0) report([...path, 'responses'], 'must have a response');
  for (const status of statuses) {
    const at = [...path, 'responses', status];
    if (status !== 'default' && !/^[1-5]([0-9][0-9]|XX)$/.test(status))
      report(at, 'must be a status of three digits, a range such as 4XX, or default');
    else if (status.startsWith('1')) report(at, 'a status below 200 is not a response: leave it out');
    else if (/^\d+$/.test(status) && STATUS_CODES[status] === undefined)
      report(at, 'is not a registered status of HTTP');
    const response = operation.responses[status] ?? {};
    checkResponse(document, status, follow(document, response), placeOf(response, at), report);
  }
}

function checkResponse(
  document: Document,
  status: string,
  { headers = {}, content = {} }: Response,
  at: Path,
  report: Report,
): void {
  const mediaTypes = Object.keys(content);
  if (BODILESS_STATUSES.includes(Number(status)) && mediaTypes.length > 0)
    report([...at, 'content'], `a ${status} has no body: leave content out`);
  checkMediaTypeNames(content, [...at, 'content'], report);
  for (const [mediaType, { schema, encoding }] of Object.entries(content)) {
    const place = [...at, 'content', mediaType];
    if (encoding !== undefined) report([...place, 'encoding'], 'is for forms in requests only');
    if (mediaType.includes('*'))
      report(place, 'a response has one media type, not a range: write out those that are sent');
    const kind = bodyKind(mediaType);
    const charset = parseMediaType(mediaType)?.parameters.get('charset') ?? 'utf-8';
    if (kind !== 'binary' && charset.toLowerCase() !== 'utf-8')
      report(place, 'text is sent in UTF-8: leave charset out');
    if (kind === 'form' || kind === 'multipart') report(place, 'no forms are sent: write application/json');
    else checkMediaType(document, mediaType, schema, place, report);
  }
  const names = Object.keys(headers).map((name) => name.toLowerCase());
  for (const [index, [name, header]] of Object.entries(headers).entries()) {
    const place = [...at, 'headers', name];
    const known = name.toLowerCase();
    if (known === 'content-type') report(place, 'is ignored by OpenAPI: content says it');
    if (FRAMING_HEADERS.test(known)) report(place, 'is set by the service itself: leave it out');
    if (!isToken(name) || isInherited(known))
      report(place, 'is not a valid header name: use letters, digits and hyphens');
    if (names.indexOf(known) < index) report(place, 'is there twice: the names of headers have no letter case');
    const { schema, style } = { style: 'simple', ...follow(document, header) };
    if (style !== 'simple') report([...place, 'style'], 'must be simple');
    const types = typesOf(document, schema ?? {});
    const items = types?.has('array') ? typesOf(document, itemsOf(document, schema ?? {})) : null;
    const inner = [
      ...(types ?? []),
      ...(items === null ? [] : [...items].map((type) => (type === 'array' ? 'object' : type))),
    ];
    if (inner.includes('object') || inner.includes('null'))
      report(place, 'the value of a header must be text, a number, a boolean, or a list of them');
    if (items !== null && known === 'set-cookie')
      report(place, 'cannot be a list: cookies are not separated by commas');
    if (schema === undefined) report(place, 'must have a schema');
  }
}
