import type { Fault, ValidationError } from './contract.js';
import { escapePointer } from './json-document.js';

/**
 * Words an error of a compiled validator for a client.
 *
 * @param error - as Ajv gives it
 * @param prefix - where the validated value stands: '' for the body, `/query`, `/path`, `/header`
 */
export function faultOf(error: ValidationError, prefix: string): Fault {
  return { pointer: prefix + pointerOf(error), detail: detailOf(error, prefix) };
}

function pointerOf({ keyword, instancePath, params }: ValidationError): string {
  if (keyword === 'required') return `${instancePath}/${escapePointer(String(params.missingProperty))}`;
  if (keyword === 'additionalProperties') return `${instancePath}/${escapePointer(String(params.additionalProperty))}`;
  return instancePath;
}

function detailOf({ keyword, params, message }: ValidationError, prefix: string): string {
  switch (keyword) {
    case 'required':
      return 'is required';
    case 'additionalProperties':
      return prefix === '/query' ? 'is not a parameter of this operation' : 'is not a member the contract knows';
    case 'type':
      return `must be ${/^[aio]/.test(String(params.type)) ? 'an' : 'a'} ${params.type}`;
    case 'enum':
      return `must be ${(Array.isArray(params.allowedValues) ? params.allowedValues : []).map((value) => JSON.stringify(value)).join(' or ')}`;
    case 'minLength':
      return params.limit === 1 ? 'must not be empty' : `must have at least ${params.limit} characters`;
    case 'maxLength':
      return `must have at most ${params.limit} characters`;
    case 'minimum':
      return `must be at least ${params.limit}`;
    case 'maximum':
      return `must be at most ${params.limit}`;
    // A pattern or a format speaks in the contract's own words: `x-detail` beside it.
    default:
      return message ?? 'does not fit the contract';
  }
}
