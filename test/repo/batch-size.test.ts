import { expect } from 'chai';
import { type BatchSize, createBatchSize } from '../../src/store/batch-size.js';

describe('the size of batches', () => {
  let nowMs: number;
  let size: BatchSize;

  beforeEach(() => {
    nowMs = 0;
    size = createBatchSize({ most: 128, targetMs: 100, now: () => nowMs });
  });

  /** Full batches one after another. @returns how long each took, ms */
  function work(count: number, tookMs: (items: number) => number): number[] {
    return Array.from({ length: count }, () => {
      const took = tookMs(size.limit);
      nowMs += took;
      size.note(size.limit, took);
      return took;
    });
  }

  it('is as large as may be while they are quick', () => {
    work(50, (items) => items * 0.7);
    expect(size.limit).to.equal(128);
  });

  it('shrinks until they are short where each item takes time, and stays there', () => {
    work(10, (items) => items * 2.5);
    expect(size.limit).to.equal(32);
    for (const took of work(100, (items) => items * 2.5)) expect(took).to.be.at.most(100);
  });

  it('grows again once they are quick', () => {
    work(10, (items) => items * 20);
    expect(size.limit).to.equal(8);
    work(4, () => 10);
    expect(size.limit).to.equal(128);
  });

  it('is left alone where smaller ones take as long: a far database costs the same for one as for many', () => {
    const sizes: number[] = [];
    const farMs = 300;
    for (let batch = 0; batch < 300; batch += 1) {
      sizes.push(size.limit);
      work(1, () => farMs);
    }
    // Tried again every ten seconds, and no more.
    const small = sizes.filter((limit) => limit < 128).length;
    expect(small).to.be.within(1, 10);
  });

  it('is not changed by batches that had room, however long they took', () => {
    size.note(100, 5000);
    expect(size.limit).to.equal(128);
  });

  it('one that took very long, at a lock say, is soon forgotten', () => {
    size.note(128, 30_000);
    expect(size.limit).to.equal(64);
    work(1, (items) => items * 0.1);
    expect(size.limit).to.equal(128);
  });
});
