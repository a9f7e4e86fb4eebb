import { expect } from 'chai';
import type { StoreCallFacts } from '../../src/observe/facts.js';
import { observeCalls } from '../../src/observe/store-metrics.js';

interface Call {
  readonly deadline: number;
}

function createShelf() {
  const books = new Map<string, number>();
  return {
    name: 'shelf',

    async put(book: { readonly title: string }, _call: Call, _key?: { readonly key: string }): Promise<number> {
      const copies = (books.get(book.title) ?? 0) + 1;
      books.set(book.title, copies);
      return copies;
    },

    async find(title: string, _call: Call): Promise<number> {
      const copies = books.get(title);
      if (copies === undefined) throw Object.assign(new Error('no such book'), { code: 'not_here' });
      return copies;
    },

    section: (name: string) => name,
    close: async (): Promise<void> => {},
  };
}

describe('observed calls', () => {
  let ended: StoreCallFacts[];
  let shelf: ReturnType<typeof createShelf>;
  const call: Call = { deadline: Infinity };

  beforeEach(() => {
    ended = [];
    shelf = observeCalls(createShelf(), (facts) => ended.push(facts), 'shelf.');
  });

  it('report their method, their call, their times and how they ended', async () => {
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

  it('have a prefix if one is given; other properties are ignored', async () => {
    const plain = observeCalls({ double: async (value: number, _call: Call) => value * 2 }, (facts) =>
      ended.push(facts),
    );
    expect(await plain.double(21, call)).to.equal(42);
    expect(shelf.name).to.equal('shelf');
    expect(ended.map(({ operation }) => operation)).to.deep.equal(['double']);
  });

  it('ignore methods without a call', async () => {
    expect(shelf.section('x')).to.equal('x');
    await shelf.close();
    expect(ended).to.deep.equal([]);
  });
});
