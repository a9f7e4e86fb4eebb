import { expect } from 'chai';
import { type CheckedService, freshId, paymentBody, startChecked } from '../support/checked-service.js';
import type { Problem, Reply } from '../support/http.js';

const BASE = 'http://localhost:8080/v1/payments';

interface PaymentEnvelope {
  readonly data: { readonly id: string; readonly version: number } & Readonly<Record<string, unknown>>;
  readonly links: { readonly self: string };
}

describe('the operations on payments', () => {
  let api: CheckedService;

  before(async () => {
    api = await startChecked(['--admin']);
  });
  after(() => api.stop());

  const create = (members: Readonly<Record<string, unknown>> = {}) => api.post('/v1/payments', paymentBody(members));
  const urlOf = (id: string) => `/v1/payments/${encodeURIComponent(id)}`;
  const read = async (id: string) => (await api.get(urlOf(id))).json<PaymentEnvelope>();

  function update(id: string, version: number, members: Readonly<Record<string, unknown>> = {}): Promise<Reply> {
    return api.put(urlOf(id), paymentBody({ id, version, ...members }));
  }

  function expectProblem(reply: Reply, status: number, code: string): Problem {
    const problem = reply.json<Problem>();
    expect({ status: reply.status, code: problem.code }, reply.text).to.deep.equal({ status, code });
    expect(problem.status).to.equal(status);
    expect(problem.instance).to.equal(reply.headers['x-request-id']);
    return problem;
  }

  describe('create', () => {
    it('returns 201 with Location, ETag and the payment in its envelope', async () => {
      const body = paymentBody();
      const reply = await api.post('/v1/payments', body);
      const self = `${BASE}/${body.data.id}`;
      expect(reply.status).to.equal(201);
      expect(reply.headers).to.include({
        location: self,
        etag: '"0"',
        'cache-control': 'no-cache',
        'content-type': 'application/json',
      });
      expect(reply.json()).to.deep.equal({ data: { ...body.data, version: 0 }, links: { self } });
    });

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

    it('rejects an id that exists, and leaves the first payment alone', async () => {
      const id = freshId();
      await create({ id, organisation_id: 'first' });
      expectProblem(await create({ id, organisation_id: 'second' }), 409, 'payment_exists');
      expect((await read(id)).data.organisation_id).to.equal('first');
    });

    it('rejects the id of a deleted payment, forever', async () => {
      const id = freshId();
      await create({ id });
      await api.delete(`${urlOf(id)}?version=0`);
      expectProblem(await create({ id }), 409, 'payment_exists');
      expectProblem(await create({ id }), 409, 'payment_exists');
      expectProblem(await api.get(urlOf(id)), 404, 'payment_not_found');
    });

    it('treats ids that differ only in letter case as different', async () => {
      const id = freshId();
      expect((await create({ id, organisation_id: 'lower' })).status).to.equal(201);
      expect((await create({ id: id.toUpperCase(), organisation_id: 'upper' })).status).to.equal(201);
      expect((await read(id)).data.organisation_id).to.equal('lower');
      expect((await read(id.toUpperCase())).data.organisation_id).to.equal('upper');
    });

    it('of 20 concurrent creates of one id exactly one is 201', async () => {
      const id = freshId();
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, at) => create({ id, organisation_id: `number ${at}` })),
      );
      const winners = replies.flatMap(({ status }, at) => (status === 201 ? [`number ${at}`] : []));
      expect(winners).to.have.length(1);
      for (const reply of replies) if (reply.status !== 201) expectProblem(reply, 409, 'payment_exists');
      expect((await read(id)).data.organisation_id).to.equal(winners[0]);
    });

    it('ignores links, so that a response can be sent back', async () => {
      const { data } = paymentBody();
      const reply = await api.post('/v1/payments', { data, links: { self: 'elsewhere' } });
      expect(reply.status).to.equal(201);
      expect((await api.put(urlOf(String(data.id)), reply.text)).status).to.equal(200);
    });
  });

  describe('get', () => {
    it('returns 200 with ETag and the same body as the create', async () => {
      const created = await create();
      const { data } = created.json<PaymentEnvelope>();
      const reply = await api.get(urlOf(data.id));
      expect(reply.status).to.equal(200);
      expect(reply.headers).to.include({ etag: '"0"', 'cache-control': 'no-cache' });
      expect(reply.text).to.equal(created.text);
    });

    it('returns 404 for an unknown id', async () => {
      expectProblem(await api.get(urlOf(freshId())), 404, 'payment_not_found');
    });
  });

  describe('update', () => {
    it('replaces organisation and attributes as a whole, and increments the version', async () => {
      const id = freshId();
      await create({ id, attributes: { amount: '1', note: 'gone afterwards' } });
      const reply = await update(id, 0, { organisation_id: 'other', attributes: { amount: '2' } });
      const data = { id, version: 1, type: 'Payment', organisation_id: 'other', attributes: { amount: '2' } };
      expect(reply.status).to.equal(200);
      expect(reply.headers).to.include({ etag: '"1"', 'cache-control': 'no-cache' });
      expect(reply.json()).to.deep.equal({ data, links: { self: `${BASE}/${id}` } });
      expect(await read(id)).to.deep.equal(reply.json());
    });

    for (const version of [0, 2, 9007199254740991]) {
      it(`rejects version ${version} if the stored one is 1, and changes nothing`, async () => {
        const id = freshId();
        await create({ id });
        await update(id, 0, { organisation_id: 'kept' });
        expectProblem(await update(id, version, { organisation_id: 'lost' }), 409, 'version_conflict');
        expect((await read(id)).data).to.include({ version: 1, organisation_id: 'kept' });
      });
    }

    it('requires the version', async () => {
      const id = freshId();
      await create({ id });
      const problem = expectProblem(await api.put(urlOf(id), paymentBody({ id })), 400, 'validation_failed');
      expect(problem.errors).to.deep.equal([{ pointer: '/data/version', detail: 'is required' }]);
    });

    it('rejects a path id that differs from the id of the body, even in letter case', async () => {
      const id = freshId();
      await create({ id });
      for (const other of [freshId(), id.toUpperCase()]) {
        const reply = await api.put(urlOf(id), paymentBody({ id: other, version: 0 }));
        const problem = expectProblem(reply, 400, 'validation_failed');
        expect(problem.errors?.map(({ pointer }) => pointer)).to.deep.equal(['/data/id']);
      }
      expect((await read(id)).data.version).to.equal(0);
    });

    it('returns 404 for an unknown or deleted payment', async () => {
      expectProblem(await update(freshId(), 0), 404, 'payment_not_found');
      const id = freshId();
      await create({ id });
      await api.delete(`${urlOf(id)}?version=0`);
      expectProblem(await update(id, 0), 404, 'payment_not_found');
      expectProblem(await update(id, 5), 404, 'payment_not_found');
    });

    it('of 20 concurrent updates of one version exactly one is 200', async () => {
      const id = freshId();
      await create({ id });
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, at) => update(id, 0, { organisation_id: `number ${at}` })),
      );
      const winners = replies.flatMap(({ status }, at) => (status === 200 ? [`number ${at}`] : []));
      expect(winners).to.have.length(1);
      for (const reply of replies) if (reply.status !== 200) expectProblem(reply, 409, 'version_conflict');
      expect((await read(id)).data).to.include({ version: 1, organisation_id: winners[0] });
    });

    it('of concurrent updates and deletes of one version exactly one happens', async () => {
      const id = freshId();
      await create({ id });
      const replies = await Promise.all(
        Array.from({ length: 20 }, (_, at) => (at % 2 ? update(id, 0) : api.delete(`${urlOf(id)}?version=0`))),
      );
      expect(replies.filter(({ status }) => status < 300)).to.have.length(1);
      for (const { status } of replies) expect(status).to.be.oneOf([200, 204, 404, 409]);
    });
  });

  describe('delete', () => {
    it('returns 204 without a body, and the payment is gone', async () => {
      const id = freshId();
      await create({ id });
      const reply = await api.delete(`${urlOf(id)}?version=0`);
      expect(reply.status).to.equal(204);
      expect(reply.text).to.equal('');
      expect(reply.headers).to.not.have.any.keys('content-length', 'transfer-encoding', 'content-type');
      expectProblem(await api.get(urlOf(id)), 404, 'payment_not_found');
      expectProblem(await api.delete(`${urlOf(id)}?version=0`), 404, 'payment_not_found');
    });

    it('requires the version', async () => {
      const id = freshId();
      await create({ id });
      const problem = expectProblem(await api.delete(urlOf(id)), 400, 'validation_failed');
      expect(problem.errors).to.deep.equal([{ pointer: '/query/version', detail: 'is required' }]);
      expect((await api.get(urlOf(id))).status).to.equal(200);
    });

    it('rejects another version, and nothing is deleted', async () => {
      const id = freshId();
      await create({ id });
      await update(id, 0);
      for (const version of [0, 2]) {
        expectProblem(await api.delete(`${urlOf(id)}?version=${version}`), 409, 'version_conflict');
      }
      expect((await read(id)).data.version).to.equal(1);
      expect((await api.delete(`${urlOf(id)}?version=1`)).status).to.equal(204);
    });

    it('of 20 concurrent deletes exactly one is 204', async () => {
      const id = freshId();
      await create({ id });
      const replies = await Promise.all(Array.from({ length: 20 }, () => api.delete(`${urlOf(id)}?version=0`)));
      expect(replies.filter(({ status }) => status === 204)).to.have.length(1);
      expect(replies.filter(({ status }) => status === 404)).to.have.length(19);
    });
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
      it(`${name}: created, read by its link, listed, updated and deleted`, async () => {
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
        expect((await update(id, 0, { organisation_id: id })).json<PaymentEnvelope>().data).to.include({
          id,
          version: 1,
        });
        expect((await api.delete(`${path}?version=1`)).status).to.equal(204);
        expectProblem(await api.get(path), 404, 'payment_not_found');
      });
    }

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

  describe('the admin endpoints', () => {
    it('count the payments that are not deleted, and delete everything, ids included', async () => {
      await api.delete('/admin/repo');
      const [kept, gone] = [freshId(), freshId()];
      await create({ id: kept });
      await create({ id: gone });
      await api.delete(`${urlOf(gone)}?version=0`);
      const counted = await api.get('/admin/repo');
      expect(counted.status).to.equal(200);
      expect(counted.json()).to.deep.equal({ count: 1 });
      const deleted = await api.delete('/admin/repo');
      expect({ status: deleted.status, text: deleted.text }).to.deep.equal({ status: 204, text: '' });
      expect((await api.get('/admin/repo')).json()).to.deep.equal({ count: 0 });
      expectProblem(await api.get(urlOf(kept)), 404, 'payment_not_found');
      expect((await create({ id: kept })).status).to.equal(201);
      expect((await create({ id: gone })).status).to.equal(201);
    });
  });
});
