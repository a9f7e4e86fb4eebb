import type { OperationId } from '../contract/contract.js';
import type { Rule, RuleInput } from '../contract/dispatch.js';
import type { Cursors } from '../store/cursor.js';
import type { PaymentCursors } from './pages.js';

type Rules = Partial<Record<OperationId, Rule>>;

/** Checks across several parameters or properties, which a schema cannot express. */
export function createRules(cursors: PaymentCursors): Rules {
  return {
    listPayments(request) {
      for (const [name, other] of EXCLUSIVE) dropDefault(request, name, other);
      const { from = 0, size, to, after, organisation_id: filter } = request.parameters;
      checkPage(request, cursors.list(filter === undefined ? undefined : String(filter)));
      if (after !== undefined && request.parameters.from !== undefined) {
        request.addError('/query/from', 'cannot be combined with after: use offsets or cursors');
      }
      if (to === undefined) return;
      if (size !== undefined) request.addError('/query/to', 'cannot be combined with size, which replaces it');
      else if (after !== undefined)
        request.addError('/query/to', 'cannot be combined with after: use offsets or cursors');
      else if (typeof to === 'number' && Number.isSafeInteger(from) && to > 0 && to <= Number(from)) {
        if (!request.isSent('to')) delete request.parameters.to;
        else request.addError('/query/to', `must be greater than from, which is ${from}`);
      }
    },

    listChanges: (request) => checkPage(request, cursors.changes, 'after'),
    listPaymentVersions: (request) => checkPage(request, cursors.versions(String(request.params.id ?? '')), 'after'),

    createPayment: checkText,

    updatePayment(request) {
      checkText(request);
      const { id } = dataOf(request.body);
      if (typeof id === 'string' && id !== request.params.id) {
        request.addError('/data/id', 'must be the id of the path');
      }
    },
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
function dropDefault({ parameters, isSent }: RuleInput, name: string, other: string): void {
  if (parameters[name] === undefined || parameters[other] === undefined) return;
  if (!isSent(name)) delete parameters[name];
}

/** No database has a negative or fractional page, so it is rejected even if the contract accepts it. */
function checkPage(request: RuleInput, cursors: Cursors, kind?: 'after'): void {
  for (const name of ['from', 'size', 'to']) {
    const value = request.parameters[name];
    if (typeof value === 'number' && !(Number.isInteger(value) && value >= 0))
      request.addError(`/query/${name}`, 'must be an integer that is not negative');
  }
  const { after } = request.parameters;
  if (after === undefined) return;
  const cursor = cursors.decode(String(after));
  if (cursor === null || (kind !== undefined && cursor.kind !== kind)) {
    request.addError('/query/after', 'is not a cursor of this list');
  }
}

/** No database holds these characters, so they are rejected even if the contract accepts them. */
const UNSTORABLE = /\p{Surrogate}|\0/u;
/** Likewise longer text: an entry of Postgres's indexes holds 2,704 bytes in all. */
const INDEXED_BYTES = 2048;

function checkText({ body, addError }: RuleInput): void {
  const data = dataOf(body);
  for (const name of ['id', 'organisation_id']) {
    const text = String(data[name]);
    if (UNSTORABLE.test(text)) addError(`/data/${name}`, 'must not contain NUL or lone surrogates');
    if (Buffer.byteLength(text) > INDEXED_BYTES) addError(`/data/${name}`, `must have at most ${INDEXED_BYTES} bytes`);
  }
}

function dataOf(body: unknown): Readonly<Record<string, unknown>> {
  return Object(Object(body).data);
}
