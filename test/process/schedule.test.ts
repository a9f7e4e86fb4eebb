import { expect } from 'chai';
import { createBackoff } from '../../src/process/primary.js';
import { shutdownPlan } from '../../src/process/shutdown.js';

describe('backoff', () => {
  it('doubles up to its limit, and starts over after a long run', () => {
    const backoff = createBackoff();
    const waits = Array.from({ length: 9 }, () => backoff(50));
    expect(waits).to.deep.equal([100, 200, 400, 800, 1600, 3200, 6400, 10_000, 10_000]);
    expect(backoff(30_000)).to.equal(0);
    expect(backoff(0)).to.equal(100);
  });
});

describe('the plan of a shutdown', () => {
  for (const timeoutMs of [1000, 5000, 30_000, 90_000]) {
    it(`fits into ${timeoutMs} ms, with its parts in order`, () => {
      const { graceMs, deadlineMs, killMs } = shutdownPlan(timeoutMs);
      expect(graceMs).to.be.within(1, timeoutMs / 2);
      expect(graceMs).to.be.at.most(1000);
      expect(deadlineMs).to.be.greaterThan(graceMs);
      expect(killMs).to.be.greaterThan(deadlineMs);
      expect(killMs).to.be.lessThan(timeoutMs);
    });
  }
});
