import { expect } from 'chai';
import { type CheckedService, freshId, paymentBody, startChecked } from '../support/checked-service.js';
import { talk } from '../support/http.js';
import type { LogLine } from '../support/service.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('headers and the access log', () => {
  let api: CheckedService;

  before(async () => {
    api = await startChecked(['--log-level', 'debug']);
  });
  after(() => api.stop());

  const requestLine = (requestId: string) =>
    api.service.logged((line) => line.message === 'request' && line.request_id === requestId);

  describe('X-Request-Id', () => {
    const KEPT = ['a', 'x'.repeat(128), '0b6dcf1c-8c25-4b5e-9a55-3c4f3f0d7a11', "!#$%&'*+-.^_`|~"];
    for (const sent of KEPT) {
      it(`${sent.slice(0, 40)} is kept`, async () => {
        const reply = await api.get('/v1/payments/none', { 'X-Request-Id': sent });
        expect(reply.headers['x-request-id']).to.equal(sent);
        expect(reply.json()).to.include({ instance: sent });
        expect(await requestLine(sent)).to.include({ status: 404 });
      });
    }

    const REPLACED = [
      '',
      ' ',
      'x'.repeat(129),
      'a b',
      'a,b',
      'urn:trace/1',
      'YWJj=',
      'a@b',
      'a"b',
      'a\\b',
      '<script>',
      '{}',
      'ü',
      '(a)',
      'a;b',
      ['a', 'b'],
    ];
    for (const sent of REPLACED) {
      it(`${JSON.stringify(sent).slice(0, 40)} is replaced by a new one, and the request is served`, async () => {
        const reply = await api.get('/v1/payments', { 'X-Request-Id': sent });
        expect(reply.status).to.equal(200);
        expect(reply.headers['x-request-id']).to.match(UUID);
      });
    }

    it('is new for each request without one', async () => {
      const replies = await Promise.all(Array.from({ length: 20 }, () => api.get('/health/live')));
      const ids = replies.map(({ headers }) => headers['x-request-id']);
      for (const id of ids) expect(id).to.match(UUID);
      expect(new Set(ids).size).to.equal(20);
    });

    it('is in every response, of any status and from any layer', async () => {
      const id = freshId();
      const body = paymentBody({ id });
      const headers = { 'X-Request-Id': 'mine' };
      const replies = [
        await api.post('/v1/payments', body, headers),
        await api.post('/v1/payments', body, headers),
        await api.get(`/v1/payments/${id}`, { ...headers, 'If-None-Match': '*' }),
        await api.delete(`/v1/payments/${id}?version=1`, headers),
        await api.delete(`/v1/payments/${id}?version=0`, { ...headers, 'If-Match': '"1"' }),
        await api.delete(`/v1/payments/${id}?version=0`, headers),
        await api.get('/v1/payments?size=0', headers),
        await api.post('/v1/payments', '{', headers),
        await api.post('/v1/payments', 'x'.repeat(2_000_000), headers),
        await api.post('/v1/payments', 'x', { ...headers, 'content-type': 'text/plain' }),
        await api.get('/nowhere', headers),
        await api.send('PATCH', '/health', { headers }),
        await api.get('/openapi.json', headers),
        await api.get('/docs', headers),
        await api.get('/health', { ...headers, Expect: 'something' }),
      ];
      expect(replies.map(({ status }) => status)).to.deep.equal([
        ...[201, 409, 304, 409, 412, 204, 400, 400, 413, 415, 404, 405, 200, 200, 417],
      ]);
      for (const { headers: received } of replies) expect(received['x-request-id']).to.equal('mine');
    });

    it('is in the response to malformed HTTP', async () => {
      const reply = await talk(api.port, 'GET / HTTP/1.1\r\nHost : a\r\n\r\n');
      const [, id = ''] = /^x-request-id: (\S+)\r$/im.exec(reply) ?? [];
      expect(id).to.match(UUID);
      expect(JSON.parse(reply.split('\r\n\r\n')[1] ?? '')).to.include({ instance: id, code: 'malformed_request' });
      await api.service.logged((line) => line.request_id === id);
    });
  });

  describe('the access log', () => {
    const FIELDS = ['level', 'message', 'timestamp', 'request_id', 'method', 'route', 'status', 'duration_ms'];

    const CASES: readonly [method: string, target: string, route: string, status: number, code?: string][] = [
      ['GET', '/v1/payments?size=3', '/v1/payments', 200],
      ['HEAD', '/v1/payments/a%2Fb', '/v1/payments/{id}', 404, 'payment_not_found'],
      ['DELETE', '/v1/payments/some-id', '/v1/payments/{id}', 400, 'validation_failed'],
      ['GET', '/admin/repo', '/admin/repo', 404, 'endpoint_disabled'],
      ['GET', '/health', '/health', 200],
      ['GET', '/health/live', '/health/live', 200],
      ['GET', '/openapi.yml', '/openapi.yml', 200],
      ['GET', '/docs/', '/docs/', 200],
    ];
    for (const [method, target, route, status, code] of CASES) {
      it(`of ${method} ${target} has the route ${route}`, async () => {
        const requestId = freshId();
        const { body } = await api.send(method, target, { headers: { 'X-Request-Id': requestId, 'User-Agent': 'me' } });
        const line = await requestLine(requestId);
        expect(line).to.include.all.keys(FIELDS);
        expect(line).to.include({ level: 'info', method, route, status, client: '127.0.0.1', user_agent: 'me' });
        expect(line.path).to.equal(target.split('?')[0]);
        expect(line.timestamp).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
        expect(Date.now() - Date.parse(String(line.timestamp))).to.be.within(-1000, 60_000);
        expect(line.duration_ms).to.be.a('number').within(0, 10_000);
        if (method !== 'HEAD') expect(line.bytes).to.equal(body.length);
        expect(line.error_code).to.equal(code);
      });
    }

    it('has one line for each request, and the same route for all unknown paths', async () => {
      const requestIds = Array.from({ length: 10 }, freshId);
      await Promise.all(requestIds.map((id) => api.get(`/unknown/${id}`, { 'X-Request-Id': id })));
      const lines: LogLine[] = [];
      for (const id of requestIds) lines.push(await requestLine(id));
      expect(new Set(lines.map((line) => line.route)).size).to.equal(1);
      expect(lines[0]?.route).to.not.contain('unknown/');
      for (const id of requestIds) expect(api.service.log.filter((line) => line.request_id === id)).to.have.length(1);
    });

    it('escapes what a client wrote: one line, whatever it contains', async () => {
      const requestId = freshId();
      const agent = 'a"}\\ {"level":"error"';
      await api.get('/v1/payments/%22%0A%7D', { 'X-Request-Id': requestId, 'User-Agent': agent });
      expect(await requestLine(requestId)).to.include({ user_agent: agent, path: '/v1/payments/%22%0A%7D' });
      expect(api.service.log.filter(({ level }) => level === 'none')).to.deep.equal([]);
    });

    it('has neither the query nor a body', async () => {
      const requestId = freshId();
      await api.post('/v1/payments?secret=querysecret', '{"secret":"bodysecret"}', { 'X-Request-Id': requestId });
      await requestLine(requestId);
      expect(JSON.stringify(api.service.log)).to.not.match(/querysecret|bodysecret/);
    });

    it('records that a client disconnected before its response', async () => {
      const requestId = freshId();
      const head = `POST /v1/payments HTTP/1.1\r\nHost: a\r\nX-Request-Id: ${requestId}\r\n`;
      const { connect } = await import('node:net');
      const socket = connect(api.port, '127.0.0.1');
      const expecting = 'Content-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 100\r\n\r\n{';
      socket.once('data', () => socket.resetAndDestroy()).write(head + expecting);
      expect(await requestLine(requestId)).to.include({ status: 499, stage: 'receiving', bytes: 0 });
    });
  });

  describe('every response', () => {
    it('has X-Content-Type-Options: nosniff', async () => {
      for (const target of ['/v1/payments', '/v1/payments/none', '/health', '/openapi.json', '/docs/', '/nowhere']) {
        expect((await api.get(target)).headers['x-content-type-options'], target).to.equal('nosniff');
      }
    });

    it("does not name the server's software", async () => {
      for (const target of ['/v1/payments', '/docs/', '/nowhere']) {
        expect((await api.get(target)).headers).to.not.have.any.keys('server', 'x-powered-by');
      }
    });

    it('has the length of its body', async () => {
      await api.post('/v1/payments', paymentBody({ organisation_id: 'Łódź 😀' }));
      for (const target of ['/v1/payments', '/health', '/openapi.json', '/openapi.yml', '/docs/', '/nowhere']) {
        const reply = await api.get(target);
        expect(Number(reply.headers['content-length']), target).to.equal(reply.body.length);
      }
    });
  });
});
