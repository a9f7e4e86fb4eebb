import { z } from 'zod';
import { JsonDocument, JsonError } from '../../contract/json/json-document.js';
import type { RequestError } from '../../contract/types.js';
import type { ArchivedChange, ArchivedRow, ArchiveEntry } from '../../store/archive.js';
import type { AnyResource } from '../../store/tables.js';
import type { ParsedLine } from '../../store/transfer.js';
import type { Row } from '../../store/types.js';

/** The text of a JSON column whose property is missing. */
const NOTHING = 'null';

/**
 * Prints a row or a change as one line of JSON: the row as clients see it, and the store's own facts. For a row those
 * are `deleted` and `order`, the decimal text of its creation position; for a change it is `change`. JSON columns are
 * the client's own text.
 *
 * @param isNamed - whether the line names the resource; the default is the first
 */
export function printLine(resource: AnyResource, isNamed: boolean, item: ArchivedRow | ArchivedChange): string {
  const { id, version, ...columns } = item.row;
  const fields = Object.entries({ id, version, ...resource.constants }).map(
    ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`,
  );
  for (const name of resource.columns) {
    const text = columns[name] ?? '';
    // JSON can contain line ends only between tokens.
    const json = resource.jsonColumns.includes(name) ? text.replace(/[\r\n]/g, ' ') : JSON.stringify(text);
    if (json !== NOTHING) fields.push(`${JSON.stringify(name)}:${json}`);
  }
  if (isNamed) fields.unshift(`"resource":${JSON.stringify(resource.name)}`);
  if ('kind' in item) fields.push(`"change":${JSON.stringify(changeFields(item))}`);
  else fields.push(`"deleted":${item.isDeleted}`, `"order":"${item.position}"`);
  return `{${fields.join(',')}}`;
}

function changeFields({ position, kind, at, isBaseline, idempotency }: ArchivedChange) {
  return {
    position,
    kind,
    at,
    ...(isBaseline ? { baseline: true } : {}),
    ...(idempotency ? { idempotency_key: idempotency.key, fingerprint: idempotency.fingerprint } : {}),
  };
}

/** Finds the errors in a create request's body, parsed from a document; empty if it is valid. */
export type FindErrors = (resource: AnyResource, body: unknown, document: JsonDocument) => readonly RequestError[];

const POSITION = 'must be a string of at most 18 digits, greater than zero';
/** Leaves room for later changes, whose versions are higher and whose times are not earlier. */
const MAX_VERSION = 10 ** 15 - 1;
const TIME = 'must be a time in UTC before December 9999';
const TIME_TEXT = /^(?!0000|9999-12)\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const position = z.string({ message: POSITION }).regex(/^[1-9]\d{0,17}$/, POSITION);

const VISIBLE = 'must have 1 to 255 visible ASCII characters';
const visible = z.string({ message: VISIBLE }).regex(/^[!-~]{1,255}$/, VISIBLE);

const change = z.strictObject({
  position,
  kind: z.enum(['created', 'updated', 'deleted'], { message: 'must be created, updated or deleted' }),
  at: z.string({ message: TIME }).refine(isTime, TIME),
  baseline: z.boolean().default(false),
  idempotency_key: visible.optional(),
  fingerprint: visible.optional(),
});

function isTime(text: string): boolean {
  const ms = TIME_TEXT.test(text) ? Date.parse(text) : Number.NaN;
  // `Date` takes the 31st of June for the 1st of July.
  return !Number.isNaN(ms) && new Date(ms).toISOString() === text;
}

/** The facts of a line besides the row itself. */
const storedFacts = z.object({
  deleted: z.boolean({ message: 'must be true or false' }).default(false),
  order: position.optional(),
  change: change
    .refine(
      (value) => (value.idempotency_key === undefined) === (value.fingerprint === undefined),
      'must have idempotency_key and fingerprint, or neither',
    )
    .optional(),
});

/**
 * Parses a line of JSON: an output of `printLine`, a row as clients send it, or either in the envelope `{"data": …}`.
 * Missing facts are those of a new row: version 0, not deleted, next in order.
 *
 * @param resources - the first is the default
 * @returns the entry, or all errors in the line, with pointers into it
 */
export function parseLine(resources: readonly AnyResource[], findErrors: FindErrors, text: string): ParsedLine {
  try {
    const { envelope, isWrapped } = readEnvelope(text);
    const parsed = read(resources, findErrors, envelope);
    if (!('errors' in parsed)) return parsed;
    // Pointers must not contain an envelope that was added here.
    const prefix = isWrapped ? /^\/data/ : /^(?!)/;
    return {
      error: parsed.errors.map(({ pointer, detail }) => phrase(pointer.replace(prefix, ''), detail)).join('; '),
    };
  } catch (error) {
    if (error instanceof JsonError) return { error: phrase(error.details.pointer, error.details.detail) };
    throw error;
  }
}

function phrase(pointer: string, detail: string): string {
  return pointer === '' ? detail : `${pointer} ${detail}`;
}

/**
 * The line as a request body. A row is wrapped as text, because only texts two levels deep are available afterwards.
 */
function readEnvelope(text: string): { envelope: JsonDocument; isWrapped: boolean } {
  const document = JsonDocument.parse(text);
  const properties = propertiesOf(document.value);
  const isEnvelope = 'data' in properties && !('id' in properties);
  return isEnvelope
    ? { envelope: document, isWrapped: false }
    : { envelope: JsonDocument.parse(`{"data":${text}}`), isWrapped: true };
}

function read(
  resources: readonly AnyResource[],
  findErrors: FindErrors,
  envelope: JsonDocument,
): ParsedLine | { readonly errors: readonly RequestError[] } {
  const { data, ...links } = propertiesOf(envelope.value);
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    return { errors: [{ pointer: '/data', detail: 'must be an object' }] };
  }
  const { resource: name = resources[0]?.name, deleted, order, change, ...row } = propertiesOf(data);
  const resource = resources.find((one) => one.name === name);
  if (resource === undefined) {
    const names = resources.map((one) => one.name).join(' or ');
    return { errors: [{ pointer: '/data/resource', detail: `must be ${names}` }] };
  }
  // Requests lose their readOnly properties, and lines keep them.
  const texts = Object.entries(row).filter(([, value]) => typeof value === 'string');
  const errors = [...findErrors(resource, { ...links, data: row }, envelope)];
  if (Number(row.version) > MAX_VERSION)
    errors.push({ pointer: '/data/version', detail: 'must have at most 15 digits' });
  for (const [name, text] of texts) row[name] ??= text;
  const isReported = (column: string) => errors.some(({ pointer }) => pointer === `/data/${column}`);
  const missing = resource.columns.filter((column) => row[column] === undefined);
  // Archives leave out what is null, also where the contract requires the property.
  const nulls = missing.filter((column) => resource.jsonColumns.includes(column) && isReported(column));
  for (const column of nulls) row[column] = null;
  if (nulls.length > 0 && findErrors(resource, { ...links, data: row }, envelope).length === 0) errors.length = 0;
  for (const column of missing) {
    if (!resource.jsonColumns.includes(column) && !isReported(column))
      errors.push({ pointer: `/data/${column}`, detail: 'is required, because its column is text' });
  }
  const facts = storedFacts.safeParse({ deleted, order, change });
  for (const { path, message } of facts.error?.issues ?? []) {
    errors.push({ pointer: `/data/${path.join('/')}`, detail: message });
  }
  if (!facts.success || errors.length > 0) return { errors };
  return { resource: resource.name, entry: entryOf(facts.data, rowOf(resource, row, envelope)) };
}

function entryOf({ deleted, order, change }: z.infer<typeof storedFacts>, row: Row): ArchiveEntry {
  if (!change) {
    const kind = deleted ? 'deleted' : 'created';
    return { kind, row, position: order ?? null, at: null, isBaseline: true, idempotency: null };
  }
  const { position, kind, at, baseline: isBaseline, idempotency_key: key, fingerprint } = change;
  const idempotency = key !== undefined && fingerprint !== undefined ? { key, fingerprint } : null;
  return { kind, row, position, at, isBaseline, idempotency };
}

function rowOf(resource: AnyResource, row: Readonly<Record<string, unknown>>, envelope: JsonDocument): Row {
  const columns = resource.columns.map((column): [string, string] => [
    column,
    String(
      resource.jsonColumns.includes(column)
        ? (envelope.memberText('data', column) ?? JSON.stringify(row[column] ?? null))
        : row[column],
    ),
  ]);
  // A row of unknown columns is an object of strings with one number.
  return { ...Object.fromEntries(columns), id: String(row.id), version: Number(row.version ?? 0) } as Row;
}

function propertiesOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
