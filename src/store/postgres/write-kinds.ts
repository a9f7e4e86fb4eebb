import type { Rejection } from '../types.js';
import type { WrittenText } from './statements.js';
import type { RowState, Write, WriteKind } from './writes.js';

/** How rows are created: the first to use an id has it, all others learn that it exists. */
export const CREATES: WriteKind<{ outcome: 'created' } | { outcome: 'exists' }> = {
  kind: 'created',
  outcome: (_write, row) => ({
    outcome: { outcome: row === undefined ? 'exists' : 'created' },
    isWritten: row !== undefined,
    state: 'exists',
  }),
  impliedOutcome: () => ({ outcome: 'exists' }),
};

/** How rows are replaced, each only where its version is the stored one. */
export const UPDATES: WriteKind<{ readonly outcome: 'updated'; readonly version: number } | Rejection> = {
  kind: 'updated',
  outcome: (write, row) => {
    if (row?.written !== true) return rejection(write, row);
    const version = Number(row.version) + 1;
    return { outcome: { outcome: 'updated', version }, isWritten: true, state: version };
  },
  impliedOutcome: impliedRejection,
};

/** How rows are marked deleted, each only where its version is the stored one. */
export const DELETES: WriteKind<{ outcome: 'deleted' } | Rejection> = {
  kind: 'deleted',
  outcome: (write, row) =>
    row?.written === true ? { outcome: { outcome: 'deleted' }, isWritten: true, state: null } : rejection(write, row),
  impliedOutcome: impliedRejection,
};

function rejection({ version }: Write, row: WrittenText | undefined) {
  if (row === undefined) return undefined;
  const isWritten = false;
  if (row.deleted) return { outcome: { outcome: 'not_found' } as const, isWritten, state: null };
  const currentVersion = Number(row.version);
  // The right version, and yet not written: its key was used before, as will be found out.
  if (currentVersion === version) return undefined;
  return { outcome: { outcome: 'version_conflict', currentVersion } as const, isWritten, state: currentVersion };
}

function impliedRejection({ version }: Write, state: RowState): Rejection | null {
  if (state === null) return { outcome: 'not_found' };
  return typeof state === 'number' && state !== version ? { outcome: 'version_conflict', currentVersion: state } : null;
}
