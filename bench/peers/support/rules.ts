import type { InvalidField } from './problems.js';
import type { Attributes } from './store.js';

/** A payment from a client that has passed the rules. */
export interface SentPayment {
  readonly id: string;
  readonly version: number;
  readonly organisation_id: string;
  readonly attributes: Attributes;
}

const NAME =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the rule rejects these characters.
  /^[ \u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]*[^\s\u0000-\u001f\u007f-\u009f][^\u0000-\u001f\u007f-\u009f]*$/;
const AMOUNT = /^(0*[1-9][0-9]*(\.[0-9]+)?|0+\.0*[1-9][0-9]*)$/;
const TAGS = /^[ \t]*(\*|(,[ \t]*)*(W\/)?"[!#-~\u0080-\u00ff]*"([ \t]*,([ \t]*(W\/)?"[!#-~\u0080-\u00ff]*")?)*)[ \t]*$/;

/** Whether a text may be an id or an organisation. */
export function isName(value: unknown): value is string {
  if (typeof value !== 'string' || value.length === 0 || !NAME.test(value) || !value.isWellFormed()) return false;
  return value.length <= 255 || [...value].length <= 255;
}

/** Whether a header is a list of entity tags. */
export function isTagList(header: string): boolean {
  return TAGS.test(header);
}

/**
 * The contract's rules for a request body, written by hand.
 *
 * @param body - parsed JSON
 * @param isUpdate - whether `version` is required
 * @returns the payment, or all invalid fields
 */
export function checkPayment(body: unknown, isUpdate: boolean): SentPayment | InvalidField[] {
  const errors: InvalidField[] = [];
  if (!isObject(body)) return [{ pointer: '', detail: 'must be an object' }];
  for (const key in body) {
    if (key !== 'data' && key !== 'links') errors.push({ pointer: `/${key}`, detail: 'is not known' });
  }
  if (body.links !== undefined && !isObject(body.links)) {
    errors.push({ pointer: '/links', detail: 'must be an object' });
  }
  const data = body.data;
  if (!isObject(data)) return [...errors, { pointer: '/data', detail: 'must be an object' }];
  for (const key in data) {
    if (!PROPERTIES.has(key)) errors.push({ pointer: `/data/${key}`, detail: 'is not known' });
  }
  const { id, version, type, organisation_id, attributes } = data;
  if (!isName(id)) errors.push({ pointer: '/data/id', detail: 'must be 1 to 255 characters, not blank' });
  if (version === undefined ? isUpdate : !(Number.isSafeInteger(version) && Number(version) >= 0)) {
    errors.push({ pointer: '/data/version', detail: 'must be an integer of at least 0' });
  }
  if (type !== 'Payment') errors.push({ pointer: '/data/type', detail: 'must be Payment' });
  if (!isName(organisation_id)) {
    errors.push({ pointer: '/data/organisation_id', detail: 'must be 1 to 255 characters, not blank' });
  }
  if (!isObject(attributes)) {
    errors.push({ pointer: '/data/attributes', detail: 'must be an object' });
  } else {
    const { amount } = attributes;
    if (typeof amount !== 'string' || amount.length > 64 || !AMOUNT.test(amount)) {
      errors.push({ pointer: '/data/attributes/amount', detail: 'must be a decimal number greater than zero' });
    }
  }
  if (errors.length > 0 || !isName(id) || !isName(organisation_id) || !isObject(attributes)) return errors;
  return { id, version: Number(version ?? 0), organisation_id, attributes };
}

const PROPERTIES = new Set(['id', 'version', 'type', 'organisation_id', 'attributes']);

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
