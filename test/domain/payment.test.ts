import { expect } from 'chai';
import fc from 'fast-check';
import { createLinks, linkTo } from '../../src/payments/pages.js';
import { paymentListJson, paymentReplyJson } from '../../src/payments/representation.js';
import { newCall } from '../repo/conformance/subject.js';
import { anyCharacter } from '../support/any-character.js';

const text = fc.string({ unit: anyCharacter, minLength: 1, maxLength: 40 });
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
  it('are JSON of the envelope, whatever they contain', () => {
    fc.assert(
      fc.property(stored, text, (payment, self) => {
        const reply = String(paymentReplyJson(payment, self));
        expect(JSON.parse(reply)).to.deep.equal({ data: asSent(payment), links: { self } });
        expect(reply).to.contain(payment.attributes);
      }),
    );
  });

  it('are JSON of a page, for any number of payments', () => {
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
  const PATHS: Readonly<Record<string, string>> = {
    listPayments: '/v2/payments',
    getPayment: '/v2/payments/{id}',
    listPaymentVersions: '/v2/history/{id}/of-a-payment',
    listChanges: '/v2/feed',
  };
  const links = createLinks('https://pay.example/base', (operationId) => PATHS[operationId] ?? '');

  it('have the paths of the contract', () => {
    expect(links.versions('a/b')).to.equal('https://pay.example/base/v2/history/a%2Fb/of-a-payment');
    expect(links.changes).to.equal('https://pay.example/base/v2/feed');
  });

  it('encode characters that the contract allows and a URL does not', () => {
    const renamed = createLinks('https://pay.example', () => '/v1/płatności nowe/{id}%2fx');
    expect(renamed.payment('a b')).to.equal('https://pay.example/v1/p%C5%82atno%C5%9Bci%20nowe/a%20b%2Fx');
  });

  it('are absolute, and can be decoded to the id', () => {
    fc.assert(
      fc.property(text, (id) => {
        const link = links.payment(id);
        expect(link).to.match(/^https:\/\/pay\.example\/base\/v2\/payments\/[\x21-\x7e]+$/);
        expect(link.slice('https://pay.example/base/v2/payments/'.length)).to.not.match(/[/?#]/);
        expect(decodeURIComponent(link.slice(link.lastIndexOf('/') + 1))).to.equal(id);
      }),
    );
  });

  for (const [queryText, changed, query] of [
    ['', {}, ''],
    ['', { size: undefined }, ''],
    ['&size=5&&', {}, '?size=5'],
    ['size=5&tags=a,b%2C&added[c]=%7B', { size: undefined, from: 3 }, '?from=3&tags=a,b%2C&added%5Bc%5D=%7B'],
    ['a|b=c"+d&size', { after: 'a&b=c #%' }, '?after=a%26b%3Dc%20%23%25&a%7Cb=c%22+d&size'],
    ['%61fter=x&afte=y', { after: 'z' }, '?after=z&afte=y'],
  ] as const) {
    it(`to a page requested with ${queryText || 'no query'}, ${JSON.stringify(changed)}: ${query}`, () => {
      expect(linkTo(links.payments, queryText, changed)).to.equal(`https://pay.example/base/v2/payments${query}`);
    });
  }
});
