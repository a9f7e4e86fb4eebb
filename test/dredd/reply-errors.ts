import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { Reply } from 'hooks';
import type { ErrorCode } from '../../src/contract/contract.js';
import type { DocumentedHeader, DocumentedReply } from './documented-replies.js';

const ajv = new Ajv({ strict: false });
addFormats.default(ajv);

/**
 * Checks that Dredd omits: required headers and their values; no body if none is documented; and the expected error.
 *
 * @param code - of the expected error, if any
 * @returns all errors, as sentences
 */
export function replyErrors(reply: Reply, documented: DocumentedReply, code: ErrorCode | null): string[] {
  const found = documented.headers.flatMap((header) => headerErrors(header, reply.headers));
  if (mediaTypeOf(reply) !== documented.mediaType) found.push(`the media type is ${mediaTypeOf(reply)}`);
  if (documented.mediaType === null && reply.body !== undefined) found.push('there is a body');
  if (code !== null && codeOf(reply) !== code) found.push(`the code is ${codeOf(reply)}, not ${code}`);
  return found;
}

/** The media type of a response without parameters; null if missing. */
export function mediaTypeOf({ headers }: Reply): string | null {
  return headers['content-type']?.split(';')[0] ?? null;
}

function headerErrors({ name, required, schema }: DocumentedHeader, headers: Reply['headers']): string[] {
  const value = headers[name.toLowerCase()];
  if (value === undefined) return required ? [`the header ${name} is missing`] : [];
  if (ajv.validate(schema, value)) return [];
  return [`${ajv.errorsText(ajv.errors, { dataVar: `the header ${name}` })}: ${value}`];
}

function codeOf({ body = '' }: Reply): unknown {
  try {
    const problem: { code?: unknown } = JSON.parse(body);
    return problem.code;
  } catch {
    return 'in no JSON';
  }
}
