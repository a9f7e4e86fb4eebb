import { JsonDocument, JsonError } from '../../contract/json-document.js';
import { jsonText } from '../../contract/json-text.js';
import type { RequestError } from '../../contract/types.js';
import { PAYMENT_TYPE } from '../../payments/representation.js';
import type { ArchivedPayment, ArchiveEntry } from '../archive.js';

/**
 * A payment as one line of JSON: as clients see it, and what only the repository knows (`deleted`, and `order`, the
 * decimal text of its place in the order of creation). The attributes are the client's own text.
 *
 * @param payment - a payment as it is stored
 * @returns the line without its end
 */
export function printPaymentLine({
  id,
  version,
  organisationId,
  attributes,
  deleted,
  position,
}: ArchivedPayment): string {
  // White space between tokens is the only place where JSON can hold the end of a line.
  const oneLine = /[\r\n]/.test(attributes) ? attributes.replace(/[\r\n]/g, ' ') : attributes;
  return (
    `{"id":${JSON.stringify(id)},"version":${version},"type":"${PAYMENT_TYPE}","organisation_id":` +
    `${JSON.stringify(organisationId)},"attributes":${oneLine},"deleted":${deleted},"order":"${position}"}`
  );
}

/** What a line holds, or why it cannot be taken. */
export type ParsedLine = { readonly entry: ArchiveEntry } | { readonly faults: readonly RequestError[] };

/** Finds what is wrong with the body of a request that would create a payment; nothing where it is fine. */
export type FindFaults = (body: unknown) => readonly RequestError[];

/** As deep as the service itself takes JSON. */
const MAX_DEPTH = 512;

const ORDER = /^[1-9]\d{0,17}$/;

/**
 * Reads a line of JSON: one that `printPaymentLine` gave, a payment as clients send it, or either in the envelope
 * `{"data": …}`. Whatever a line leaves out is as in a new payment: version 0, not deleted, next in order.
 *
 * @param text - the line
 * @param findFaults - holds a payment against the contract
 * @returns the payment, or every fault of it with a pointer into the line
 */
export function parsePaymentLine(text: string, findFaults: FindFaults): ParsedLine {
  try {
    const document = readEnvelope(text);
    return document.isWrapped
      ? withoutEnvelope(read(document.envelope, findFaults))
      : read(document.envelope, findFaults);
  } catch (error) {
    if (error instanceof JsonError) return { faults: [error.details] };
    throw error;
  }
}

/**
 * The line as the body of a request. A payment alone is put into the envelope by its text, since only the text of
 * members two levels deep is at hand afterwards.
 */
function readEnvelope(text: string): { envelope: JsonDocument; isWrapped: boolean } {
  let wrapped: JsonDocument;
  try {
    wrapped = JsonDocument.parse(`{"data":${text}}`, MAX_DEPTH);
  } catch (error) {
    // Read again by itself, so that the fault is told in terms of the line.
    JsonDocument.parse(text, MAX_DEPTH);
    throw error;
  }
  const { data, ...surplus } = membersOf(wrapped.value);
  if (Object.keys(surplus).length > 0) throw new JsonError({ pointer: '', detail: 'is not JSON' });
  const members = membersOf(data);
  const isEnvelope = 'data' in members && !('id' in members);
  return isEnvelope
    ? { envelope: JsonDocument.parse(text, MAX_DEPTH), isWrapped: false }
    : { envelope: wrapped, isWrapped: true };
}

function read(envelope: JsonDocument, findFaults: FindFaults): ParsedLine {
  const { data, ...links } = membersOf(envelope.value);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return { faults: [{ pointer: '/data', detail: 'must be an object' }] };
  }
  const { deleted = false, order, ...payment } = membersOf(data);
  const faults = [...findFaults({ ...links, data: payment }), ...envelope.inexactNumbers(['/data/attributes'])];
  if (typeof deleted !== 'boolean') faults.push({ pointer: '/data/deleted', detail: 'must be true or false' });
  if (order !== undefined && !(typeof order === 'string' && ORDER.test(order))) {
    faults.push({ pointer: '/data/order', detail: 'must be a string of at most 18 digits, greater than zero' });
  }
  if (faults.length > 0) return { faults };
  return {
    entry: {
      id: String(payment.id),
      version: Number(payment.version ?? 0),
      organisationId: String(payment.organisation_id),
      attributes: jsonText(envelope.memberText('data', 'attributes') ?? '{}'),
      deleted: deleted === true,
      position: typeof order === 'string' ? order : null,
    },
  };
}

/** The envelope was ours, so the pointers must not name it. */
function withoutEnvelope(line: ParsedLine): ParsedLine {
  if ('entry' in line) return line;
  return { faults: line.faults.map(({ pointer, detail }) => ({ pointer: pointer.replace(/^\/data/, ''), detail })) };
}

function membersOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
