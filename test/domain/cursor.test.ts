import { expect } from 'chai';
import fc from 'fast-check';
import { decodeCursor, encodeCursor } from '../../src/store/cursor.js';

const encoded = (text: string) => Buffer.from(text).toString('base64url');

describe('a cursor', () => {
  it('comes back as it was given out, and is safe in a URL', () => {
    const cursor = fc.record({
      kind: fc.constantFrom('after' as const, 'before' as const),
      position: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
    });
    fc.assert(
      fc.property(cursor, (given) => {
        const text = encodeCursor(given);
        expect(text).to.match(/^[A-Za-z0-9_-]{1,128}$/);
        expect(decodeCursor(text)).to.deep.equal(given);
      }),
    );
  });

  const REFUSED = [
    ...['', 'x', '=', 'MWEw=', ' MWEw', 'MWEw ', 'MWEw\n', 'MWF', '%', '😀'],
    ...['1', '1a', 'a5', '1c5', '2a5', '0a5', '1a-5', '1a05', '1a+5', '1a5 ', '1a1e3', '1a5.0', '1a٥'].map(encoded),
    ...[String(2n ** 63n), '9'.repeat(20), '9'.repeat(50)].map((position) => encoded(`1a${position}`)),
  ];
  for (const text of REFUSED) {
    it(`is never ${JSON.stringify(text)}`, () => {
      expect(decodeCursor(text)).to.equal(null);
    });
  }

  it('has one spelling only', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const cursor = decodeCursor(text);
        if (cursor) expect(encodeCursor(cursor)).to.equal(text);
      }),
    );
    // The last character of this one carries bits that mean nothing: MWExMg is the same in Base64 as MWExMh.
    expect([decodeCursor('MWExMg')?.position, decodeCursor('MWExMh')]).to.deep.equal(['12', null]);
  });
});
