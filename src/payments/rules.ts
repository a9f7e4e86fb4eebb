import type { OperationId } from '../contract/contract.js';
import type { Rule } from '../contract/dispatch.js';
import { decodeCursor } from '../store/cursor.js';

/** Cursors of a length that the schema takes; any other is noted as a fault already. */
const CURSOR_LENGTH = /^.{1,128}$/su;

/** Checks that span several parameters or members, which no schema can express. */
export const rules: Partial<Record<OperationId, Rule>> = {
  listPayments(request) {
    const { from = 0, size, to, after } = request.parameters;
    if (after !== undefined && CURSOR_LENGTH.test(String(after)) && decodeCursor(String(after)) === null) {
      request.addFault('/query/after', 'is not a cursor from one of the links');
    }
    if (after !== undefined && request.parameters.from !== undefined) {
      request.addFault('/query/from', 'cannot be together with after: a walk goes by offset or by cursor');
    }
    if (to === undefined) return;
    if (size !== undefined) request.addFault('/query/to', 'cannot be together with size, which replaces it');
    else if (after !== undefined) request.addFault('/query/to', 'counts from the offset from, not from a cursor');
    else if (typeof to === 'number' && Number.isSafeInteger(from) && to > 0 && to <= Number(from)) {
      request.addFault('/query/to', `must be greater than from, which is ${from}`);
    }
  },

  updatePayment(request) {
    const id = idOf(request.body);
    if (typeof id === 'string' && id !== request.params.id) {
      request.addFault('/data/id', 'must be the id of the path');
    }
  },
};

function idOf(body: unknown): unknown {
  if (typeof body !== 'object' || body === null || !('data' in body)) return undefined;
  const { data } = body;
  return typeof data === 'object' && data !== null && 'id' in data ? data.id : undefined;
}
