import { expect } from 'chai';
import { createPaymentCursors, type PageQuery, pageRequestOf, pageSize } from '../../src/payments/pages.js';
import type { PageRequest } from '../../src/store/types.js';

const list = createPaymentCursors({ schema: null, table: 'payments' }).list(undefined);

const after = list.encode({ kind: 'after', position: '12' });
const before = list.encode({ kind: 'before', position: '12' });

describe('the page of a query', () => {
  const CASES: readonly [query: PageQuery, size: number | undefined, request: PageRequest][] = [
    [{}, undefined, { kind: 'after', position: '0', size: 20 }],
    [{ size: 1 }, 1, { kind: 'after', position: '0', size: 1 }],
    [{ size: 20 }, 20, { kind: 'after', position: '0', size: 20 }],
    [{ size: 21 }, 21, { kind: 'after', position: '0', size: 20 }],
    [{ size: 2 ** 53 }, 2 ** 53, { kind: 'after', position: '0', size: 20 }],
    [{ from: 0 }, undefined, { kind: 'offset', from: 0, size: 20 }],
    [{ from: 7, size: 3 }, 3, { kind: 'offset', from: 7, size: 3 }],
    [{ from: 7, to: 9 }, 2, { kind: 'offset', from: 7, size: 2 }],
    [{ from: 7, to: 900 }, 893, { kind: 'offset', from: 7, size: 20 }],
    [{ to: 5 }, 5, { kind: 'after', position: '0', size: 5 }],
    [{ after }, undefined, { kind: 'after', position: '12', size: 20 }],
    [{ after, size: 2 }, 2, { kind: 'after', position: '12', size: 2 }],
    [{ after: before, size: 2 }, 2, { kind: 'before', position: '12', size: 2 }],
    [{ organisation_id: 'o' }, undefined, { kind: 'after', position: '0', size: 20, filter: 'o' }],
    [{ organisation_id: 'o', from: 7 }, undefined, { kind: 'offset', from: 7, size: 20, filter: 'o' }],
  ];
  for (const [query, size, request] of CASES) {
    it(JSON.stringify(query), () => {
      expect(pageSize(query)).to.equal(size);
      expect(pageRequestOf(query, 20, list)).to.deep.equal({ filter: undefined, ...request });
    });
  }
});
