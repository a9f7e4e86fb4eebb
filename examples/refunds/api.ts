import { type ContractApi, type ContractApiOptions, createContractApi } from '../../src/contract/dispatch.js';
import { untyped } from '../../src/contract/types.js';
import { createCursors } from '../../src/store/cursor.js';
import type { ResourceStore } from '../../src/store/types.js';
import { contract } from './contract.js';
import { refundHandlers } from './handlers.js';
import { type RefundColumn, refunds } from './resource.js';

/**
 * The operations on refunds, served next to others.
 *
 * @param externalUrl - the service's URL for clients
 */
export function refundsApi(
  store: ResourceStore<RefundColumn>,
  externalUrl: string,
  checkReply?: ContractApiOptions['checkReply'],
): ContractApi {
  const cursors = createCursors(refunds.name, { schema: null, table: refunds.name });
  const root = `${externalUrl}/v1/refunds`;
  return createContractApi({
    contract,
    handlers: untyped(refundHandlers({ store, cursors, root })),
    rules: {
      listRefunds({ query, errors }) {
        const { after } = query;
        if (typeof after === 'string' && cursors.decode(after)?.kind !== 'after') {
          errors.add('/query/after', 'is not a cursor of this list');
        }
      },
    },
    ...(checkReply && { checkReply }),
  });
}
