import { STATUS_CODES } from 'node:http';
import type { Document, Operation, Response } from '../model/document.js';
import { ownType, resolve, schemasIn, typesOf } from '../model/json-types.js';
import { bodyKind } from '../model/media-types.js';
import { formFields, UnreadableError } from '../model/parameters.js';
import { follow, isReference } from '../model/reference.js';
import { type Path, stepsOf } from '../source/pointer.js';
import type { Report } from './walk.js';

const BODILESS_STATUSES = ['204', '205', '304'];

/** Where a value is written: where its reference leads, if it is one. */
export function placeOf(value: object, path: Path): Path {
  return isReference(value) ? (stepsOf(value.$ref) ?? path) : path;
}

/** Reports what a form cannot hold. */
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
  try {
    formFields(document, own, Object(encoding), isMultipart);
  } catch (error) {
    if (!(error instanceof UnreadableError)) throw error;
    report(at, error.message);
  }
}

/** Reports a schema that cannot validate bodies of a media type. */
export function checkMediaType(document: Document, mediaType: string, schema: unknown, at: Path, report: Report): void {
  if (bodyKind(mediaType) === 'json' || schema === undefined) return;
  const types = typesOf(document, schema);
  if (types === null || [...types].some((type) => type !== 'string')) {
    report(at, `${mediaType} is not parsed: its schema must be { type: string }, with format: binary for bytes`);
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
  if (BODILESS_STATUSES.includes(status) && mediaTypes.length > 0)
    report([...at, 'content'], `a ${status} has no body: leave content out`);
  for (const [mediaType, { schema, encoding }] of Object.entries(content)) {
    const place = [...at, 'content', mediaType];
    if (encoding !== undefined) report([...place, 'encoding'], 'is for forms in requests only');
    if (mediaType.includes('*'))
      report(place, 'a response has one media type, not a range: write out those that are sent');
    const kind = bodyKind(mediaType);
    if (kind === 'form' || kind === 'multipart') report(place, 'no forms are sent: write application/json');
    else checkMediaType(document, mediaType, schema, place, report);
  }
  for (const [name, header] of Object.entries(headers)) {
    const place = [...at, 'headers', name];
    if (name.toLowerCase() === 'content-type') report(place, 'is ignored by OpenAPI: content says it');
    const { schema, style } = { style: 'simple', ...follow(document, header) };
    if (style !== 'simple') report([...place, 'style'], 'must be simple');
    const types = typesOf(document, schema ?? {});
    if (types?.has('object') || types?.has('null'))
      report(place, 'the value of a header must be text, a number, a boolean, or a list of them');
    if (schema === undefined) report(place, 'must have a schema');
  }
}
