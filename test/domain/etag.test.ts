import { expect } from 'chai';
import { etagOf, ifMatchHolds, ifNoneMatchNames } from '../../src/http/etag.js';

describe('entity tags', () => {
  it('are the version in quotes', () => {
    expect([etagOf(0), etagOf(12), etagOf(Number.MAX_SAFE_INTEGER)]).to.deep.equal([
      '"0"',
      '"12"',
      '"9007199254740991"',
    ]);
  });

  const CASES: readonly [header: string, strong: boolean, weak: boolean][] = [
    ['*', true, true],
    [' *\t', true, true],
    ['"3"', true, true],
    ['W/"3"', false, true],
    ['"2", "3"', true, true],
    ['"2","3"', true, true],
    ['W/"3", "3"', true, true],
    ['"2", W/"3"', false, true],
    [',,"3",', true, true],
    ['"x,y", "3"', true, true],
    ['"2"', false, false],
    ['W/"2"', false, false],
    ['"33"', false, false],
    ['"03"', false, false],
    ['"3 "', false, false],
    ['"*"', false, false],
    ['""', false, false],
    ['"2,3"', false, false],
  ];
  for (const [header, strong, weak] of CASES) {
    it(`${header} ${strong ? 'matches' : 'does not match'} and ${weak ? 'names' : 'does not name'} version 3`, () => {
      expect(ifMatchHolds(header, 3)).to.equal(strong);
      expect(ifNoneMatchNames(header, 3)).to.equal(weak);
    });
  }
});
