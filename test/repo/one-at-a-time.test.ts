import { expect } from 'chai';
import { oneAtATime } from '../../src/store/batch.js';

const CALL = { deadline: Number.POSITIVE_INFINITY, abandoned: false };
/** A timer may be early by this much. */
const TIMER_MS = 2;

describe('long reads', () => {
  it('run one after another, each after a pause as long as the last one, if others wait', async () => {
    const inTurn = oneAtATime();
    const ran: { readonly beganMs: number; readonly endedMs: number }[] = [];
    function busy(): void {
      const beganMs = performance.now();
      while (performance.now() - beganMs < 10);
      ran.push({ beganMs, endedMs: performance.now() });
    }
    await Promise.all([1, 2, 3].map(() => inTurn(CALL, busy)));
    expect(ran).to.have.length(3);
    for (const [index, { beganMs }] of ran.slice(1).entries()) {
      const last = ran[index] ?? { beganMs: 0, endedMs: 0 };
      const pauseMs = beganMs - last.endedMs;
      expect(pauseMs).to.be.at.least(last.endedMs - last.beganMs - TIMER_MS);
    }
  });

  it('are not executed if their call has expired, and one that fails does not stop the next', async () => {
    const inTurn = oneAtATime();
    const failed = inTurn(CALL, () => Promise.reject(new Error('broken')));
    const expired = inTurn({ deadline: 0, abandoned: false }, () => expect.fail('nobody waits for it'));
    const next = inTurn(CALL, () => 7);
    expect(await failed.catch(({ message }) => message)).to.equal('broken');
    expect(await expired.catch(({ code }) => code)).to.equal('deadline_exceeded');
    expect(await next).to.equal(7);
  });
});
