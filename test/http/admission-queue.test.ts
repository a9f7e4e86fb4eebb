import { expect } from 'chai';
import { AdmissionQueue, type AdmissionQueueOptions, type Verdict } from '../../src/http/middleware/admission.js';

const OPTIONS: AdmissionQueueOptions = {
  ...{ maxInFlight: 1000, minQueueLength: 4, maxQueueDelayMs: 200, sliceMs: 10 },
};

describe('the admission queue', () => {
  let nowMs: number;
  let queue: AdmissionQueue;
  let verdicts: Record<Verdict, string[]>;

  function open(options: Partial<AdmissionQueueOptions> = {}): void {
    nowMs = 0;
    verdicts = { admitted: [], shed: [] };
    queue = new AdmissionQueue({ ...OPTIONS, now: () => nowMs, ...options });
  }
  beforeEach(() => open());

  /** Requests of one event loop turn. */
  function arrive(name: string, requests: number, eachMs: number, isDone = true): void {
    for (let at = 0; at < requests; at += 1) {
      const decide = (verdict: Verdict) => {
        verdicts[verdict].push(`${name}${at}`);
        if (verdict !== 'admitted') return;
        nowMs += eachMs;
        if (isDone) queue.leave();
      };
      void queue.admit().then(decide);
    }
  }

  const turn = () => new Promise(setImmediate);
  const decided = () => verdicts.admitted.length + verdicts.shed.length;
  async function untilAll(count: number): Promise<void> {
    while (decided() < count) await turn();
  }
  const numbered = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}${at}`);

  it('admits at the end of the turn what fits into a slice, and the rest in later turns, in order', async () => {
    arrive('a', 30, 1);
    expect(verdicts.admitted, 'everything that has arrived is read first').to.have.length(0);
    await turn();
    expect(verdicts.admitted).to.have.length(11);
    arrive('b', 2, 1);
    await turn();
    expect(verdicts.admitted).to.have.length(22);
    await untilAll(32);
    expect(verdicts.admitted).to.deep.equal([...numbered('a', 30), ...numbered('b', 2)]);
    await turn();
    expect(await queue.admit()).to.equal('admitted');
  });

  it('sheds requests that waited too long, when their turn comes, and only if the queue is not short', async () => {
    arrive('a', 31, 1);
    nowMs += 200;
    await untilAll(31);
    // The last four are within the minimum queue.
    expect(verdicts.shed).to.deep.equal(numbered('a', 27));
    expect(verdicts.admitted).to.have.length(4);
  });

  it('needs no recovery: the first request after a flood does not wait', async () => {
    arrive('a', 31, 50);
    await untilAll(31);
    await turn();
    arrive('b', 1, 1);
    await turn();
    expect(verdicts.admitted).to.include('b0');
  });

  it('never sheds from a short queue, however long it takes', async () => {
    for (let turns = 1; turns <= 10; turns += 1) {
      arrive(`turn ${turns}-`, 4, 1000);
      await untilAll(4 * turns);
    }
    expect(verdicts.admitted).to.have.length(40);
  });

  it('limits requests in flight: others wait for room, and are shed in time', async () => {
    open({ maxInFlight: 2, maxQueueDelayMs: 30, now: () => performance.now() });
    arrive('a', 4, 0, false);
    await turn();
    expect(verdicts.admitted).to.deep.equal(['a0', 'a1']);
    queue.leave();
    await untilAll(3);
    expect(verdicts.admitted).to.deep.equal(['a0', 'a1', 'a2']);
    const alive = setInterval(() => {}, 1000);
    await untilAll(4);
    clearInterval(alive);
    expect(verdicts.shed).to.deep.equal(['a3']);
  });

  it('does not count requests that wait for an event', async () => {
    open({ maxInFlight: 1 });
    arrive('a', 1, 0, false);
    queue.leave();
    arrive('b', 1, 0, false);
    await turn();
    expect(verdicts.admitted).to.deep.equal(['a0', 'b0']);
    queue.resume();
  });
});
