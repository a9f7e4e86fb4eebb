import type { Handlers, Reply } from '../contract/contract.js';
import { jsonTextOf } from '../contract/json/json-text.js';
import { idempotencyOf, REPLAYED, replayReply } from '../http/idempotency.js';
import { listBody } from '../http/list-body.js';
import type { Cursors } from '../store/cursor.js';
import type { ColumnValue, PageRow, ResourceStore, Row } from '../store/types.js';
import { paymentProblem } from './problems.js';
import type { PayeeColumn } from './resource.js';

export interface PayeeDependencies {
  readonly store: ResourceStore<PayeeColumn>;
  readonly cursors: Cursors;
  readonly externalUrl: string;
  readonly apiVersion: string;
  /** The default and maximum page size. */
  readonly maxResults: number;
}

export function payeeHandlers({ store, cursors, externalUrl, apiVersion, maxResults }: PayeeDependencies) {
  const root = `${externalUrl}/${apiVersion}/payees`;
  return {
    async createPayee({ headers, body, document, call }): Promise<Reply<'createPayee'>> {
      const { id, name } = body.data;
      const idempotency = idempotencyOf(headers['idempotency-key'], ['createPayee'], document.text);
      const result = await store.create({ id, name }, call, idempotency);
      switch (result.outcome) {
        case 'created':
          return { status: 201, body: { data: payeeOf({ id, name, version: 0 }) } };
        case 'exists':
          return paymentProblem('payee_exists', 'A payee with this id exists.');
        case 'rejected':
          throw new Error(`payees have no guard, and one rejected this: ${result.verdict}`);
        default:
          return replayReply(result, ({ row }) => {
            return { status: 201 as const, headers: REPLAYED, body: { data: payeeOf(row) } };
          });
      }
    },

    async getPayee({ path, call }): Promise<Reply<'getPayee'>> {
      const payee = await store.find(path.id, call);
      if (!payee) return paymentProblem('payee_not_found', 'There is no payee with this id.');
      return { status: 200, body: { data: payeeOf(payee) } };
    },

    async listPayees({ query, call }): Promise<Reply<'listPayees'>> {
      const { after } = query;
      const size = Math.min(query.size ?? maxResults, maxResults);
      const position = (after === undefined ? null : cursors.decode(after))?.position ?? '0';
      const page = await store.list({ kind: 'after', position, size, filter: undefined }, call);
      const next = cursors.encode({ kind: 'after', position: page.last ?? position });
      const linkTo = (cursor = '') => `${root}?size=${size}${cursor && `&after=${cursor}`}`;
      const links = { self: linkTo(after), next: linkTo(next) };
      const json = (_item: unknown, row: Row<PayeeColumn, ColumnValue>) => jsonTextOf(payeeOf(row));
      const body = {
        items: page.rows,
        rowOf: (row: PageRow<PayeeColumn>) => row,
        json,
        links,
        rowsAt: store.rowsAt,
        call,
      };
      return { status: 200, body: listBody(body) };
    },
  } satisfies Partial<Handlers>;
}

function payeeOf({ id, version, name }: Row<PayeeColumn, ColumnValue>) {
  return { id, version, type: 'Payee' as const, name: String(name) };
}
