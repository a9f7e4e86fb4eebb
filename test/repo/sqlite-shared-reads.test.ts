import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { SharedReads } from '../../src/store/sqlite/reads.js';

describe('SQLite: shared reads', () => {
  let read: unknown[];
  let reads: SharedReads;
  let shared: (request: { size: number }) => number[];

  beforeEach(() => {
    read = [];
    reads = new SharedReads();
    shared = reads.of(({ size }) => {
      read.push(size);
      if (size < 0) throw new Error('busy');
      return [size];
    });
  });

  it('reads once for equal requests in succession, and again in the next turn', async () => {
    await null;
    expect([shared({ size: 1 }), shared({ size: 1 }), shared({ size: 2 })]).to.deep.equal([[1], [1], [2]]);
    await null;
    shared({ size: 2 });
    expect(read).to.deep.equal([1, 2]);
    await nextTurn();
    shared({ size: 2 });
    expect(read).to.deep.equal([1, 2, 2]);
  });

  it('does not mistake another read for an equal one', () => {
    const other = reads.of(({ size }: { size: number }) => -size);
    expect([shared({ size: 1 }), other({ size: 1 }), shared({ size: 1 })]).to.deep.equal([[1], -1, [1]]);
  });

  it('reads again after a commit', () => {
    shared({ size: 1 });
    reads.forget();
    shared({ size: 1 });
    expect(read).to.deep.equal([1, 1]);
  });

  it('does not keep the result of a read that failed', () => {
    expect(() => shared({ size: -1 })).to.throw('busy');
    expect(() => shared({ size: -1 })).to.throw('busy');
    expect(read).to.deep.equal([-1, -1]);
  });
});
