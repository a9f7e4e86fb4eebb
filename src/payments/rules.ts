import type { OperationId } from '../contract/contract.js';
import type { Rule, RuleInput } from '../contract/dispatch.js';
import type { Cursors } from '../store/cursor.js';
import type { PaymentCursors } from './pages.js';

type Rules = Partial<Record<OperationId, Rule>>;

/** Checks across several parameters or properties, which a schema cannot express. */
export function createRules(cursors: PaymentCursors): Rules {
  return {
    createPayment: checkText,
    getPayment: checkText,
    deletePayment: checkText,

    updatePayment(request) {
      checkText(request);
      const { id } = dataOf(request.body);
      if (typeof id === 'string' && id !== request.path.id) {
        request.errors.add('/data/id', 'must be the id of the path');
      }
    },

    listPayments(request) {
      const { errors } = request;
      for (const [name, other] of EXCLUSIVE) dropDefault(request, name, other);
      const { from = 0, size, to, after, organisation_id: filter } = request.query;
      checkPage(request, cursors.list(filter === undefined ? undefined : String(filter)));
      if (after !== undefined && request.query.from !== undefined) {
        errors.add('/query/from', 'cannot be combined with after: use offsets or cursors');
      }
      if (to === undefined) return;
      if (size !== undefined) errors.add('/query/to', 'cannot be combined with size, which replaces it');
      else if (after !== undefined) errors.add('/query/to', 'cannot be combined with after: use offsets or cursors');
      else if (errors.isValid('/query/from') && errors.isValid('/query/to') && Number(to) <= Number(from)) {
        if (!request.isSent('to')) delete request.query.to;
        else errors.add('/query/to', `must be greater than from, which is ${from}`);
      }
    },

    listChanges: (request) => checkPage(request, cursors.changes, 'after'),
    listPaymentVersions: (request) => checkPage(request, cursors.versions(String(request.path.id ?? '')), 'after'),
  };
}

/** Pairs of parameters that cannot be combined. */
const EXCLUSIVE = [
  ['from', 'after'],
  ['after', 'from'],
  ['size', 'to'],
  ['to', 'size'],
  ['to', 'after'],
] as const;

/** A default of the contract gives way to a parameter that excludes it. */
function dropDefault({ query, isSent }: RuleInput, name: string, other: string): void {
  if (query[name] !== undefined && query[other] !== undefined && !isSent(name)) delete query[name];
}

/** The smallest values: a page without payments would link to itself. */
const LEAST = { from: 0, size: 1, to: 1 };

/** Other pages are rejected even if the contract accepts them. */
function checkPage(request: RuleInput, cursors: Cursors, kind?: 'after'): void {
  checkText(request);
  for (const [name, least] of Object.entries(LEAST)) {
    const value = request.query[name];
    if (typeof value === 'number' && !(Number.isInteger(value) && value >= least && value <= 2 ** 53))
      request.errors.add(`/query/${name}`, `must be an integer from ${least} to 2^53`);
  }
  const { after } = request.query;
  if (after === undefined) return;
  const cursor = cursors.decode(String(after));
  if (cursor === null || (kind !== undefined && cursor.kind !== kind)) {
    request.errors.add('/query/after', 'is not a cursor of this list');
  }
}

/** Characters that databases cannot hold. U+001F, which separates the texts of a batch for Postgres, is checked apart. */
const UNSTORABLE = /\p{Surrogate}|\0/u;
/** An index entry in Postgres has at most 2,704 bytes. */
const INDEXED_BYTES = 2048;

/** Text that no database holds is rejected even if the contract accepts it. */
function checkText({ path, query, headers, body, errors }: RuleInput): void {
  const data = dataOf(body);
  check('/path/id', path.id);
  check('/query/organisation_id', query.organisation_id);
  check('/header/idempotency-key', headers['idempotency-key']);
  check('/data/id', data.id);
  check('/data/organisation_id', data.organisation_id);

  function check(pointer: string, text: unknown): void {
    if (typeof text !== 'string') return;
    if (text === '' && /\/(?:id|idempotency-key)$/.test(pointer)) errors.add(pointer, 'must not be empty');
    if (UNSTORABLE.test(text) || text.includes('\u001f'))
      errors.add(pointer, 'must not contain NUL, U+001F or lone surrogates');
    if (Buffer.byteLength(text) > INDEXED_BYTES) errors.add(pointer, `must have at most ${INDEXED_BYTES} bytes`);
  }
}

function dataOf(body: unknown): Readonly<Record<string, unknown>> {
  return Object(Object(body).data);
}
