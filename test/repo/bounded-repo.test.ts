import { expect } from 'chai';
import { boundedRepo } from '../../src/store/bounded-repo.js';
import { type Repo, type RepoCall, RepoError } from '../../src/store/repo.js';
import { newCall } from './conformance/subject.js';

describe('a repository whose queues are bounded', () => {
  const OPTIONS = { targetMs: 20, leastCalls: 4, intervalMs: 40, calmMs: 60_000 };
  let asked: { readonly call: RepoCall; readonly finish: () => void }[];
  let repo: Repo;

  beforeEach(() => {
    asked = [];
    const inner = {
      findPayment: (_id: string, call: RepoCall) =>
        new Promise<null>((resolve) => {
          asked.push({ call, finish: () => resolve(null) });
        }),
    };
    repo = boundedRepo(inner as unknown as Repo, OPTIONS);
  });

  const pause = (durationMs: number) => new Promise((resolve) => setTimeout(resolve, durationMs));

  it('what came before the queue was noticed is told as well, the oldest first, but for what was sent', async () => {
    const outcomes: string[] = [];
    const first = Array.from({ length: 20 }, (_, index) =>
      repo.findPayment('a', newCall()).then(
        () => outcomes.push(`${index} found`),
        (error) => outcomes.push(`${index} ${error instanceof RepoError ? error.code : error}`),
      ),
    );
    const [sent] = asked;
    if (sent) sent.call.sent = true;
    // Nothing comes of anything for so long that there is a queue once the first calls end.
    await pause(60);
    asked[1]?.finish();
    await pause(1);
    const late = await repo.findPayment('a', newCall()).catch((error) => error);
    expect(late).to.have.property('code', 'overloaded');
    await pause(1);
    expect(outcomes[0]).to.equal('1 found');
    expect(outcomes.slice(1)).to.deep.equal(Array.from({ length: 15 }, (_, index) => `${index + 2} overloaded`));
    expect(asked.map(({ call }) => call.abandoned)).to.deep.equal(
      Array.from({ length: 20 }, (_, index) => index >= 2 && index <= 16),
    );

    for (const { finish } of asked) finish();
    await Promise.all(first);
    expect(outcomes.filter((outcome) => outcome.endsWith('found'))).to.have.length(5);
    // None of them is counted twice: there is room again for just as many as the queue takes.
    const next = Array.from({ length: 6 }, () => repo.findPayment('a', newCall()));
    const settled = Promise.allSettled(next);
    for (const { finish } of asked) finish();
    expect((await settled).filter(({ status }) => status === 'rejected')).to.have.length(2);
  });
});
