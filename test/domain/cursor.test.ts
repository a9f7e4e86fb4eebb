import { expect } from 'chai';
import fc from 'fast-check';
import { contract } from '../../src/contract/contract.js';
import { createPaymentCursors } from '../../src/payments/pages.js';
import { createCursors } from '../../src/store/cursor.js';

const encoded = (text: string) => Buffer.from(text).toString('base64url');
const table = { schema: null, table: 'orders' };
const cursors = createCursors('orders', table);
const earlier = createCursors('orders', table, { acceptsEarlier: true });

describe('a cursor', () => {
  const cursor = fc.record({
    kind: fc.constantFrom('after' as const, 'before' as const),
    position: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
  });

  it('survives a round trip, and is safe in a URL', () => {
    fc.assert(
      fc.property(cursor, (given) => {
        const text = cursors.encode(given);
        expect(text).to.match(/^[A-Za-z0-9_-]{1,128}$/);
        expect(cursors.decode(text)).to.deep.equal(given);
      }),
    );
  });

  it("in the contract's examples is one that the service returns", () => {
    const { list, changes } = createPaymentCursors({ schema: null, table: 'payments' });
    const found = [...JSON.stringify(contract.definition).matchAll(/\/v1\/(payments|changes)\?after=([^&"]+)/g)];
    expect(found.map(([, path]) => path)).to.include.members(['payments', 'changes']);
    for (const [, path, text = ''] of found) {
      const own = path === 'payments' ? list(undefined) : changes;
      const decoded = own.decode(text);
      expect(decoded && own.encode(decoded)).to.equal(text);
    }
  });

  it('is invalid for another list, table or schema', () => {
    const others = [
      createCursors('orders/changes', table),
      createCursors('orders', { schema: null, table: 'orders2' }),
      createCursors('orders', { schema: 'a', table: 'orders' }),
    ];
    fc.assert(
      fc.property(cursor, fc.constantFrom(...others), (given, other) => {
        expect(cursors.decode(other.encode(given))).to.equal(null);
      }),
    );
  });

  it('is invalid with one character changed, removed or inserted', () => {
    const character = fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz0123456789-_AZ');
    fc.assert(
      fc.property(cursor, fc.nat(), character, fc.nat(2), (given, at, other, how) => {
        const text = cursors.encode(given);
        const index = at % text.length;
        const changed = text.slice(0, index) + (how === 1 ? '' : other) + text.slice(how === 2 ? index : index + 1);
        if (changed !== text) expect(cursors.decode(changed), `${text} ${changed}`).to.equal(null);
      }),
      { numRuns: 2000 },
    );
  });

  const REJECTED = [
    ...['', 'x', '=', 'MWEw=', ' MWEw', 'MWEw ', 'MWEw\n', 'MWF', '%', '😀'],
    ...['1', '1a', 'a5', '1c5', '2a5', '0a5', '1a-5', '1a05', '1a+5', '1a5 ', '1a1e3', '1a5.0', '1a٥'].map(encoded),
    ...[String(2n ** 63n), '9'.repeat(20), '9'.repeat(50)].map((position) => encoded(`1a${position}`)),
  ];
  for (const text of REJECTED) {
    it(`is never ${JSON.stringify(text)}`, () => {
      expect(cursors.decode(text)).to.equal(null);
      expect(earlier.decode(text)).to.equal(null);
    });
  }

  it('has only one spelling', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const found = cursors.decode(text);
        if (found) expect(cursors.encode(found)).to.equal(text);
      }),
    );
  });

  it('of the previous release is valid if the caller allows it', () => {
    expect(earlier.decode(encoded('1a12'))).to.deep.equal({ kind: 'after', position: '12' });
    expect(earlier.decode(encoded('1b7'))).to.deep.equal({ kind: 'before', position: '7' });
    expect(cursors.decode(encoded('1a12'))).to.equal(null);
    // The last character has unused bits: MWExMg and MWExMh are the same bytes in Base64.
    expect([earlier.decode('MWExMg')?.position, earlier.decode('MWExMh')]).to.deep.equal(['12', null]);
  });
});
