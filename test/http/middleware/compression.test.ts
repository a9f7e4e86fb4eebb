import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { type CheckedService, paymentBody, startChecked } from '../../support/checked-service.js';
import { talk } from '../../support/http.js';

describe('compressed responses', () => {
  let api: CheckedService;
  let plain: CheckedService;

  before(async () => {
    [api, plain] = await Promise.all([startChecked(['--compress', '--metrics']), startChecked()]);
    for (let at = 0; at < 20; at++) {
      const body = paymentBody({ id: `payment-${at}`, attributes: { amount: '1', note: 'Łódź '.repeat(30) } });
      await api.post('/v1/payments', body);
      await plain.post('/v1/payments', body);
    }
  });
  after(() => Promise.all([api.stop(), plain.stop()]));

  const UNPACK = { gzip: gunzipSync, br: brotliDecompressSync } as const;

  for (const coding of ['gzip', 'br'] as const) {
    it(`are sent as ${coding} to a client that accepts it, and have the same content`, async () => {
      for (const target of ['/v1/payments', '/openapi.json', '/openapi.yml', '/docs/docs.css']) {
        const uncompressed = await api.get(target);
        const reply = await api.get(target, { 'Accept-Encoding': coding });
        expect(reply.status, target).to.equal(200);
        expect(reply.headers['content-encoding'], target).to.equal(coding);
        expect(reply.headers.vary?.toLowerCase(), target).to.contain('accept-encoding');
        expect(reply.headers['content-type'], target).to.equal(uncompressed.headers['content-type']);
        expect(reply.headers).to.have.property('x-request-id');
        expect(reply.headers['x-content-type-options'], target).to.equal('nosniff');
        expect(reply.body.length, target).to.be.lessThan(uncompressed.body.length);
        expect(UNPACK[coding](reply.body).equals(uncompressed.body), target).to.equal(true);
      }
    });
  }

  it('are not sent if not smaller, not accepted, or not enabled', async () => {
    const headers = { 'Accept-Encoding': 'gzip, br' };
    for (const reply of [
      await api.get('/v1/payments/payment-1', headers),
      await api.get('/health', headers),
      await api.get('/v1/payments', { 'Accept-Encoding': 'identity' }),
      await api.get('/v1/payments', { 'Accept-Encoding': 'unheard-of' }),
      await api.get('/v1/payments', { 'Accept-Encoding': 'gzip;q=0, br;q=0' }),
      await plain.get('/v1/payments', headers),
    ]) {
      expect(reply.status).to.equal(200);
      expect(reply.headers).to.not.have.property('content-encoding');
      expect(reply.text).to.match(/^\{/);
    }
  });

  it('differ by Accept-Encoding, as each response says, compressed or not', async () => {
    for (const target of ['/v1/payments', '/v1/payments/payment-1', '/v1/payments/none', '/openapi.json', '/none']) {
      for (const headers of [{}, { 'Accept-Encoding': 'gzip' }, { 'Accept-Encoding': 'gzip', Accept: 'text/html' }]) {
        const { vary = '' } = (await api.get(target, headers)).headers;
        expect(vary.match(/Accept-Encoding/gi), `${target} ${JSON.stringify(headers)}`).to.have.length(1);
      }
    }
  });

  it('keep HEAD, conditions and errors working', async () => {
    const headers = { 'Accept-Encoding': 'gzip' };
    const head = await api.head('/v1/payments', headers);
    expect([head.status, head.text]).to.deep.equal([200, '']);
    const unchanged = await api.get('/v1/payments/payment-1', { ...headers, 'If-None-Match': '"0"' });
    expect([unchanged.status, unchanged.text]).to.deep.equal([304, '']);
    const query = Array.from({ length: 60 }, (_, at) => `unknown${at}=1`).join('&');
    const rejected = await api.get(`/v1/payments?${query}`, { ...headers, Accept: 'application/problem+json' });
    expect(rejected.status).to.equal(400);
    expect(rejected.headers).to.include({ 'content-type': 'application/problem+json', 'content-encoding': 'gzip' });
    expect(JSON.parse(gunzipSync(rejected.body).toString()).errors).to.have.length(60);
  });

  it('are not sent to a client that accepts no coding, not even identity', async () => {
    for (const rejection of [
      'identity;q=0',
      '*;q=0',
      'gzip;q=0, identity;q=0',
      'gzip;q=no, *;q=0',
      'unheard-of, *;q=0',
    ]) {
      for (const method of ['GET', 'HEAD']) {
        const reply = await api.send(method, '/v1/payments', { headers: { 'Accept-Encoding': rejection } });
        expect(reply.status, rejection).to.equal(200);
        expect(reply.headers, rejection).to.not.have.property('content-encoding');
        expect(reply.headers['x-request-id'], rejection).to.be.a('string');
      }
    }
    const { headers } = await api.get('/v1/payments', { 'Accept-Encoding': 'gzip, identity;q=0' });
    expect(headers['content-encoding']).to.equal('gzip');
  });

  it('have no body for HEAD, even of an unknown path', async () => {
    const reply = await talk(api.port, 'HEAD /nowhere HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    expect(reply).to.match(/^HTTP\/1\.1 404 .*\r\n([\w-]+: .*\r\n)+\r\n$/);
  });

  it('have the same headers for HEAD as for GET', async () => {
    for (const coding of ['gzip', 'br', 'identity', 'identity;q=0', 'gzip;q=0']) {
      for (const target of ['/v1/payments', '/v1/payments/payment-1', '/v1/payments/none', '/openapi.json', '/docs/']) {
        const replies = [];
        for (const method of ['GET', 'HEAD']) {
          const { status, headers, text } = await api.send(method, target, { headers: { 'Accept-Encoding': coding } });
          // A server does not chunk a body that it does not send.
          const { date, 'x-request-id': id, 'transfer-encoding': framing, ...rest } = headers;
          replies.push({ status, ...rest });
          if (method === 'HEAD') expect(text).to.equal('');
        }
        // The detail of an error does not contain its method, so even lengths are equal.
        expect(replies[1], `${coding} ${target}`).to.deep.equal(replies[0]);
      }
    }
  });

  it('have their own entity tags, which match those of the original', async () => {
    const id = 'large';
    const note = 'Łódź '.repeat(400);
    await api.post('/v1/payments', paymentBody({ id, attributes: { amount: '1', note } }));
    const path = `/v1/payments/${id}`;
    const tags = new Map<string, string>();
    for (const coding of ['identity', 'gzip', 'br']) {
      const headers = { 'Accept-Encoding': coding };
      const { status, headers: got } = await api.get(path, headers);
      expect(status).to.equal(200);
      expect(got.vary?.toLowerCase()).to.contain('accept-encoding');
      const etag = got.etag ?? '';
      tags.set(coding, etag);
      const unchanged = await api.get(path, { ...headers, 'If-None-Match': etag });
      expect(unchanged.status).to.equal(304);
      expect(unchanged.headers.etag).to.equal(etag);
      const others = await api.get(path, { ...headers, 'If-None-Match': `"7-gzip", ${etag}, "8-br"` });
      expect([others.status, others.headers.etag]).to.deep.equal([304, etag]);
      expect(unchanged.headers.vary?.toLowerCase()).to.contain('accept-encoding');
    }
    expect(new Set(tags.values()).size, 'three representations').to.equal(3);
    for (const etag of tags.values()) {
      const headers = { 'If-Match': etag };
      const version = Number(/\d+/.exec((await api.get(path)).headers.etag ?? '')?.[0]);
      const changed = paymentBody({ id, version, attributes: { amount: '2', note } });
      const { status } = await api.put(path, changed, { 'If-Match': etag.replace('0', String(version)) });
      expect(status, etag).to.equal(200);
      expect((await api.put(path, { data: { ...changed.data, version: version + 1 } }, headers)).status).to.equal(412);
    }
  });

  it('are logged and counted like others', async () => {
    await api.get('/v1/payments', { 'Accept-Encoding': 'gzip', 'X-Request-Id': 'compressed' });
    const line = await api.service.logged((entry) => entry.request_id === 'compressed');
    expect(line).to.include({ status: 200, route: '/v1/payments' });
    expect((await api.get('/metrics')).text).to.contain('route="/v1/payments",status="200"');
  });
});
