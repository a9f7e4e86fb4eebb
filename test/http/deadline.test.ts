import { expect } from 'chai';
import { createDeadlines, type DeadlineEntry } from '../../src/http/middleware/deadline.js';

class Entry implements DeadlineEntry<Entry> {
  previous: Entry | null = null;
  next: Entry | null = null;
  readonly deadline: number;
  firedAt: number | null = null;

  constructor(
    readonly name: string,
    timeoutMs: number,
  ) {
    this.deadline = performance.now() + timeoutMs;
  }
}

/** A list whose expired entries are recorded, and can be awaited by number. */
function createWatched(tickMs?: number) {
  const fired: Entry[] = [];
  let wanted = { count: Number.POSITIVE_INFINITY, resolve: () => {} };
  const onDeadline = (entry: Entry): void => {
    entry.firedAt = performance.now();
    fired.push(entry);
    if (fired.length >= wanted.count) wanted.resolve();
  };
  const deadlines = createDeadlines<Entry>(onDeadline, tickMs);
  const firing = (count: number): Promise<void> =>
    new Promise((resolve) => {
      // The list's own timer does not keep the process alive.
      const alive = setInterval(() => {}, 1000);
      wanted = {
        count,
        resolve: () => {
          clearInterval(alive);
          resolve();
        },
      };
    });
  return { deadlines, fired, firing };
}

function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

describe('deadlines', () => {
  it('fire in order, on time, once', async () => {
    const { deadlines, fired, firing } = createWatched();
    const entries: Entry[] = [];
    const done = firing(20);
    for (let index = 0; index < 20; index += 1) {
      const entry = new Entry(String(index), 60);
      entries.push(entry);
      deadlines.watch(entry);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
    await done;
    expect(fired).to.deep.equal(entries);
    expect(deadlines.watched()).to.equal(0);
    const lateMs = fired.map(({ deadline, firedAt }) => (firedAt ?? 0) - deadline).sort((one, other) => one - other);
    expect(lateMs[0]).to.be.at.least(0);
    // The median: a pause of the process delays some, whatever the list does.
    expect(lateMs[10]).to.be.below(50);
  });

  it('do not fire after unwatch, anywhere in the list', async () => {
    const { deadlines, fired, firing } = createWatched();
    const [first, second, third, fourth, fifth] = ['1', '2', '3', '4', '5'].map((name) => new Entry(name, 30));
    const entries = [first, second, third, fourth, fifth].filter((entry) => entry !== undefined);
    for (const entry of entries) deadlines.watch(entry);
    for (const entry of [first, third, fifth]) if (entry !== undefined) deadlines.unwatch(entry);
    expect(deadlines.watched()).to.equal(2);
    await firing(2);
    expect(fired.map(({ name }) => name)).to.deep.equal(['2', '4']);
    for (const { previous, next } of entries) expect([previous, next]).to.deep.equal([null, null]);
  });

  it('ignore an entry that is not watched, or not any more', () => {
    const { deadlines } = createWatched();
    const [watched, other] = [new Entry('watched', 1000), new Entry('other', 1000)];
    deadlines.watch(watched);
    deadlines.unwatch(other);
    expect(deadlines.watched()).to.equal(1);
    deadlines.unwatch(watched);
    deadlines.unwatch(watched);
    expect(deadlines.watched()).to.equal(0);
  });

  it('continue after a time without entries', async () => {
    const { deadlines, fired, firing } = createWatched(5);
    const early = new Entry('early', 20);
    deadlines.watch(early);
    deadlines.unwatch(early);
    await new Promise((resolve) => setTimeout(resolve, 40));
    deadlines.watch(new Entry('late', 20));
    await firing(1);
    expect(fired.map(({ name }) => name)).to.deep.equal(['late']);
  });

  it('share one timer, which does not keep the process alive', () => {
    const { deadlines } = createWatched();
    const before = timers();
    for (let index = 0; index < 1000; index += 1) deadlines.watch(new Entry(String(index), 60_000));
    // Unreferenced timers are not among the resources that keep the process alive.
    expect(timers()).to.equal(before);
  });

  it('are not affected by a listener that throws', async () => {
    const fired: string[] = [];
    const uncaught: unknown[] = [];
    const listeners = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    process.on('uncaughtException', (error) => uncaught.push(error));
    await new Promise<void>((resolve) => {
      const alive = setInterval(() => {}, 1000);
      const deadlines = createDeadlines<Entry>(({ name }) => {
        fired.push(name);
        if (name === 'second') {
          clearInterval(alive);
          resolve();
        }
        if (name === 'first') throw new Error('a listener broke');
      }, 5);
      deadlines.watch(new Entry('first', 10));
      deadlines.watch(new Entry('second', 10));
    });
    process.removeAllListeners('uncaughtException');
    for (const listener of listeners) process.on('uncaughtException', listener);
    expect(fired).to.deep.equal(['first', 'second']);
    expect(uncaught).to.have.length(1);
  });

  it('may be changed from a listener', async () => {
    const fired: string[] = [];
    await new Promise<void>((resolve) => {
      const alive = setInterval(() => {}, 1000);
      const second = new Entry('second', 10);
      const deadlines = createDeadlines<Entry>(({ name }) => {
        fired.push(name);
        if (name === 'first') {
          deadlines.unwatch(second);
          deadlines.watch(new Entry('third', 10));
        }
        if (name === 'third') {
          clearInterval(alive);
          resolve();
        }
      }, 5);
      deadlines.watch(new Entry('first', 10));
      deadlines.watch(second);
    });
    expect(fired).to.deep.equal(['first', 'third']);
  });
});
