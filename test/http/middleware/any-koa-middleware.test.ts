import { Readable } from 'node:stream';
import { expect } from 'chai';
import type { Middleware } from 'koa';
import { createMetrics } from '../../../src/observe/metrics.js';
import { type ServedApp, serveApp } from '../../support/app.js';
import { paymentBody } from '../../support/checked-service.js';
import type { Problem } from '../../support/http.js';

describe('any Koa middleware', () => {
  let app: ServedApp | null = null;
  const serve = async (...middleware: Middleware[]) => {
    app = await serveApp([], { middleware });
    return app.client;
  };
  afterEach(async () => {
    await app?.close();
    app = null;
  });

  it('may respond itself; a header with a line break is a 500', async () => {
    const client = await serve((ctx, next) => {
      const value = ctx.path === '/good' ? 'a' : 'a\r\nSet-Cookie: b';
      if (ctx.path !== '/good' && ctx.path !== '/bad') return next();
      ctx.reply = { status: 200, headers: { 'X-Words': value }, body: 'text', contentType: 'text/plain' };
      return undefined;
    });
    expect((await client.get('/good')).headers).to.include({ 'x-words': 'a', 'content-type': 'text/plain' });
    const { status, headers, json } = await client.get('/bad');
    expect([status, json<Problem>().code]).to.deep.equal([500, 'internal_error']);
    expect(headers).to.not.have.any.keys('x-words', 'set-cookie');
  });

  it('may set headers, before and after the service has its response, as koa-helmet and koa-response-time do', async () => {
    const client = await serve(async (ctx, next) => {
      ctx.set('X-Before', '1');
      ctx.vary('Accept-Language');
      await next();
      ctx.set('X-After', `${ctx.status} ${ctx.type} ${ctx.response.length}`);
      ctx.append('X-Many', ['a', 'b']);
      ctx.res.setHeader('X-Raw', 'r');
    });
    const { status, headers, text } = await client.get('/health/live');
    expect([status, text]).to.deep.equal([200, '{"status":"up"}']);
    expect(headers).to.include({ 'x-before': '1', 'x-after': '200 application/json 15', 'x-raw': 'r' });
    expect(headers).to.include({ vary: 'Accept-Language', 'content-length': '15', 'x-many': 'a, b' });
    expect(headers['x-request-id']).to.be.a('string');
    const created = await client.post('/v1/payments', paymentBody({ id: 'a' }));
    expect(created.status).to.equal(201);
    expect(created.headers).to.include({ etag: '"0"', 'x-before': '1' });
    const none = await client.delete('/v1/payments/a?version=0');
    expect([none.status, none.text, none.headers['x-before']]).to.deep.equal([204, '', '1']);
    expect(none.headers).to.not.have.any.keys('content-type', 'content-length');
    const error = await client.get('/v1/payments/none');
    expect([error.status, error.json<Problem>().code, error.headers['x-before']]).to.deep.equal([
      ...[404, 'payment_not_found', '1'],
    ]);
  });

  const BODIES: readonly [name: string, body: () => unknown, type: string, text: string][] = [
    ['text', () => 'hello', 'text/plain; charset=utf-8', 'hello'],
    ['HTML', () => '<p>ł</p>', 'text/html; charset=utf-8', '<p>ł</p>'],
    ['JSON', () => ({ a: 1 }), 'application/json; charset=utf-8', '{"a":1}'],
    ['bytes', () => Buffer.from([97]), 'application/octet-stream', 'a'],
    ['a stream', () => Readable.from(['a', 'b']), 'application/octet-stream', 'ab'],
    ['a web stream', () => new Blob(['ab']).stream(), 'application/octet-stream', 'ab'],
    ['a blob', () => new Blob(['ab'], { type: 'text/x' }), 'text/x; charset=utf-8', 'ab'],
    ['a response', () => new Response('ab'), 'text/plain;charset=UTF-8', 'ab'],
  ];
  for (const [name, body, type, text] of BODIES) {
    it(`may respond through ctx.body: ${name}`, async () => {
      const client = await serve(async (ctx, next) => {
        if (ctx.path !== '/own') return next();
        ctx.body = body();
      });
      const response = await client.get('/own', { 'X-Request-Id': 'mine' });
      expect([response.status, response.text]).to.deep.equal([200, text]);
      expect(response.headers['content-type']).to.equal(type);
      expect(response.headers).to.include({ 'x-request-id': 'mine', 'x-content-type-options': 'nosniff' });
      const head = await client.head('/own');
      expect([head.status, head.text]).to.deep.equal([200, '']);
      expect((await client.get('/health/live')).status).to.equal(200);
    });
  }

  it("may replace the service's response", async () => {
    const client = await serve(async (ctx, next) => {
      await next();
      if (ctx.body) ctx.body = String(ctx.body).replace('up', 'UP');
    });
    const { text, headers } = await client.get('/health/live');
    expect([text, headers['content-type']]).to.deep.equal(['{"status":"UP"}', 'application/json']);
  });

  it('may redirect, set a bare status, and throw errors for the client, which become problems', async () => {
    const client = await serve(async (ctx, next) => {
      if (ctx.path === '/old') ctx.redirect('/new');
      else if (ctx.path === '/teapot') ctx.status = 418;
      else if (ctx.path === '/nothing') ctx.status = 204;
      else if (ctx.path === '/fine') ctx.status = 200;
      else if (ctx.path === '/throw') ctx.throw(403, 'not here');
      else if (ctx.path === '/login') ctx.throw(401, 'log in', { headers: { 'WWW-Authenticate': 'Basic realm="a"' } });
      else return next();
    });
    const old = await client.get('/old');
    expect([old.status, old.headers.location]).to.deep.equal([302, '/new']);
    const { headers, json } = await client.get('/teapot', { 'X-Request-Id': 'tea' });
    expect(headers).to.include({ 'cache-control': 'no-store' });
    expect(json()).to.include({ status: 418, code: 'i_m_a_teapot', instance: 'tea' });
    expect((await client.get('/nothing')).status).to.equal(204);
    expect((await client.get('/fine')).status).to.equal(200);
    expect((await client.get('/throw')).json()).to.include({ status: 403, detail: 'not here', code: 'forbidden' });
    const login = await client.get('/login');
    expect([login.status, login.headers['www-authenticate']]).to.deep.equal([401, 'Basic realm="a"']);
    expect((await client.get('/unknown')).json()).to.include({ status: 404, code: 'route_not_found' });
  });

  it('that throws after the response is ready gets a 500 without any part of that response', async () => {
    const client = await serve(async (ctx, next) => {
      await next();
      ctx.set('Content-Encoding', 'none');
      throw new Error('a defect');
    });
    const { status, headers, ...response } = await client.post('/v1/payments', paymentBody());
    expect([status, response.json<Problem>().code]).to.deep.equal([500, 'internal_error']);
    expect(headers).to.not.have.any.keys('etag', 'location', 'content-encoding');
  });

  it('reads unusual targets as the service does', async () => {
    const seen: string[] = [];
    const client = await serve(async (ctx, next) => {
      seen.push(`${ctx.path}|${ctx.querystring}|${ctx.query.a ?? ''}`);
      await next();
    });
    for (const target of ['/docs#x?a=1', 'http://host/docs?a=1', '//docs', '/a b'.replace(' ', '%20')]) {
      await client.get(target);
    }
    expect(seen).to.deep.equal(['/docs#x|a=1|1', '/docs|a=1|1', '//docs||', '/a%20b||']);
  });
});

