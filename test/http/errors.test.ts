import { expect } from 'chai';
import { PROBLEMS } from '../../src/payments/problems.js';
import { type CheckedService, freshId, paymentBody, startChecked } from '../support/checked-service.js';
import type { Problem, Reply } from '../support/http.js';

const MEMBERS = ['type', 'title', 'status', 'detail', 'instance', 'code'] as const;

describe('errors', () => {
  let api: CheckedService;
  let taken: string;

  before(async () => {
    api = await startChecked(['--body-limit', '2kb']);
    taken = freshId();
    await api.post('/v1/payments', paymentBody({ id: taken }));
  });
  after(() => api.stop());

  /** A request for each error of a healthy service. */
  const CASES: readonly [status: number, code: keyof typeof PROBLEMS, request: () => Promise<Reply>][] = [
    [400, 'validation_failed', () => api.get('/v1/payments?size=0')],
    [400, 'malformed_json', () => api.post('/v1/payments', '{')],
    [404, 'payment_not_found', () => api.get('/v1/payments/none')],
    [404, 'route_not_found', () => api.get('/nowhere')],
    [404, 'endpoint_disabled', () => api.get('/admin/repo')],
    [405, 'method_not_allowed', () => api.send('PATCH', '/v1/payments')],
    [409, 'payment_exists', () => api.post('/v1/payments', paymentBody({ id: taken }))],
    [409, 'version_conflict', () => api.delete(`/v1/payments/${taken}?version=5`)],
    [412, 'precondition_failed', () => api.delete(`/v1/payments/${taken}?version=0`, { 'If-Match': '"5"' })],
    [413, 'body_too_large', () => api.post('/v1/payments', ' '.repeat(3000))],
    [415, 'unsupported_media_type', () => api.post('/v1/payments', 'x', { 'content-type': 'text/plain' })],
  ];

  for (const [status, code, request] of CASES) {
    it(`${status} ${code} has the properties of RFC 9457`, async () => {
      const reply = await request();
      const problem = reply.json<Problem>();
      expect(reply.status).to.equal(status);
      expect(reply.headers).to.include({ 'content-type': 'application/json', 'cache-control': 'no-store' });
      expect(reply.headers).to.not.have.property('etag');
      expect(Object.keys(problem)).to.include.members([...MEMBERS]);
      expect(Object.keys(problem)).to.have.length(status === 400 ? MEMBERS.length + 1 : MEMBERS.length);
      expect(problem).to.include({
        status,
        code,
        type: `urn:problem:payments-api:${code}`,
        title: PROBLEMS[code].title,
      });
      expect(problem.instance).to.equal(reply.headers['x-request-id']);
      expect(problem.detail).to.be.a('string').and.not.equal('');
      if (status === 400) {
        expect(problem.errors).to.be.an('array').and.not.have.length(0);
        for (const error of problem.errors ?? []) expect(error).to.have.all.keys('pointer', 'detail');
      }
    });
  }

  describe('the media type', () => {
    const PROBLEM = 'application/problem+json';
    const CASES: readonly [accept: string | undefined, type: string][] = [
      [undefined, 'application/json'],
      ['*/*', 'application/json'],
      ['application/*', 'application/json'],
      ['application/json', 'application/json'],
      ['text/html', 'application/json'],
      ['', 'application/json'],
      ['no media type at all', 'application/json'],
      [PROBLEM, PROBLEM],
      ['Application/Problem+JSON', PROBLEM],
      [`${PROBLEM}, application/json`, PROBLEM],
      [`application/json;q=0.5, ${PROBLEM}`, PROBLEM],
      [`*/*, ${PROBLEM}`, PROBLEM],
      [`${PROBLEM};q=0.5, application/json;q=0.4`, PROBLEM],
      ['application/json;q=0, */*', PROBLEM],
      ['application/json;q=0.5, application/*', PROBLEM],
      ['application/json, text/plain, */*', 'application/json'],
      [`application/json, ${PROBLEM};q=0.5`, 'application/json'],
      [`application/json, ${PROBLEM};q=0`, 'application/json'],
      [`application/json, ${PROBLEM};q=0.000`, 'application/json'],
      [`x${PROBLEM}`, 'application/json'],
    ];
    for (const [accept, type] of CASES) {
      it(`${accept === undefined ? 'without Accept' : `Accept: ${accept}`} is ${type}`, async () => {
        const headers = accept === undefined ? {} : { Accept: accept };
        for (const target of ['/v1/payments?size=0', '/v1/payments/none', '/nowhere', '/admin/repo']) {
          expect((await api.get(target, headers)).headers['content-type'], target).to.equal(type);
        }
        expect((await api.post('/v1/payments', '{', headers)).headers['content-type']).to.equal(type);
        const fine = await api.get(`/v1/payments/${taken}`, headers);
        expect([fine.status, fine.headers['content-type']]).to.deep.equal([200, 'application/json']);
      });
    }
  });

  describe('all errors at once', () => {
    const pointersOf = (reply: Reply) => (reply.json<Problem>().errors ?? []).map(({ pointer }) => pointer);

    it('of a whole body', async () => {
      const reply = await api.post('/v1/payments', {
        data: { id: '', version: -1, type: 'X', organisation_id: 7, attributes: { amount: 1 }, extra: 1, 'a/b~': 2 },
        links: 5,
        more: true,
      });
      expect(reply.status).to.equal(400);
      expect(pointersOf(reply)).to.have.members([
        ...['/data/id', '/data/version', '/data/type', '/data/organisation_id', '/data/attributes/amount'],
        ...['/data/extra', '/data/a~1b~0', '/links', '/more'],
      ]);
    });

    it('of an empty object', async () => {
      expect(pointersOf(await api.post('/v1/payments', {}))).to.deep.equal(['/data']);
      expect(pointersOf(await api.post('/v1/payments', { data: {} }))).to.have.members([
        ...['/data/id', '/data/type', '/data/organisation_id', '/data/attributes'],
      ]);
    });

    for (const body of ['null', '[]', '5', '"x"', 'true']) {
      it(`of ${body}, which is JSON but not an object`, async () => {
        const reply = await api.post('/v1/payments', body);
        expect(reply.json()).to.include({ status: 400, code: 'validation_failed' });
        expect(pointersOf(reply)).to.deep.equal(['']);
      });
    }

    it('of path, query, headers and body together', async () => {
      const target = `/v1/payments/${'x'.repeat(256)}?version=1&a=1&a=2`;
      const reply = await api.put(target, { data: { id: 'y' } }, { 'If-Match': 'none' });
      expect(pointersOf(reply)).to.have.members([
        ...['/path/id', '/query/version', '/query/a', '/header/if-match', '/data/id', '/data/version'],
        ...['/data/type', '/data/organisation_id', '/data/attributes'],
      ]);
    });

    it('of path, query and headers if the body is not JSON', async () => {
      const target = `/v1/payments/${'x'.repeat(256)}?a=1`;
      const reply = await api.put(target, '{', { 'If-Match': 'none' });
      expect(reply.json()).to.include({ status: 400, code: 'malformed_json' });
      expect(pointersOf(reply)).to.have.members(['', '/path/id', '/query/a', '/header/if-match']);
    });

    it('of a delete', async () => {
      const reply = await api.delete('/v1/payments/%20?version=x&b=', { 'If-Match': 'x' });
      expect(pointersOf(reply)).to.have.members(['/path/id', '/query/version', '/query/b', '/header/if-match']);
    });

    it('and of the path for every method', async () => {
      for (const id of ['%20', '%00', '%0A', 'x'.repeat(256), '%E0%A4%A', '%', '%zz', '%ED%A0%80', '%C0%AF']) {
        const get = await api.get(`/v1/payments/${id}`);
        const put = await api.put(`/v1/payments/${id}`, paymentBody({ version: 0 }));
        const remove = await api.delete(`/v1/payments/${id}?version=0`);
        expect(
          [get, put, remove].map(({ status }) => status),
          id,
        ).to.deep.equal([400, 400, 400]);
        expect(pointersOf(get), id).to.deep.equal(['/path/id']);
        expect(pointersOf(put), id).to.include('/path/id');
        expect(pointersOf(remove), id).to.deep.equal(['/path/id']);
      }
    });
  });

  describe('paths and methods', () => {
    const UNKNOWN = [
      ...['/v1', '/v1/', '/v2/payments', '/V1/payments', '/v1/Payments', '/payments', '/v1/payments/', '//v1/payments'],
      ...[
        '/v1//payments',
        '/v1/payments/a/',
        '/v1/payments/a/b',
        '/v1/payments//',
        '/admin',
        '/admin/repo/',
        '/health/',
      ],
      ...['/health/live/', '/health/ready', '/metrics/', '/openapi', '/openapi.json/', '/profiling/', '/profiling/cpu'],
      ...['/.', '/..', '/v1%2Fpayments', '/%', '/%E0%A4%A', '/%00', '/v1/payments;a=b', '/constructor', '/__proto__'],
    ];
    for (const path of UNKNOWN) {
      it(`${path} is 404`, async () => {
        for (const method of ['GET', 'HEAD', 'POST', 'DELETE', 'OPTIONS']) {
          const reply = await api.send(method, path);
          expect(reply.status, method).to.equal(404);
          if (method !== 'HEAD') expect(reply.json(), method).to.include({ code: 'route_not_found' });
        }
      });
    }

    const ALLOWED: readonly [path: string, allow: string][] = [
      ['/v1/payments', 'GET, HEAD, POST'],
      // The same path (RFC 3986, section 6.2.2.2).
      ['/v1/%70ayment%73', 'GET, HEAD, POST'],
      ['/d%6Fcs/', 'GET, HEAD'],
      ['/v1/payments/a', 'GET, HEAD, PUT, DELETE'],
      ['/v1/payments/a%2Fb', 'GET, HEAD, PUT, DELETE'],
      ['/admin/repo', 'GET, HEAD, DELETE'],
      ['/health', 'GET, HEAD'],
      ['/health/live', 'GET, HEAD'],
      ['/metrics', 'GET, HEAD'],
      ['/openapi.json', 'GET, HEAD'],
      ['/openapi.yml', 'GET, HEAD'],
      ['/docs/', 'GET, HEAD'],
    ];
    const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'PROPFIND', 'M-SEARCH'];
    for (const [path, allow] of ALLOWED) {
      it(`${path} has ${allow}; other methods are 405 and list them`, async () => {
        for (const method of METHODS.filter((name) => !allow.split(', ').includes(name))) {
          const reply = await api.send(method, `${path}?x=1`);
          expect([reply.status, reply.headers.allow], method).to.deep.equal([405, allow]);
          expect(reply.json()).to.include({ code: 'method_not_allowed' });
        }
      });
    }

    it('an unknown method or path is rejected before the body is read', async () => {
      const headers = { 'content-type': 'text/plain' };
      expect((await api.send('PATCH', '/v1/payments', { body: 'x', headers })).status).to.equal(405);
      expect((await api.send('POST', '/nowhere', { body: '{', headers })).status).to.equal(404);
    });
  });

  describe('HEAD', () => {
    const TARGETS: readonly (() => string)[] = [
      () => `/v1/payments/${taken}`,
      () => '/v1/payments?size=1',
      () => '/v1/payments?size=0',
      () => '/v1/payments/none',
      () => '/admin/repo',
      () => '/health',
      () => '/health/live',
      () => '/metrics',
      () => '/openapi.json',
      () => '/openapi.yml',
      () => '/docs/',
      () => '/docs',
      () => '/nowhere',
    ];
    for (const target of TARGETS) {
      it(`returns ${/\$\{taken\}/.test(target.toString()) ? 'a payment' : target()} as GET does, without the body`, async () => {
        const headers = { 'X-Request-Id': 'fixed-length' };
        const get = await api.get(target(), headers);
        const head = await api.head(target(), headers);
        expect(head.status).to.equal(get.status);
        expect(head.text).to.equal('');
        const { date: _, ...same } = get.headers;
        expect({ ...head.headers, date: undefined }).to.deep.equal({ ...same, date: undefined });
      });
    }

    it('supports conditions too', async () => {
      const reply = await api.head(`/v1/payments/${taken}`, { 'If-None-Match': '"0"' });
      expect(reply.status).to.equal(304);
    });
  });

  it('no response shows a stack, SQL, a path or a package', async () => {
    const replies = await Promise.all([
      ...CASES.map(([, , request]) => request()),
      api.get('/v1/payments/%E0%A4%A'),
      api.post('/v1/payments', '[1,'),
      api.get(`/v1/payments/${encodeURIComponent("'; DROP TABLE payments; --")}`),
    ]);
    for (const { text } of replies) {
      expect(text).to.not.match(
        /node_modules|\.[jt]s\b|\bat .+:\d+:\d+|SELECT |INSERT |UPDATE .+ SET|sqlite|\/src\/|file:/i,
      );
    }
  });
});
