import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { beginAtEndOfTurn } from '../../src/scheduling/turn.js';
import { Batcher, type BatcherOptions } from '../../src/store/batch.js';
import type { Call } from '../../src/store/types.js';
import { expectError, newCall } from './conformance/subject.js';

interface Item {
  readonly call: Call;
  readonly name: string;
}

function item(name: string, call = newCall()): Item {
  return { call, name };
}

/** A flush whose batches stay in flight until they are released. */
function heldFlush() {
  const batches: { readonly names: string; readonly finish: () => void; readonly fail: (error: Error) => void }[] = [];
  const flush = (items: readonly Item[]) =>
    new Promise<readonly string[]>((resolve, reject) => {
      const names = items.map(({ name }) => name);
      batches.push({
        names: names.join(' '),
        finish: () => resolve(names.map((name) => name.toUpperCase())),
        fail: reject,
      });
    });
  return { batches, flush, names: () => batches.map(({ names }) => names) };
}

function newBatcher(options: Partial<BatcherOptions<Item, string>>): Batcher<Item, string> {
  return new Batcher({
    flush: async (items) => items.map(({ name }) => name.toUpperCase()),
    inFlightLimit: 1,
    batchLimit: 100,
    queueLimit: 100,
    ...options,
  });
}

describe('Batcher', () => {
  it('joins calls of one turn, and returns each its own result', async () => {
    const sizes: number[] = [];
    const batcher = newBatcher({ onBatch: (size) => sizes.push(size) });
    const results = await Promise.all(['a', 'b', 'c'].map((name) => batcher.add(item(name))));
    expect(results).to.deep.equal(['A', 'B', 'C']);
    expect(sizes).to.deep.equal([3]);
  });

  it('joins what begins at the end of the same turn, however late it comes', async () => {
    const { flush, names, batches } = heldFlush();
    const batcher = newBatcher({ flush });
    const added = [batcher.add(item('first'))];
    beginAtEndOfTurn(async () => {
      added.push(batcher.add(item('begun')));
      void (async () => {
        for (let at = 0; at < 50; at += 1) await null;
        added.push(batcher.add(item('late')));
      })();
    });
    while (names().length === 0) await nextTurn();
    expect(names()).to.deep.equal(['first begun late']);
    batches[0]?.finish();
    expect(await Promise.all(added)).to.deep.equal(['FIRST', 'BEGUN', 'LATE']);
  });

  it('sends the next batch before the callers of the last one get their results, if configured so', async () => {
    const { flush, names, batches } = heldFlush();
    const batcher = newBatcher({ flush, sendsNextFirst: true });
    const first = batcher.add(item('a')).then(() => names());
    while (names().length < 1) await nextTurn();
    const second = batcher.add(item('b'));
    batches[0]?.finish();
    expect(await first, 'what was sent when the first caller got its result').to.deep.equal(['a', 'b']);
    batches[1]?.finish();
    expect(await second).to.equal('B');
    await batcher.drain();
  });

  it('joins calls from microtasks of the same turn', async () => {
    const { flush, names, batches } = heldFlush();
    const batcher = newBatcher({ flush });
    const first = batcher.add(item('a'));
    const second = Promise.resolve().then(() => batcher.add(item('b')));
    await nextTurn();
    expect(names()).to.deep.equal(['a b']);
    batches[0]?.finish();
    expect(await Promise.all([first, second])).to.deep.equal(['A', 'B']);
  });

  it('sends a single item at the end of the turn', async () => {
    const { flush, names, batches } = heldFlush();
    const alone = newBatcher({ flush }).add(item('a'));
    expect(names()).to.deep.equal([]);
    await nextTurn();
    expect(names()).to.deep.equal(['a']);
    batches[0]?.finish();
    expect(await alone).to.equal('A');
  });

  it('limits the number of batches in flight; later items form the next ones', async () => {
    const { flush, names, batches } = heldFlush();
    const batcher = newBatcher({ flush, inFlightLimit: 2 });
    const all = [];
    for (const name of ['a', 'b', 'c', 'd']) {
      all.push(batcher.add(item(name)));
      await nextTurn();
    }
    expect(names()).to.deep.equal(['a', 'b']);
    batches[1]?.finish();
    await nextTurn();
    await nextTurn();
    expect(names()).to.deep.equal(['a', 'b', 'c d']);
    batches[0]?.finish();
    batches[2]?.finish();
    expect(await Promise.all(all)).to.deep.equal(['A', 'B', 'C', 'D']);
  });

  it('splits batches at their limit and keeps the order', async () => {
    const seen: string[] = [];
    const batcher = newBatcher({
      batchLimit: 2,
      flush: async (items) => {
        seen.push(items.map(({ name }) => name).join(' '));
        return items.map(({ name }) => name);
      },
    });
    await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => batcher.add(item(name))));
    expect(seen).to.deep.equal(['a b', 'c d', 'e']);
  });

  it('rejects what does not fit into the queue, and accepts more once there is room', async () => {
    const batcher = newBatcher({ queueLimit: 2 });
    const waiting = [batcher.add(item('a')), batcher.add(item('b'))];
    await expectError(batcher.add(item('c')), 'overloaded');
    expect(await Promise.all(waiting)).to.deep.equal(['A', 'B']);
    expect(await batcher.add(item('d'))).to.equal('D');
  });

  it('rejects items that waited too long, oldest first, while too many wait', async () => {
    const batcher = newBatcher({ batchLimit: 10, minQueueLength: 2, maxWaitMs: -1 });
    const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => batcher.add(item(name))));
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : result.reason.code))).to.deep.equal([
      'overloaded',
      'overloaded',
      'C',
      'D',
    ]);
    const patient = newBatcher({ minQueueLength: 2, maxWaitMs: 60_000 });
    expect(await Promise.all(['a', 'b', 'c'].map((name) => patient.add(item(name))))).to.deep.equal(['A', 'B', 'C']);
  });

  it('drops only what was abandoned or expired', async () => {
    const { flush, names, batches } = heldFlush();
    const batcher = newBatcher({ flush });
    const abandoned = newCall();
    const rejected = [
      expectError(batcher.add(item('a', abandoned)), 'deadline_exceeded'),
      expectError(batcher.add(item('c', newCall(-1))), 'deadline_exceeded'),
    ];
    const result = batcher.add(item('b'));
    abandoned.abandoned = true;
    await nextTurn();
    expect(names()).to.deep.equal(['b']);
    batches[0]?.finish();
    expect(await result).to.equal('B');
    await Promise.all(rejected);
  });

  it('rejects one item if its result is an error', async () => {
    const batcher = newBatcher({
      flush: async (items) => items.map(({ name }) => (name === 'b' ? new RangeError('b') : name)),
    });
    const results = await Promise.allSettled(['a', 'b', 'c'].map((name) => batcher.add(item(name))));
    expect(results.map(({ status }) => status)).to.deep.equal(['fulfilled', 'rejected', 'fulfilled']);
  });

  it('rejects all items of a batch whose flush fails, and continues with the next', async () => {
    const { flush, batches } = heldFlush();
    const batcher = newBatcher({ flush });
    const failing = Promise.allSettled([batcher.add(item('a')), batcher.add(item('b'))]);
    await nextTurn();
    batches[0]?.fail(new Error('gone'));
    expect((await failing).map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
    const next = batcher.add(item('c'));
    await nextTurn();
    batches[1]?.finish();
    expect(await next).to.equal('C');
  });

  it('rejects a batch with too few results', async () => {
    const batcher = newBatcher({ flush: async () => ['one'] });
    const results = await Promise.allSettled([batcher.add(item('a')), batcher.add(item('b'))]);
    expect(results.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected']);
  });

  it('drains: waits for what is queued and in flight, and for nothing else', async () => {
    const { flush, batches } = heldFlush();
    const batcher = newBatcher({ flush, batchLimit: 1 });
    await batcher.drain();
    const results = Promise.all([batcher.add(item('a')), batcher.add(item('b'))]);
    let drained = false;
    const draining = batcher.drain().then(() => {
      drained = true;
    });
    await nextTurn();
    batches[0]?.finish();
    await nextTurn();
    await nextTurn();
    expect(drained).to.equal(false);
    batches[1]?.finish();
    await draining;
    expect(await results).to.deep.equal(['A', 'B']);
  });

  it('drains if everything that waited has expired', async () => {
    const batcher = newBatcher({});
    const expired = expectError(batcher.add(item('a', newCall(-1))), 'deadline_exceeded');
    await batcher.drain();
    await expired;
  });
});
