import { expect } from 'chai';
import { createStandingQueue } from '../../src/store/standing-queue.js';

describe('a queue that stands', () => {
  const OPTIONS = { targetMs: 100, leastCalls: 10, intervalMs: 200, calmMs: 1000 };
  let queue: ReturnType<typeof createStandingQueue>;
  let nowMs: number;
  let waiting: number[];

  beforeEach(() => {
    queue = createStandingQueue(OPTIONS);
    nowMs = 10_000;
    waiting = [];
  });

  /** So many calls come. @returns how many were let in */
  function come(count: number): number {
    let entered = 0;
    for (let call = 0; call < count; call += 1) {
      if (!queue.enter(nowMs)) continue;
      entered += 1;
      waiting.push(nowMs);
    }
    return entered;
  }

  /** Time passes in which the oldest calls end, one every so many ms, and so many come for each. */
  function work(durationMs: number, everyMs: number, comeForEach: number): void {
    for (let passedMs = 0; passedMs < durationMs; passedMs += everyMs) {
      nowMs += everyMs;
      const enteredMs = waiting.shift();
      if (enteredMs !== undefined) queue.leave(enteredMs, nowMs);
      come(comeForEach);
    }
  }

  it('is kept as long as what is done in about the target time', () => {
    expect(come(500)).to.equal(500);
    // A call a millisecond ends, and three come: a hundred are done in the target time, and some more may wait.
    work(3000, 1, 3);
    for (let second = 0; second < 5; second += 1) {
      work(1000, 1, 3);
      expect(waiting.length).to.be.within(100, 135);
    }
  });

  it('says how many were let in too many before it was noticed', () => {
    const excess: number[] = [];
    queue = createStandingQueue({ ...OPTIONS, onExcess: (count) => excess.push(count) });
    come(500);
    work(3000, 1, 1);
    // A hundred and a quarter are kept, and nobody gave up what was told.
    expect(excess[0]).to.be.within(370, 380);
    queue.giveUp();
    expect(excess.length).to.be.above(1);
  });

  it('always has room for the least number, however slow it is', () => {
    come(50);
    work(5000, 50, 3);
    expect(waiting.length).to.be.within(9, 11);
  });

  it('a burst that is over soon is let in', () => {
    expect(come(250)).to.equal(250);
    work(260, 1, 0);
    expect(come(250)).to.equal(250);
  });

  it('slow work alone is no queue while some of it is quick', () => {
    come(1);
    for (let round = 0; round < 100; round += 1) {
      nowMs += 40;
      queue.leave(nowMs - 500, nowMs);
      expect(queue.enter(nowMs)).to.equal(true);
      queue.leave(nowMs - 20, nowMs);
      expect(queue.enter(nowMs)).to.equal(true);
    }
    expect(come(500)).to.equal(500);
  });

  it('is open again after a time of calm, and not before', () => {
    come(500);
    work(3000, 1, 3);
    expect(come(500)).to.be.below(30);
    // Nobody comes until it is empty; then each finds it empty.
    work(waiting.length, 1, 0);
    work(600, 10, 1);
    expect(come(500)).to.be.below(140);
    work(waiting.length, 1, 0);
    work(1600, 10, 1);
    expect(come(500)).to.equal(500);
  });
});
