import { expect } from 'chai';
import type { StoreCallFacts } from '../../src/observe/facts.js';
import { observeCalls, wrapMethods } from '../../src/observe/wrap-methods.js';

interface Call {
  readonly deadline: number;
}

/** A store whose methods are on its prototype and use a private field. */
class Shelf {
  readonly #books = new Map<string, number>();
  readonly name = 'shelf';

  async put(book: { readonly title: string }, _call: Call, _key?: { readonly key: string }): Promise<number> {
    const copies = (this.#books.get(book.title) ?? 0) + 1;
    this.#books.set(book.title, copies);
    return copies;
  }

  async find(title: string, _call: Call): Promise<number> {
    const copies = this.#books.get(title);
    if (copies === undefined) throw Object.assign(new Error('no such book'), { code: 'not_here' });
    return copies;
  }

  section(_name: string): Shelf {
    return this;
  }

  async close(): Promise<void> {}
}

describe('wrapped methods', () => {
  const call: Call = { deadline: Infinity };

  it('are those of classes and of plain objects, whatever their number', async () => {
    const seen: [string, readonly unknown[]][] = [];
    const log = <Target extends object>(target: Target) =>
      wrapMethods(target, (name, method) => (...args) => {
        seen.push([name, args]);
        return method(...args);
      });
    expect(await log(new Shelf()).put({ title: 'a' }, call)).to.equal(1);
    expect(log({ double: (value: number) => value * 2 }).double(21)).to.equal(42);
    expect(log(new Shelf()).name).to.equal('shelf');
    expect(seen).to.deep.equal([
      ['put', [{ title: 'a' }, call]],
      ['double', [21]],
    ]);
  });

  it('may be kept from happening', async () => {
    const full = wrapMethods(new Shelf(), () => () => Promise.reject(new Error('full')));
    const error = await full.put({ title: 'a' }, call).catch((thrown: unknown) => thrown);
    expect(error).to.have.property('message', 'full');
  });
});

describe('observed calls', () => {
  let ended: StoreCallFacts[];
  let shelf: Shelf;
  const call: Call = { deadline: Infinity };

  beforeEach(() => {
    ended = [];
    shelf = observeCalls(new Shelf(), (facts) => ended.push(facts), 'shelf.');
  });

  it('tell their method, their call, their times and how they ended', async () => {
    const before = performance.now();
    await shelf.put({ title: 'a' }, call, { key: 'k' });
    const error = await shelf.find('b', call).catch((thrown: unknown) => thrown);
    expect(ended.map(({ operation }) => operation)).to.deep.equal(['shelf.put', 'shelf.find']);
    expect(ended.map((facts) => facts.call)).to.deep.equal([call, call]);
    expect(ended[0]?.error).to.equal(null);
    expect(ended[1]?.error).to.equal(error);
    for (const { startedAt, endedAt } of ended) {
      expect(startedAt).to.be.at.least(before);
      expect(endedAt).to.be.within(startedAt, performance.now());
    }
  });

  it('leave methods without a call alone', async () => {
    expect(shelf.section('x')).to.be.instanceOf(Shelf);
    await shelf.close();
    expect(ended).to.deep.equal([]);
  });
});
