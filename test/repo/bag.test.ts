import { expect } from 'chai';
import fc from 'fast-check';
import { Bag } from '../../src/scheduling/bag.js';

interface Item {
  bagIndex: number;
  readonly name: number;
}

describe('a bag', () => {
  it('contains what a Set would, after any additions and deletions', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20)), (names) => {
        const items = Array.from({ length: 21 }, (_, name): Item => ({ bagIndex: -1, name }));
        const bag = new Bag<Item>();
        const set = new Set<Item>();
        for (const name of names) {
          const item = items[name];
          if (!item) continue;
          // Each name in turn comes and goes.
          if (set.has(item)) {
            expect(bag.delete(item)).to.equal(set.delete(item));
            expect(bag.delete(item)).to.equal(false);
          } else {
            bag.add(item);
            set.add(item);
          }
          expect(bag.size).to.equal(set.size);
          expect([...bag]).to.have.members([...set]);
        }
      }),
    );
  });

  it('may change while it is iterated', () => {
    const bag = new Bag<Item>();
    for (let name = 0; name < 5; name += 1) bag.add({ bagIndex: -1, name });
    const seen: number[] = [];
    for (const item of bag) {
      seen.push(item.name);
      bag.delete(item);
    }
    expect(seen).to.deep.equal([0, 1, 2, 3, 4]);
    expect(bag.size).to.equal(0);
  });
});
