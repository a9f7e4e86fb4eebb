import type { PaymentColumn } from '../../src/payments/resource.js';
import { type ChangeKind, LargeRow, type NewRow, type PageChange } from '../../src/store/types.js';

/*
 * The plan of the writers of `feed.test.ts`. Each payment has one history: it is created, updated twice and deleted, or
 * updated once more. So each change and its successor are known in advance.
 */

/** The number of concurrent writers. */
export const WRITERS = 16;
export const CHANGES_PER_PAYMENT = 4;

/** One write of the plan. */
export interface PlannedWrite {
  readonly kind: ChangeKind;
  readonly id: string;
  /** The version after the write; for a delete, that of the deleted payment. */
  readonly version: number;
  readonly row: NewRow<PaymentColumn>;
  /** Whether two requests with one key are sent at the same time. */
  readonly isDoubled: boolean;
  readonly idempotency: { readonly key: string; readonly fingerprint: string };
}

/**
 * @param payment - the number of a payment; payments of one writer have one organisation
 * @param step - the number of its change
 */
export function planned(payment: number, step: number): PlannedWrite {
  const id = `payment ${payment}`;
  const isDeletion = step === CHANGES_PER_PAYMENT - 1 && payment % 2 === 0;
  return {
    kind: step === 0 ? 'created' : isDeletion ? 'deleted' : 'updated',
    id,
    version: isDeletion ? step - 1 : step,
    row: {
      id,
      organisation_id: organisationOf(payment),
      attributes: `{"amount":"1","step":${isDeletion ? step - 1 : step}}`,
    },
    isDoubled: (payment + step) % 50 === 0,
    idempotency: { key: `${payment}/${step}`, fingerprint: 'f' },
  };
}

export function organisationOf(payment: number): string {
  return `writer ${payment % WRITERS}`;
}

/** Whether a change is the planned one. */
export function isPlanned({ kind, row }: PageChange<PaymentColumn>, write: PlannedWrite): boolean {
  return (
    !(row instanceof LargeRow) &&
    kind === write.kind &&
    row.id === write.id &&
    row.version === write.version &&
    row.attributes === write.row.attributes &&
    row.organisation_id === write.row.organisation_id
  );
}
