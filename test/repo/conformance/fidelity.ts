import { expect } from 'chai';
import { createAll, newCall, newChange, newPayment, numbered, type Subject } from './subject.js';

const IDS = [
  ' ',
  'ordinary-1',
  `it's`,
  '"quoted"',
  'back\\slash',
  '100%',
  '_',
  '/a/../b?c=d&e#f',
  `'); DROP TABLE payments; --`,
  '$1',
  ':name',
  '{{table}}',
  'naïve',
  'nai\u0308ve',
  'ß',
  'SS',
  'ﬁ',
  'İi̇Iı',
  '付款',
  '😀',
  '👩‍👩‍👧‍👦',
  'NULL',
  '0',
  '00',
  '1e3',
  '\u{10ffff}',
  '\ufeff',
  '\u202e',
  'a'.repeat(255),
  '😀'.repeat(255),
];

const ATTRIBUTES = {
  'a number that a double rounds': '{"amount":"1","n":12345678901234567890,"f":0.1000000000000000000000000000000001}',
  'numbers that are equal but not the same': '{"amount":"1.0","a":1.0,"b":1,"c":1e0,"d":-0,"e":1E+2,"f":1e999}',
  'keys in an order of their own, one of them twice': '{"z":1,"amount":"1","a":2,"10":3,"9":4,"z":5}',
  'white space': '{ "amount" :\t"1",\n  "a":[ 1 ,2 ]\r\n}',
  'escapes, NUL and a lone surrogate among them': String.raw`{"amount":"1","a":"\u0000\u0041\/\ud800\uDFFF"}`,
  'text beyond ASCII': '{"amount":"1","ключ":"значение 😀 \u2028"}',
  quotes: `{"amount":"1","a":"it's; -- \\"x\\" $1 ? :a @b"}`,
  prototypes: '{"amount":"1","__proto__":{"a":1},"constructor":null}',
};

/** What goes in comes out, whatever it is made of. */
export function describeFidelity(subject: Subject): void {
  describe('fidelity', () => {
    it('keeps ids of any printable characters apart', async () => {
      const { repo } = subject;
      await createAll(repo, IDS);
      for (const id of IDS) {
        expect(await repo.find(id, newCall())).to.deep.equal({ ...newPayment(id), version: 0 });
        expect(await repo.create(newPayment(id), newCall())).to.deep.equal({ outcome: 'exists' });
      }
      const { rows } = await repo.list({ kind: 'offset', from: 0, size: 100 }, newCall());
      expect(rows.map(({ id }) => id)).to.deep.equal(IDS);
      for (const id of IDS) {
        expect(await repo.update(newChange(id, 0), newCall())).to.deep.equal({ outcome: 'updated', version: 1 });
        expect(await repo.delete(id, 1, newCall())).to.deep.equal({ outcome: 'deleted' });
      }
    });

    it('tells ids apart that differ only in letter case', async () => {
      const { repo } = subject;
      const ids = ['pay', 'Pay', 'PAY', 'é', 'É'];
      await createAll(repo, ids);
      await repo.delete('Pay', 0, newCall());
      expect(await repo.find('pay', newCall())).to.have.property('id', 'pay');
      expect(await repo.find('Pay', newCall())).to.equal(null);
      expect(await repo.count(newCall())).to.equal(4);
    });

    it('finds nothing by what only looks like an id', async () => {
      const { repo } = subject;
      await createAll(repo, ['abc', '1']);
      for (const id of ['ab', 'abcd', 'a%', 'ab_', 'abc ', ' abc', '01', '1.0', '']) {
        expect(await repo.find(id, newCall()), id).to.equal(null);
      }
    });

    for (const [what, text] of Object.entries(ATTRIBUTES)) {
      it(`gives attributes back byte for byte: ${what}`, async () => {
        const { repo } = subject;
        await repo.create(newPayment('created', { attributes: text }), newCall());
        await createAll(repo, ['changed']);
        await repo.update(newChange('changed', 0, text), newCall());
        const { rows } = await repo.list({ kind: 'offset', from: 0, size: 2 }, newCall());
        expect(rows.map(({ attributes }) => attributes)).to.deep.equal([text, text]);
        expect((await repo.find('created', newCall()))?.attributes).to.equal(text);
        expect((await repo.find('changed', newCall()))?.attributes).to.equal(text);
      });
    }

    it('gives a mebibyte of attributes back', async () => {
      const { repo } = subject;
      const text = `{"amount":"1","text":"${'é'.repeat(512 * 1024)}"}`;
      const ids = numbered('big', 3);
      await Promise.all(ids.map((id) => repo.create(newPayment(id, { attributes: text }), newCall())));
      for (const id of ids) {
        expect((await repo.find(id, newCall()))?.attributes === text).to.equal(true);
      }
    });

    it('keeps an organisation of any printable characters', async () => {
      const { repo } = subject;
      for (const [index, organisation_id] of IDS.entries()) {
        await repo.create(newPayment(`p${index}`, { organisation_id }), newCall());
        expect((await repo.find(`p${index}`, newCall()))?.organisation_id).to.equal(organisation_id);
      }
    });
  });
}
