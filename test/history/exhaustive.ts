import type { Operation } from './operation.js';

/** The state of a payment. */
type State = { readonly version: number; readonly value: string } | 'never' | 'deleted';

/**
 * Decides the same as `findViolation`, by Wing and Gong's search through all orders: slow, and too simple to be wrong.
 * Only for small histories of one payment.
 *
 * @param history - the operations, in any order
 */
export function isLinearizable(history: readonly Operation[]): boolean {
  return search(history, 'never');
}

function search(rest: readonly Operation[], state: State): boolean {
  if (rest.every(({ outcome }) => outcome === 'unknown')) return true;
  const firstReturn = Math.min(...rest.map(({ returnedMs }) => returnedMs));
  return rest.some((operation, index) => {
    if (operation.invokedMs > firstReturn) return false;
    const next = apply(operation, state);
    return next !== null && search(rest.toSpliced(index, 1), next);
  });
}

/** The state after an operation; null if its response is wrong in this state. */
function apply(operation: Operation, state: State): State | null {
  const { outcome } = operation;
  const live = typeof state === 'object' ? state : null;
  if (operation.kind === 'create') {
    const done: State | null = state === 'never' ? { version: 0, value: operation.value } : null;
    if (outcome === 'exists') return done ? null : state;
    return done;
  }
  if (outcome === 'absent') return live ? null : state;
  if (operation.kind === 'read') {
    const seen = operation.outcome;
    return seen !== 'absent' && live?.version === seen.version && live.value === seen.value ? live : null;
  }
  if (typeof outcome === 'object') {
    const isRejected = 'currentVersion' in outcome && live?.version === outcome.currentVersion;
    return isRejected && live.version !== operation.version ? live : null;
  }
  if (live?.version !== operation.version) return null;
  return operation.kind === 'delete' ? 'deleted' : { version: live.version + 1, value: operation.value };
}
