import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { Answer } from 'hooks';
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
export function replyFaults(answer: Answer, documented: DocumentedReply, code: ErrorCode | null): string[] {
  const faults = documented.headers.flatMap((header) => headerFaults(header, answer.headers));
  if (mediaTypeOf(answer) !== documented.mediaType) faults.push(`the media type is ${mediaTypeOf(answer)}`);
  if (documented.mediaType === null && answer.body !== undefined) faults.push('there is a body');
  if (code !== null && codeOf(answer) !== code) faults.push(`the code is ${codeOf(answer)}, not ${code}`);
  return faults;
}

/** The media type of a response without parameters; null if missing. */
export function mediaTypeOf({ headers }: Answer): string | null {
  return headers['content-type']?.split(';')[0] ?? null;
}

function headerFaults({ name, required, schema }: DocumentedHeader, headers: Answer['headers']): string[] {
  const value = headers[name.toLowerCase()];
  if (value === undefined) return required ? [`the header ${name} is missing`] : [];
  if (ajv.validate(schema, value)) return [];
  return [`${ajv.errorsText(ajv.errors, { dataVar: `the header ${name}` })}: ${value}`];
}

function codeOf({ body = '' }: Answer): unknown {
  try {
    const problem: { code?: unknown } = JSON.parse(body);
    return problem.code;
  } catch {
    return 'in no JSON';
  }
}
