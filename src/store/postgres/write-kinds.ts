import type { CreateGuard, CreateOutcome, GuardRow, NewRow, Rejection } from '../types.js';
import type { Statement } from './connection/statement.js';
import { executeWrites, LOCKED, type RowState, values, type Write, type WriteKind, type WriteParts } from './writes.js';

/** The first create of an id succeeds; the others learn that it exists, unless a trigger has dropped the row. */
export const CREATES: WriteKind<{ outcome: 'created' } | { outcome: 'exists' }> = {
  kind: 'created',
  written: () => [{ outcome: 'created' }, 'exists'],
  impliedOutcome: (_write, state) => (state === 'exists' ? { outcome: 'exists' } : null),
};

/** Creates a row if the guard accepts it. One transaction locks the log before it checks the condition. */
export async function executeGuardedCreate(
  parts: WriteParts,
  guard: CreateGuard,
  sql: Statement<GuardRow>,
  write: Write & { readonly row: NewRow },
): Promise<CreateOutcome | typeof LOCKED | Error> {
  const { executor, statements } = parts;
  const { row } = write;
  let verdict: string | null = null;
  const execute: WriteParts['execute'] = async (kind, isKeyed, take, undone) =>
    (await executor.transaction(async (query) => {
      verdict = null;
      await query(statements.lockLog, []);
      verdict = guard.decide(row, await query(sql, guard.parameters(row)));
      const taken = take();
      if (verdict !== null || taken.length === 0) return null;
      return await query(statements.write[kind][isKeyed ? 'keyed' : 'plain'], values(kind, taken, isKeyed));
    }, undone)) ?? [];
  const [outcome = new Error('a create got no outcome')] = await executeWrites({ ...parts, execute }, CREATES, [write]);
  // An id in use takes precedence over the condition.
  return outcome === LOCKED && verdict !== null ? { outcome: 'rejected', verdict } : outcome;
}

export const UPDATES: WriteKind<{ readonly outcome: 'updated'; readonly version: number } | Rejection> = {
  kind: 'updated',
  written: ({ version }) => [{ outcome: 'updated', version: version + 1 }, version + 1],
  impliedOutcome: impliedRejection,
};

export const DELETES: WriteKind<{ outcome: 'deleted' } | Rejection> = {
  kind: 'deleted',
  written: () => [{ outcome: 'deleted' }, null],
  impliedOutcome: impliedRejection,
};

function impliedRejection({ version }: Write, state: RowState): Rejection | null {
  if (state === null) return { outcome: 'not_found' };
  return typeof state === 'number' && state !== version ? { outcome: 'version_conflict', currentVersion: state } : null;
}
