import type { Rejection } from '../types.js';
import type { Statements, WrittenId, WrittenText } from './statements.js';
import type { RowState, Write, WriteKind } from './writes.js';

/** How rows are created: the first to use an id has it, all others learn that it exists. */
export function creates({ create }: Statements): WriteKind<WrittenId, { outcome: 'created' } | { outcome: 'exists' }> {
  return {
    statement: create,
    hasVersion: false,
    outcome: (_write, row) => ({
      outcome: { outcome: row === undefined ? 'exists' : 'created' },
      isWritten: row !== undefined,
      state: 'exists',
    }),
    impliedOutcome: () => ({ outcome: 'exists' }),
  };
}

type Updated = { readonly outcome: 'updated'; readonly version: number };

/** How rows are replaced, each only where its version is the stored one. */
export function updates({ update }: Statements): WriteKind<WrittenText, Updated | Rejection> {
  return {
    statement: update,
    hasVersion: true,
    outcome: (write, row) => {
      if (row?.written !== true) return rejection(write, row);
      const version = Number(row.version) + 1;
      return { outcome: { outcome: 'updated', version }, isWritten: true, state: version };
    },
    impliedOutcome: ({ version }, state) => impliedRejection(version, state),
  };
}

/** How rows are marked deleted, each only where its version is the stored one. */
export function deletes({ delete: statement }: Statements): WriteKind<WrittenText, { outcome: 'deleted' } | Rejection> {
  return {
    statement,
    hasVersion: true,
    outcome: (write, row) =>
      row?.written === true ? { outcome: { outcome: 'deleted' }, isWritten: true, state: null } : rejection(write, row),
    impliedOutcome: ({ version }, state) => impliedRejection(version, state),
  };
}

function rejection({ version }: Write, row: WrittenText | undefined) {
  if (row === undefined) return undefined;
  const isWritten = false;
  if (row.deleted) return { outcome: { outcome: 'not_found' } as const, isWritten, state: null };
  const currentVersion = Number(row.version);
  // The right version, and yet not written: its key was used before, as will be found out.
  if (currentVersion === version) return undefined;
  return { outcome: { outcome: 'version_conflict', currentVersion } as const, isWritten, state: currentVersion };
}

function impliedRejection(version: number, state: RowState): Rejection | null {
  if (state === null) return { outcome: 'not_found' };
  return typeof state === 'number' && state !== version ? { outcome: 'version_conflict', currentVersion: state } : null;
}
