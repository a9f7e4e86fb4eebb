import type { CreateOutcome, DeleteOutcome, NewPayment, PaymentChange, UpdateOutcome } from '../repo.js';
import { joined } from './joined-texts.js';
import type { Statements, WrittenRow } from './statements.js';
import type { Known, Write, WriteKind } from './writes.js';

export interface Creation extends Write {
  readonly payment: NewPayment;
}

export interface Update extends Write {
  readonly change: PaymentChange;
}

export interface Deletion extends Write {
  readonly version: number;
}

/** How payments are created: the first to use an id has it, all others learn that it exists. */
export function creations({ create }: Statements): WriteKind<Creation, { readonly id: string }, CreateOutcome> {
  return {
    statement: create,
    values: (items) => [
      joined(items.map(({ id }) => id)),
      joined(items.map(({ payment }) => payment.organisationId)),
      joined(items.map(({ payment }) => payment.attributes)),
    ],
    texts: ({ payment: { id, organisationId, attributes } }) => [id, organisationId, attributes],
    sizeBytes: ({ payment }) => payment.attributes.length,
    outcome: (_item, row) => ({ outcome: { outcome: row === undefined ? 'exists' : 'created' }, known: 'exists' }),
    foregone: () => ({ outcome: 'exists' }),
  };
}

/** How payments are replaced, each only where its version is the stored one. */
export function updates({ update }: Statements): WriteKind<Update, WrittenRow, UpdateOutcome> {
  return {
    statement: update,
    values: (items) => [
      joined(items.map(({ id }) => id)),
      joined(items.map(({ change }) => versionValue(change.version))),
      joined(items.map(({ change }) => change.organisationId)),
      joined(items.map(({ change }) => change.attributes)),
    ],
    texts: ({ change: { id, organisationId, attributes } }) => [id, organisationId, attributes],
    sizeBytes: ({ change }) => change.attributes.length,
    outcome: (_item, row) => {
      if (row?.written === true) {
        const version = Number(row.version) + 1;
        return { outcome: { outcome: 'updated', version }, known: version };
      }
      return refusal(row);
    },
    foregone: ({ change }, known) => foregoneRefusal(change.version, known),
  };
}

/** How payments are marked deleted, each only where its version is the stored one. */
export function deletions({ delete: statement }: Statements): WriteKind<Deletion, WrittenRow, DeleteOutcome> {
  return {
    statement,
    values: (items) => [joined(items.map(({ id }) => id)), joined(items.map(({ version }) => versionValue(version)))],
    texts: ({ id }) => [id],
    sizeBytes: () => 0,
    outcome: (_item, row) => (row?.written === true ? { outcome: { outcome: 'deleted' }, known: null } : refusal(row)),
    foregone: ({ version }, known) => foregoneRefusal(version, known),
  };
}

type Refusal =
  | { readonly outcome: 'not_found' }
  | { readonly outcome: 'version_conflict'; readonly currentVersion: number };

function refusal(row: WrittenRow | undefined): { outcome: Refusal; known: Known } {
  if (row === undefined || row.deleted) {
    return { outcome: { outcome: 'not_found' }, known: null };
  }
  const currentVersion = Number(row.version);
  return { outcome: { outcome: 'version_conflict', currentVersion }, known: currentVersion };
}

function foregoneRefusal(version: number, known: Known): Refusal | null {
  if (known === null) {
    return { outcome: 'not_found' };
  }
  return typeof known === 'number' && known !== version ? { outcome: 'version_conflict', currentVersion: known } : null;
}

/** A version that no payment can have, where the client's is beyond what the database's integers hold. */
function versionValue(version: number): number {
  return Number.isSafeInteger(version) ? version : -1;
}
