import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type CheckedService, freshId, startChecked } from '../support/checked-service.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import type { Problem } from '../support/http.js';

const urlOf = (id: string) => `/v1/payments/${id}`;
/** Several times the size at which a payment stays bytes, with everything that must not change. */
const lines = (count: number) =>
  Array(count).fill('{"n":12345678901234567890.10,"s":"\\u00e9 ł 😀 \\" \\ud800"}').join(',');
const attributesOf = (amount: string, count = 5000) => `{"amount":"${amount}","lines":[${lines(count)}],"last":null}`;
const bodyOf = (id: string, version: number, attributes: string) =>
  `{"data":{"id":"${id}","type":"Payment","version":${version},"organisation_id":"łarge","attributes":${attributes}}}`;

for (const name of DATABASES) {
  describe(`large payments on ${name}`, () => {
    let database: TestDatabase;
    let api: CheckedService;
    before(async () => {
      database = await createDatabase(name);
      api = await startChecked([...database.flags, '--compress']);
    });
    after(async () => {
      await api.stop();
      database.dispose();
    });

    const paymentOf = (id: string, version: number, attributes: string) =>
      `{"id":"${id}","version":${version},"type":"Payment","organisation_id":"łarge","attributes":${attributes}}`;

    it('are returned as sent: at once, later, in lists and in the change log', async () => {
      const id = freshId();
      const [first, second] = [attributesOf('1.00'), attributesOf('2.00', 6000)];
      const created = await api.post('/v1/payments', bodyOf(id, 0, first));
      expect(created.status).to.equal(201);
      expect(created.text).to.contain(paymentOf(id, 0, first));
      const got = await api.get(urlOf(id));
      expect([got.text, got.headers.etag]).to.deep.equal([created.text, '"0"']);
      expect(Number(got.headers['content-length'])).to.equal(got.body.length);

      const updated = await api.put(urlOf(id), bodyOf(id, 0, second));
      expect([updated.status, updated.headers.etag]).to.deep.equal([200, '"1"']);
      expect(updated.text).to.contain(paymentOf(id, 1, second));
      expect((await api.get(urlOf(id))).text).to.equal(updated.text);
      expect((await api.get('/v1/payments')).text).to.contain(paymentOf(id, 1, second));
      const versions = await api.get(`${urlOf(id)}/versions`);
      expect(versions.text)
        .to.contain(paymentOf(id, 0, first))
        .and.to.contain(paymentOf(id, 1, second));
      expect((await api.delete(`${urlOf(id)}?version=1`)).status).to.equal(204);
      expect((await api.get('/v1/changes')).text)
        .to.contain(`"kind":"deleted"`)
        .and.to.contain(paymentOf(id, 1, second));
    });

    it('can be written together with each other, and with small ones', async () => {
      const payments = [5000, 1, 4000, 0, 3000].map((count) => [freshId(), attributesOf('1.50', count)] as const);
      const replies = await Promise.all(
        payments.map(([id, attributes]) => api.post('/v1/payments', bodyOf(id, 0, attributes))),
      );
      expect(replies.map(({ status }) => status)).to.deep.equal(payments.map(() => 201));
      for (const [id, attributes] of payments) {
        expect((await api.get(urlOf(id))).text).to.contain(paymentOf(id, 0, attributes));
      }
    });

    it('lose only white space between their tokens', async () => {
      const id = freshId();
      const spaced = attributesOf('3.00').replaceAll(',"', ' ,\n\t"');
      expect((await api.post('/v1/payments', bodyOf(id, 0, spaced))).status).to.equal(201);
      expect((await api.get(urlOf(id))).text).to.contain(paymentOf(id, 0, attributesOf('3.00')));
    });

    it('support 304, HEAD and compression like others', async () => {
      const id = freshId();
      expect((await api.post('/v1/payments', bodyOf(id, 0, attributesOf('4.00')))).status).to.equal(201);
      const { text, headers } = await api.get(urlOf(id));
      expect((await api.get(urlOf(id), { 'If-None-Match': '"0"' })).status).to.equal(304);
      const head = await api.head(urlOf(id));
      expect([head.status, head.text, head.headers.etag]).to.deep.equal([200, '', headers.etag]);
      const packed = await api.get(urlOf(id), { 'Accept-Encoding': 'gzip' });
      expect(packed.headers['content-encoding']).to.equal('gzip');
      expect(gunzipSync(packed.body).toString()).to.equal(text);
    });

    it('are recognized by their key, and by every byte', async () => {
      const id = freshId();
      const headers = { 'Idempotency-Key': id };
      const body = bodyOf(id, 0, attributesOf('5.00'));
      const first = await api.post('/v1/payments', body, headers);
      const again = await api.post('/v1/payments', body, headers);
      expect([again.status, again.text, again.headers['idempotent-replayed']]).to.deep.equal([201, first.text, 'true']);
      const other = await api.post('/v1/payments', `${body} `, headers);
      expect([other.status, other.json<Problem>().code]).to.deep.equal([422, 'idempotency_key_reused']);
    });

    it('are rejected for any error in them', async () => {
      const wrong = async (attributes: string) => {
        const { status, ...reply } = await api.post('/v1/payments', bodyOf(freshId(), 0, attributes));
        return [status, reply.json<Problem>().code, reply.json<Problem>().errors?.map(({ pointer }) => pointer)];
      };
      const good = attributesOf('6.00');
      expect(await wrong(attributesOf('-1'))).to.deep.equal([400, 'validation_failed', ['/data/attributes/amount']]);
      expect(await wrong(good.replace('"amount"', '"sum"'))).to.deep.equal([
        400,
        'validation_failed',
        ['/data/attributes/amount'],
      ]);
      expect(await wrong(good.replace('"last":null', '"last":{"a":1,"a":2}'))).to.deep.equal([
        400,
        'malformed_json',
        ['/data/attributes/last/a'],
      ]);
      expect(await wrong(good.replace('],"last"', ',],"last"'))).to.deep.equal([400, 'malformed_json', ['']]);
      expect(await wrong(`${good.slice(0, -1)},"lines":[]}`)).to.deep.equal([
        400,
        'malformed_json',
        ['/data/attributes/lines'],
      ]);
      const unknown = Array.from({ length: 20_000 }, (_, number) => `"u${number}":0`).join(',');
      const reply = await api.post(
        '/v1/payments',
        bodyOf(freshId(), 0, good).replace('"version"', `${unknown},"version"`),
      );
      expect([reply.status, reply.json<Problem>().code]).to.deep.equal([400, 'validation_failed']);
      expect(reply.json<Problem>().errors)
        .to.have.length(100)
        .and.to.deep.include({ pointer: '/data/u0', detail: 'is not a property of the contract' });
    });
  });
}
