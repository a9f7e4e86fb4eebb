import type { GuardRow, ResourceDescription } from '../../src/store/types.js';
import { sumOf, toUnits } from './decimal.js';

/** The columns of a refund besides id and version. */
export type RefundColumn = 'payment_id' | 'amount';

/** Why a refund is rejected. */
export type RefundVerdict = 'payment_not_found' | 'amount_exceeded';

/**
 * A refund needs its payment, and with all other refunds must not exceed the payment's amount. The transaction that
 * creates a refund checks this condition. Creates run one after another, and the payment is locked until the commit, so
 * the condition holds with any number of processes. A later update or delete of the payment does not check it.
 */
export const refunds: ResourceDescription<RefundColumn> = {
  name: 'refunds',
  columns: ['payment_id', 'amount'],
  jsonColumns: [],
  filter: 'payment_id',
  constants: { type: 'Refund' },
  guard: {
    sql: {
      sqlite3: `
        SELECT json_extract(payment.attributes, '$.amount') AS amount,
          (SELECT json_group_array(amount) FROM {{table:refunds}} WHERE payment_id = payment.id AND deleted = 0) AS refunded
        FROM {{table:payments}} AS payment WHERE payment.id = ? AND payment.deleted = 0`,
      postgres: `
        SELECT payment.attributes::json ->> 'amount' AS amount,
          (SELECT coalesce(json_agg(amount), '[]')::text FROM {{table:refunds}} WHERE payment_id = $1 AND NOT deleted) AS refunded
        FROM {{table:payments}} AS payment WHERE payment.id = $1 AND NOT payment.deleted FOR SHARE`,
    },
    parameters: ({ payment_id }) => [payment_id],
    decide: ({ amount }, [payment]) => verdictOf(amount, payment),
  },
};

function verdictOf(amount: string, payment: GuardRow | undefined): RefundVerdict | null {
  if (payment === undefined) return 'payment_not_found';
  const refunded: unknown = JSON.parse(payment.refunded ?? '[]');
  const amounts = Array.isArray(refunded) ? refunded.map(String) : [];
  return sumOf([...amounts, amount]) > toUnits(payment.amount ?? '0') ? 'amount_exceeded' : null;
}