describe('one observation for each request', () => {
  const inFlight = async (app: ServedApp) =>
    Number(/^http_requests_in_flight (\d+)$/m.exec(await app.metrics.text())?.[1]);

  it('also of one whose response cannot be written: 500, logged, and no longer in flight', async () => {
    const bad: Middleware = async (ctx, next) => {
      await next();
      ctx.reply = { status: 200, headers: { 'X-Bad': 'a\nb' }, body: '{}' };
    };
    const app = await serveApp([], { middleware: [bad] });
    try {
      const { status, headers, ...response } = await app.client.get('/health/live', { 'X-Request-Id': 'bad' });
      expect([status, response.json<Problem>().code]).to.deep.equal([500, 'internal_error']);
      expect(headers).to.not.have.property('x-bad');
      const line = await app.logged(({ message, request_id }) => message === 'request' && request_id === 'bad');
      expect(line).to.include({ status: 500, error_code: 'internal_error' });
      expect(app.lines.filter(({ message }) => message === 'a request failed')).to.have.length(1);
      expect(await inFlight(app)).to.equal(0);
    } finally {
      await app.close();
    }
  });

  it('also of one that is rejected below HTTP', async () => {
    const app = await serveApp([]);
    try {
      const { status } = await app.client.get('/health', { Expect: 'the unexpected' });
      expect(status).to.equal(417);
      await app.logged(({ message, status: logged }) => message === 'request' && logged === 417);
      expect(await inFlight(app)).to.equal(0);
      expect(await app.metrics.text()).to.contain('route="/health",status="417"');
    } finally {
      await app.close();
    }
  });

  it('also if a reply check throws', async () => {
    const metrics = createMetrics({ service: 'test', version: '0' });
    const replyValidated = () => {
      throw new Error('a defect of the check');
    };
    const app = await serveApp([], { metrics: { ...metrics, replyValidated } });
    try {
      expect((await app.client.get('/health/live')).status).to.equal(200);
      expect((await app.client.post('/v1/payments', paymentBody())).status).to.equal(201);
    } finally {
      await app.close();
    }
  });
});

describe('the root', () => {
  it('redirects browsers to the documentation and returns links to others', async () => {
    const app = await serveApp(['--external-url', 'https://api.example/base']);
    try {
      const browser = await app.client.get('/', { Accept: 'text/html,application/xhtml+xml,*/*;q=0.8' });
      expect([browser.status, browser.headers.location]).to.deep.equal([302, '/base/docs']);
      const program = await app.client.get('/', { Accept: 'application/json, text/html;q=0.5' });
      expect(program.status).to.equal(200);
      const { status, headers, ...other } = await app.client.get('/', { Accept: '*/*' });
      expect([status, headers['content-type'], headers.vary]).to.deep.equal([200, 'application/json', 'Accept']);
      expect(other.json<{ links: object }>().links).to.include({ docs: 'https://api.example/base/docs' });
    } finally {
      await app.close();
    }
  });
});
