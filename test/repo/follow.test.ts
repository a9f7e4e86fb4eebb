import { expect } from 'chai';
import { payments, resources } from '../../src/payments/resource.js';
import { followed } from '../../src/store/follow.js';
import { openStore } from '../../src/store/open-store.js';
import type { Call } from '../../src/store/types.js';
import { configFrom } from '../support/config.js';

describe('requests that share a read of the feed', () => {
  it('have the deadline of the last one, not of the first', async () => {
    const store = await openStore(configFrom([]), resources, {});
    const rows = store.resource(payments);
    const calls: Call[] = [];
    let openGate = (): void => {};
    const gate = new Promise<void>((resolve) => {
      openGate = resolve;
    });
    const { follow } = followed({
      ...rows,
      async changes(request, call) {
        calls.push(call);
        await gate;
        return rows.changes(request, call);
      },
    });
    const nowMs = performance.now();
    const afterMs = (ms: number) =>
      follow({ after: '0', size: 10 }, 1, { deadline: nowMs + ms, abandoned: false, pendingWrites: 0 });
    try {
      const pages = [afterMs(60_000)];
      while (calls.length === 0) await new Promise(setImmediate);
      pages.push(afterMs(10_000), afterMs(90_000), afterMs(20_000));
      openGate();
      await Promise.all(pages);
      expect(calls.map(({ deadline }) => Math.round(deadline - nowMs))).to.deep.equal([60_000, 90_000]);
    } finally {
      await store.close();
    }
  });
});
