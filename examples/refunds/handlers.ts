import { jsonTextOf } from '../../src/contract/json/json-text.js';
import { idempotencyOf, REPLAYED, replayReply } from '../../src/http/idempotency.js';
import { listBody } from '../../src/http/list-body.js';
import { problemsOf } from '../../src/http/problems.js';
import type { Cursors } from '../../src/store/cursor.js';
import type { ColumnValue, ResourceStore, Row } from '../../src/store/types.js';
import type { Handlers, Reply } from './contract.js';
import type { RefundColumn } from './resource.js';

export interface RefundDependencies {
  readonly store: ResourceStore<RefundColumn>;
  readonly cursors: Cursors;
  /** The absolute URL of the operations for clients, without a trailing slash. */
  readonly root: string;
}

const refundProblem = problemsOf({
  refund_exists: { status: 409, title: 'The id is taken' },
  refund_not_found: { status: 404, title: 'No such refund' },
  refund_without_payment: { status: 409, title: 'No such payment' },
  amount_exceeded: { status: 409, title: 'The payment does not suffice' },
} as const);

/** The operations on refunds. */
export function refundHandlers({ store, cursors, root }: RefundDependencies): Handlers {
  const urlOf = (id: string) => `${root}/${encodeURIComponent(id)}`;
  const replyOf = ({ id, payment_id, amount }: Omit<Row<RefundColumn, ColumnValue>, 'version'>) => ({
    data: { id, payment_id: String(payment_id), amount: String(amount) },
    links: { self: urlOf(id) },
  });
  const created = (refund: Omit<Row<RefundColumn>, 'version'>, more: Partial<typeof REPLAYED> = {}) => ({
    status: 201 as const,
    headers: { Location: urlOf(refund.id), ...more },
    body: replyOf(refund),
  });

  return {
    async createRefund({ headers, body, document, call }): Promise<Reply<'createRefund'>> {
      const refund = body.data;
      const idempotency = idempotencyOf(headers['idempotency-key'], ['createRefund'], document.text);
      const result = await store.create(refund, call, idempotency);
      switch (result.outcome) {
        case 'created':
          return created(refund);
        case 'exists':
          return refundProblem('refund_exists', 'A refund with this id exists.');
        case 'rejected':
          return result.verdict === 'amount_exceeded'
            ? refundProblem('amount_exceeded', 'All refunds of the payment together would exceed its amount.')
            : refundProblem('refund_without_payment', 'There is no payment with this id, or it was deleted.');
        default:
          return replayReply(result, ({ row }) => created(row, REPLAYED));
      }
    },

    async getRefund({ path, call }): Promise<Reply<'getRefund'>> {
      const refund = await store.find(path.id, call);
      if (!refund) return refundProblem('refund_not_found', 'There is no refund with this id.');
      return { status: 200, body: replyOf(refund) };
    },

    async listRefunds({ query, call }): Promise<Reply<'listRefunds'>> {
      const { payment_id: filter, size, after } = query;
      const position = (after === undefined ? null : cursors.decode(after))?.position ?? '0';
      const { rows, last } = await store.list({ kind: 'after', position, size, filter }, call);
      const linkTo = (cursor: string | undefined) => {
        const parameters = new URLSearchParams({ size: String(size) });
        if (filter !== undefined) parameters.set('payment_id', filter);
        if (cursor !== undefined) parameters.set('after', cursor);
        return `${root}?${parameters}`;
      };
      const next = cursors.encode({ kind: 'after', position: last ?? position });
      return {
        status: 200,
        body: listBody({
          items: rows,
          rowOf: (row) => row,
          json: (_item, row) => jsonTextOf(replyOf(row).data),
          links: { self: linkTo(after), next: linkTo(next) },
          rowsAt: store.rowsAt,
          call,
        }),
      };
    },
  };
}
