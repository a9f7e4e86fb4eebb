import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import type { Answer } from 'hooks';
import type { ErrorCode } from '../../src/contract/contract.js';
import type { DocumentedHeader, DocumentedReply } from './documented-replies.js';

const ajv = new Ajv({ strict: false });
addFormats.default(ajv);

/**
 * What Dredd does not look at: that headers are there which must be, and hold what they may; that there is no body
 * where none is documented; and that an error is the one that was meant to be provoked.
 *
 * @param answer - what the server sent
 * @param documented - what the contract says
 * @param code - the code of the error that was provoked, if it was one
 * @returns every fault, as a sentence
 */
export function replyFaults(answer: Answer, documented: DocumentedReply, code: ErrorCode | null): string[] {
  const faults = documented.headers.flatMap((header) => headerFaults(header, answer.headers));
  if (mediaTypeOf(answer) !== documented.mediaType) faults.push(`the media type is ${mediaTypeOf(answer)}`);
  if (documented.mediaType === null && answer.body !== undefined) faults.push('there is a body');
  if (code !== null && codeOf(answer) !== code) faults.push(`the code is ${codeOf(answer)}, not ${code}`);
  return faults;
}

/** The media type of an answer without its parameters; null where there is none. */
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
