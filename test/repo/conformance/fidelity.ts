import { expect } from 'chai';
import { LargeRow } from '../../../src/store/types.js';
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

/** Values are returned unchanged. */
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

    it('finds nothing by something similar to an id', async () => {
      const { repo } = subject;
      await createAll(repo, ['abc', '1']);
      for (const id of ['ab', 'abcd', 'a%', 'ab_', 'abc ', ' abc', '01', '1.0', '']) {
        expect(await repo.find(id, newCall()), id).to.equal(null);
      }
    });

    for (const [what, text] of Object.entries(ATTRIBUTES)) {
      it(`returns attributes byte for byte: ${what}`, async () => {
        const { repo } = subject;
        await repo.create(newPayment('created', { attributes: text }), newCall());
        await createAll(repo, ['changed']);
        await repo.update(newChange('changed', 0, text), newCall());
        const { rows } = await repo.list({ kind: 'offset', from: 0, size: 2 }, newCall());
        expect(rows).to.deep.include.members(
          [newPayment('created', { attributes: text })].map((row) => ({ ...row, version: 0 })),
        );
        expect(rows[1]).to.include({ attributes: text });
        expect((await repo.find('created', newCall()))?.attributes).to.equal(text);
        expect((await repo.find('changed', newCall()))?.attributes).to.equal(text);
      });
    }

    it('returns a mebibyte of attributes', async () => {
      const { repo } = subject;
      const text = `{"amount":"1","text":"${'é'.repeat(512 * 1024)}"}`;
      const ids = numbered('big', 3);
      await Promise.all(ids.map((id) => repo.create(newPayment(id, { attributes: text }), newCall())));
      for (const id of ids) {
        expect(String((await repo.find(id, newCall()))?.attributes) === text).to.equal(true);
      }
    });

    it('leaves large rows out of pages: each is read as it was in the page, whatever has changed', async () => {
      const { repo } = subject;
      const text = (letter: string) => `{"amount":"1","text":"${letter.repeat(200_000)}"}`;
      const ids = numbered('big', 4);
      for (const [at, id] of ids.entries())
        await repo.create(newPayment(id, { attributes: text('abcd'[at] ?? '') }), newCall());
      await createAll(repo, ['small']);
      await repo.update(newChange('big-1', 0, text('é')), newCall());
      const pages = await Promise.all([
        repo.list({ kind: 'after', position: '0', size: 5 }, newCall()),
        repo.list({ kind: 'before', position: '9223372036854775807', size: 5 }, newCall()),
        repo.list({ kind: 'offset', from: 0, size: 5 }, newCall()),
      ]);
      const versions = await repo.versions('big-1', { after: '0', size: 9 }, newCall());
      await repo.update(newChange('big-0', 0), newCall());
      await repo.delete('big-1', 1, newCall());
      for (const { rows } of pages) {
        expect(rows[4]).to.deep.equal({ ...newPayment('small'), version: 0 });
        const large = rows.filter((row) => row instanceof LargeRow);
        expect(large.map(({ id, version, bytes }) => `${id} ${version} ${bytes}`)).to.deep.equal([
          'big-0 0 200024',
          'big-1 1 400024',
          'big-2 0 200024',
          'big-3 0 200024',
        ]);
        const found = await repo.rowsAt(large.map(({ position }) => position).reverse(), newCall());
        expect(found.every(({ attributes }) => Buffer.isBuffer(attributes))).to.equal(true);
        const read = found.map((row) => ({ ...row, attributes: String(row.attributes) }));
        expect(read.map(({ id, attributes }) => `${id} ${attributes[24]}`)).to.deep.equal([
          'big-3 d',
          'big-2 c',
          'big-1 é',
          'big-0 a',
        ]);
        expect(read[2]).to.deep.equal(newChange('big-1', 1, text('é')));
      }
      expect(versions?.map(({ position, row }) => row instanceof LargeRow && row.position === position)).to.deep.equal([
        true,
        true,
      ]);
      await repo.deleteAll(newCall());
      const [first] = pages[0].rows;
      if (!(first instanceof LargeRow)) return expect.fail('the first row is large');
      expect(await repo.rowsAt([first.position], newCall()).catch((error: unknown) => error)).to.include({
        code: 'unavailable',
      });
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
