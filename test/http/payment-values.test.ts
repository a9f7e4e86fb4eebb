import { expect } from 'chai';
import { type CheckedService, freshId, paymentBody, startChecked } from '../support/checked-service.js';
import type { Problem, Reply } from '../support/http.js';

const BASE = 'http://localhost:8080/v1/payments';

interface PaymentEnvelope {
  readonly data: { readonly id: string; readonly version: number } & Readonly<Record<string, unknown>>;
  readonly links: { readonly self: string };
}

/** What a client sees of each operation is in `bdd/`. */
describe('what a payment may contain', () => {
  let api: CheckedService;

  before(async () => {
    api = await startChecked();
  });
  after(() => api.stop());

  const create = (members: Readonly<Record<string, unknown>> = {}) => api.post('/v1/payments', paymentBody(members));
  const urlOf = (id: string) => `/v1/payments/${encodeURIComponent(id)}`;

  function expectProblem(reply: Reply, status: number, code: string): Problem {
    const problem = reply.json<Problem>();
    expect({ status: reply.status, code: problem.code }, reply.text).to.deep.equal({ status, code });
    expect(problem.status).to.equal(status);
    expect(problem.instance).to.equal(reply.headers['x-request-id']);
    return problem;
  }

  describe('the version of a create', () => {
    for (const version of [0, 1, 7, 9007199254740991]) {
      it(`starts at version 0 if the client sends ${version}`, async () => {
        expect((await create({ version })).json<PaymentEnvelope>().data.version).to.equal(0);
      });
    }

    for (const version of ['0', -1, 1.5, null, true, {}, 1e300]) {
      it(`rejects the version ${JSON.stringify(version)}`, async () => {
        const problem = expectProblem(await create({ version }), 400, 'validation_failed');
        expect(problem.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/data/version']);
      });
    }
  });

  it('ignores links, so that a response can be sent back', async () => {
    const { data } = paymentBody();
    const reply = await api.post('/v1/payments', { data, links: { self: 'elsewhere' } });
    expect(reply.status).to.equal(201);
    expect((await api.put(urlOf(String(data.id)), reply.text)).status).to.equal(200);
  });

  describe('ids and organisation ids', () => {
    const TAKEN: readonly [name: string, id: string][] = [
      ['every printable character of ASCII', String.fromCharCode(...Array.from({ length: 95 }, (_, at) => 32 + at))],
      ['a percent sign that looks like an escape', '100%25%2F'],
      ['slashes and dots', '../a/./b//c'],
      ['a question mark and a hash', 'a?b=c&d#e'],
      ['white space around', '  padded  '],
      ['letters beyond ASCII', 'Zürich-Łódź-東京-Ω'],
      ['characters beyond the basic plane', '💶-𝔘-🏳️‍🌈'],
      ['right-to-left and combining characters', 'שלום-é-\u200f'],
      ['quotes and backslashes', `"'\\\`$(x){}`],
      ['words that mean something in JavaScript', '__proto__'],
      ['a word that means something in SQL', "'; DROP TABLE payments; --"],
      ['255 characters', 'x'.repeat(255)],
      ['255 characters of two UTF-16 units each', '😀'.repeat(255)],
      ['the last character of Unicode', '\u{10ffff}'],
      ['one character', 'z'],
    ];

    for (const [name, id] of TAKEN) {
      it(`${name}: created, read by its link, updated and deleted`, async () => {
        const created = await create({ id, organisation_id: id });
        expect(created.status, created.text).to.equal(201);
        const { data, links } = created.json<PaymentEnvelope>();
        expect(data).to.include({ id, organisation_id: id });
        expect(links.self)
          .to.equal(created.headers.location)
          .and.to.equal(`${BASE}/${encodeURIComponent(id)}`);
        expect(links.self).to.match(/^[\x21-\x7e]+$/);
        const path = links.self.slice('http://localhost:8080'.length);
        expect((await api.get(path)).text).to.equal(created.text);
        const updated = await api.put(path, paymentBody({ id, version: 0, organisation_id: id }));
        expect(updated.json<PaymentEnvelope>().data).to.include({ id, version: 1 });
        expect((await api.delete(`${path}?version=1`)).status).to.equal(204);
        expectProblem(await api.get(path), 404, 'payment_not_found');
      });
    }

    it('the id of the path must be that of the body, in the same letter case', async () => {
      const { data } = (await create()).json<PaymentEnvelope>();
      const reply = await api.put(urlOf(data.id), paymentBody({ id: data.id.toUpperCase(), version: 0 }));
      const problem = expectProblem(reply, 400, 'validation_failed');
      expect(problem.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/data/id']);
    });

    const SHED: readonly [name: string, id: unknown][] = [
      ['an empty one', ''],
      ['a blank one', '   '],
      ['a blank one of Unicode spaces', '\u00a0\u2003\u3000'],
      ['256 characters', 'x'.repeat(256)],
      ['256 characters beyond the basic plane', '😀'.repeat(256)],
      ['a line feed', 'a\nb'],
      ['a DEL', 'a\u007f'],
      ['a control character of Latin-1', 'a\u0085b'],
      ['NUL', 'a\u0000'],
      ['a lone surrogate', 'a\ud800'],
      ['surrogates in the wrong order', '\udc00\ud800'],
      ['a number', 5],
      ['null', null],
      ['an array', ['a']],
      ['an object', { a: 1 }],
      ['true', true],
    ];

    for (const [name, value] of SHED) {
      it(`${name}: rejected, as id and as organisation id`, async () => {
        const problem = expectProblem(await create({ id: value, organisation_id: value }), 400, 'validation_failed');
        expect(problem.errors?.map(({ pointer }) => pointer)).to.have.members(['/data/id', '/data/organisation_id']);
      });
    }
  });

  describe('amounts', () => {
    const TAKEN = ['100', '100.21', '0.01', '007', '00.10', '1.0', '0.000000000000000001', `1${'0'.repeat(63)}`];
    for (const amount of [...TAKEN, '0.1234567890123456789', '12345678901234567890.12345']) {
      it(`${amount} is stored unchanged`, async () => {
        const reply = await create({ attributes: { amount } });
        expect(reply.json()).to.have.nested.property('data.attributes.amount', amount);
      });
    }

    const NUMBERS = [100, 100.21, null, true, ['1'], {}];
    const TEXTS = [
      '',
      '0',
      '0.0',
      '000',
      '-1',
      '+1',
      '1e3',
      '1.',
      '.5',
      '1,000',
      ' 1',
      '1 ',
      '1_000',
      '0x10',
      'NaN',
      '١',
    ];
    for (const amount of [...NUMBERS, ...TEXTS, 'Infinity', '1.2.3', '1\n', `1${'0'.repeat(64)}`]) {
      it(`${JSON.stringify(amount).slice(0, 40)} is rejected`, async () => {
        const problem = expectProblem(await create({ attributes: { amount } }), 400, 'validation_failed');
        expect(problem.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/data/attributes/amount']);
      });
    }

    it('is required, and so are the attributes', async () => {
      for (const [attributes, pointer] of [
        [{}, '/data/attributes/amount'],
        [undefined, '/data/attributes'],
        [null, '/data/attributes'],
        [[], '/data/attributes'],
        ['100', '/data/attributes'],
      ] as const) {
        const problem = expectProblem(await create({ attributes }), 400, 'validation_failed');
        expect(problem.errors?.map((error) => error.pointer)).to.deep.equal([pointer]);
      }
    });
  });

  describe('the type', () => {
    for (const type of ['payment', 'PAYMENT', 'Payment ', '', null, 1, undefined]) {
      it(`${JSON.stringify(type)} is rejected`, async () => {
        const problem = expectProblem(await create({ type }), 400, 'validation_failed');
        expect(problem.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/data/type']);
      });
    }
  });

  describe('the content of attributes', () => {
    /** The text of the attributes in a response, without parsing. */
    const attributesText = ({ text }: Reply) => /"attributes":(.*)\},"links":/s.exec(text)?.[1];

    const bodyText = (id: string, attributes: string) =>
      `{"data":{"id":"${id}","version":0,"type":"Payment","organisation_id":"o","attributes":${attributes}}}`;

    const KEPT: readonly [name: string, attributes: string][] = [
      ['a 20-digit integer', '{"amount":"1","n":12345678901234567890}'],
      ['an integer of 400 digits', `{"amount":"1","n":${'7'.repeat(400)}}`],
      ['a long fraction', '{"amount":"1","n":0.1234567890123456789012345}'],
      ['exponents of every spelling', '{"amount":"1","a":1e3,"b":1E+3,"c":1.0e-7,"d":1e400,"e":-0,"f":-0.0,"g":1.10}'],
      ['numbers deep inside', '{"amount":"1","deep":[[{"n":[9007199254740993,1.00]}]]}'],
      ['the order of the members, number-like ones too', '{"z":1,"amount":"1","10":1,"2":1,"a":1}'],
      ['every kind of value', '{"amount":"1","a":null,"b":true,"c":false,"d":[],"e":{},"f":"","g":[1,"2",[null]]}'],
      ['names that mean something in JavaScript', '{"amount":"1","__proto__":{"x":1},"constructor":1,"toString":2}'],
      ['escapes as they were written', '{"amount":"1","a":"\\u00e9\\/\\n\\ud83d\\ude00"}'],
      ['white space inside of strings', '{"amount":"1","a":"  two  spaces  "}'],
      ['empty names', '{"amount":"1","":{"":0}}'],
    ];

    for (const [name, attributes] of KEPT) {
      it(`${name}: is returned character for character`, async () => {
        const id = freshId();
        const created = await api.post('/v1/payments', bodyText(id, attributes));
        expect(created.status, created.text).to.equal(201);
        expect(attributesText(created)).to.equal(attributes);
        expect(attributesText(await api.get(urlOf(id)))).to.equal(attributes);
        const updated = await api.put(urlOf(id), bodyText(id, attributes.replace('"amount":"1"', '"amount":"2"')));
        expect(attributesText(updated)).to.equal(attributes.replace('"amount":"1"', '"amount":"2"'));
        expect(attributesText(await api.get(urlOf(id)))).to.equal(attributesText(updated));
      });
    }

    it('loses white space between tokens, and nothing else', async () => {
      const id = freshId();
      const spaced = ' {\r\n "amount" :\t"1" ,\n "a b" : [ 1 , 2.50 , " x " ] } ';
      const reply = await api.post('/v1/payments', bodyText(id, spaced));
      expect(attributesText(reply)).to.equal('{"amount":"1","a b":[1,2.50," x "]}');
    });
  });
});
