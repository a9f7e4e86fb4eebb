import { expect } from 'chai';
import { ConcurrencyLimiter, withConcurrencyLimit } from '../../src/store/concurrency-limit.js';
import { type Call, StoreError } from '../../src/store/types.js';
import { newCall } from './conformance/subject.js';

describe('a store whose concurrency is limited', () => {
  const OPTIONS = { targetMs: 20, minCalls: 4, intervalMs: 40, recoveryMs: 60_000 };
  let asked: { readonly call: Call; readonly finish: () => void }[];
  let find: (call: Call) => Promise<void>;

  beforeEach(() => {
    asked = [];
    const around = withConcurrencyLimit(OPTIONS);
    find = (request) =>
      around('orders.find', request, (call) => {
        return new Promise((resolve) => asked.push({ call, finish: () => resolve() }));
      });
  });

  const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));
  const codeOf = (error: unknown) => (error instanceof StoreError ? error.code : String(error));

  it('gives up what came before the limit, the oldest first, but for what was sent, and no other call of its request', async () => {
    const outcomes: string[] = [];
    const requests = Array.from({ length: 20 }, () => newCall());
    const first = requests.map((request, index) =>
      find(request).then(
        () => outcomes.push(`${index} found`),
        (error) => outcomes.push(`${index} ${codeOf(error)}`),
      ),
    );
    const [sent] = asked;
    if (sent) sent.call.pendingWrites += 1;
    // Nothing ends for so long that there is a limit once the first calls end.
    await pause(60);
    asked[1]?.finish();
    await pause(1);
    expect(await find(newCall()).catch(codeOf)).to.equal('overloaded');
    await pause(1);
    expect(outcomes[0]).to.equal('1 found');
    expect(outcomes.slice(1)).to.deep.equal(Array.from({ length: 15 }, (_, index) => `${index + 2} overloaded`));
    expect(asked.map(({ call }) => call.abandoned)).to.deep.equal(
      Array.from({ length: 20 }, (_, index) => index >= 2 && index <= 16),
    );
    expect(requests.every(({ abandoned }) => !abandoned)).to.equal(true);
    expect(requests[0]?.pendingWrites).to.equal(1);

    for (const { finish } of asked) finish();
    await Promise.all(first);
    expect(outcomes.filter((outcome) => outcome.endsWith('found'))).to.have.length(5);
    // None of them is counted twice: there is room again for just as many as the limit allows.
    const next = Array.from({ length: 6 }, () => find(newCall()));
    const settled = Promise.allSettled(next);
    for (const { finish } of asked) finish();
    expect((await settled).filter(({ status }) => status === 'rejected')).to.have.length(2);
  });
});

describe('ConcurrencyLimiter', () => {
  const OPTIONS = { targetMs: 100, minCalls: 10, intervalMs: 200, recoveryMs: 1000 };
  let queue: ConcurrencyLimiter;
  let nowMs: number;
  let waiting: number[];

  beforeEach(() => {
    queue = new ConcurrencyLimiter(OPTIONS, () => {});
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
    queue = new ConcurrencyLimiter(OPTIONS, (count) => excess.push(count));
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
