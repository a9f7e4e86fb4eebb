import { expect } from 'chai';
import fc from 'fast-check';
import { createLinks } from '../../src/payments/pages.js';
import { paymentListJson, paymentReplyJson } from '../../src/payments/representation.js';
import { newCall } from '../repo/conformance/subject.js';

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 40 });
const stored = fc.record({
  id: text,
  version: fc.nat(),
  organisation_id: text,
  attributes: fc.jsonValue().map((value) => JSON.stringify({ amount: '1', value })),
});

const asSent = ({
  id,
  version,
  organisation_id,
  attributes,
}: typeof stored extends fc.Arbitrary<infer T> ? T : never) => ({
  ...{ id, version, type: 'Payment', organisation_id },
  attributes: JSON.parse(attributes),
});

describe('payments as text', () => {
  it('are JSON of the envelope, whatever is in them', () => {
    fc.assert(
      fc.property(stored, text, (payment, self) => {
        const reply = String(paymentReplyJson(payment, self));
        expect(JSON.parse(reply)).to.deep.equal({ data: asSent(payment), links: { self } });
        expect(reply).to.contain(payment.attributes);
      }),
    );
  });

  it('are JSON of a page, however many there are', () => {
    const links = { self: 'http://a/"', next: 'http://b' };
    fc.assert(
      fc.property(fc.array(stored, { maxLength: 4 }), (payments) => {
        const body = paymentListJson(payments, { links, rowsAt: async () => [], call: newCall() });
        expect(JSON.parse(String(body))).to.deep.equal({ data: payments.map(asSent), links });
      }),
    );
  });
});

describe('links', () => {
  const links = createLinks('https://pay.example/base', 'v2');

  it('repeats lists and objects, which a contract may add to a list', () => {
    const added = Object.assign(Object.create(null), { a: 1, 'b c': 'x&y', d: { e: null } });
    const url = new URL(links.page({ size: 2, tags: ['a,b', 'c'], none: [], added }));
    expect(Array.from(url.searchParams)).to.deep.equal([
      ['size', '2'],
      ...[
        ['tags', 'a,b'],
        ['tags', 'c'],
      ],
      ...[
        ['added[a]', '1'],
        ['added[b c]', 'x&y'],
        ['added[d]', '{"e":null}'],
      ],
    ]);
  });

  it('are absolute, and lead back to the id', () => {
    fc.assert(
      fc.property(text, (id) => {
        const link = links.payment(id);
        expect(link).to.match(/^https:\/\/pay\.example\/base\/v2\/payments\/[\x21-\x7e]+$/);
        expect(link.slice('https://pay.example/base/v2/payments/'.length)).to.not.match(/[/?#]/);
        expect(decodeURIComponent(link.slice(link.lastIndexOf('/') + 1))).to.equal(id);
      }),
    );
  });

  for (const [parameters, query] of [
    [{}, ''],
    [{ size: undefined }, ''],
    [{ from: 0, size: 5 }, '?from=0&size=5'],
    [{ size: undefined, from: 3 }, '?from=3'],
    [{ after: 'a&b=c #%' }, '?after=a%26b%3Dc%20%23%25'],
  ] as const) {
    it(`of a page with ${JSON.stringify(parameters)} end in ${query || 'no query'}`, () => {
      expect(links.page(parameters)).to.equal(`https://pay.example/base/v2/payments${query}`);
    });
  }
});
