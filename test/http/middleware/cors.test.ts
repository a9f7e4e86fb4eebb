import { expect } from 'chai';
import { type CheckedService, freshId, paymentBody, startChecked } from '../../support/checked-service.js';
import { talk } from '../../support/http.js';

const ORIGIN = 'https://shop.example';

describe('cross-origin requests', () => {
  const started: CheckedService[] = [];
  const start = async (...flags: string[]) => {
    const api = await startChecked(flags);
    started.push(api);
    return api;
  };
  afterEach(async () => {
    for (const api of started.splice(0)) await api.stop();
  });

  const preflightHeaders = (method: string, origin = ORIGIN) => ({
    Origin: origin,
    'Access-Control-Request-Method': method,
    'Access-Control-Request-Headers': 'content-type,if-match',
  });

  it('are not allowed by default', async () => {
    const api = await start();
    const reply = await api.get('/v1/payments', { Origin: ORIGIN });
    expect(Object.keys(reply.headers).filter((name) => name.startsWith('access-control'))).to.deep.equal([]);
    const preflight = await api.send('OPTIONS', '/v1/payments', { headers: preflightHeaders('POST') });
    expect([preflight.status, preflight.headers.allow]).to.deep.equal([405, 'GET, HEAD, POST']);
  });

  it('can read responses to requests that were rejected below HTTP', async () => {
    const own = await start('--cors', '--cors-origin', ORIGIN);
    const all = await start('--cors');
    const unread = 'GET /v1/payments HTTP/1.1\r\nno header\r\n\r\n';
    const unmet = `GET /v1/payments HTTP/1.1\r\nHost: a\r\nConnection: close\r\nExpect: pie\r\nOrigin: ${ORIGIN}\r\n\r\n`;
    for (const bytes of [unread, unmet]) {
      expect(await talk(all.port, bytes)).to.match(/^Access-Control-Allow-Origin: \*\r$/m);
      expect(await talk(all.port, bytes)).to.match(/^Access-Control-Expose-Headers: .*X-Request-Id/m);
      expect(await talk(own.port, bytes)).to.match(/^Vary: Origin\r$/m);
    }
    expect(await talk(own.port, unmet)).to.contain(`\r\nAccess-Control-Allow-Origin: ${ORIGIN}\r\n`);
    expect(await talk(own.port, unread)).to.not.contain('Access-Control-Allow-Origin');
  });

  it('with --cors are allowed from anywhere, without credentials', async () => {
    const api = await start('--cors');
    const id = freshId();
    const created = await api.post('/v1/payments', paymentBody({ id }), { Origin: ORIGIN });
    const failed = await api.get('/v1/payments/none', { Origin: 'null' });
    const unasked = await api.get('/v1/payments');
    for (const { headers } of [created, failed, unasked]) {
      expect(headers['access-control-allow-origin']).to.equal('*');
      expect(headers).to.not.have.property('access-control-allow-credentials');
      const exposed = (headers['access-control-expose-headers'] ?? '').split(', ');
      expect(exposed).to.include.members(['ETag', 'Location', 'X-Request-Id', 'Retry-After']);
    }

    for (const [path, allow] of [
      ['/v1/payments', 'GET, HEAD, POST'],
      ['/v1/payments/a', 'GET, HEAD, PUT, DELETE'],
      ['/openapi.json', 'GET, HEAD'],
      ['/docs/', 'GET, HEAD'],
    ] as const) {
      const preflight = await api.send('OPTIONS', path, { headers: preflightHeaders('PUT') });
      expect([preflight.status, preflight.text]).to.deep.equal([204, '']);
      expect(preflight.headers).to.include({
        'access-control-allow-origin': '*',
        'access-control-allow-methods': allow,
      });
      const allowed = (preflight.headers['access-control-allow-headers'] ?? '').toLowerCase().split(', ');
      expect(allowed).to.include.members(['content-type', 'if-match', 'if-none-match', 'x-request-id', 'user-agent']);
      expect(Number(preflight.headers['access-control-max-age'])).to.be.greaterThan(0);
    }

    const unknown = await api.send('OPTIONS', '/v1/nothing', { headers: preflightHeaders('PUT') });
    expect(unknown.status, 'an unknown path').to.equal(404);
    expect(unknown.headers).to.not.have.property('access-control-allow-methods');

    const plain = await api.send('OPTIONS', '/v1/payments', { headers: { Origin: ORIGIN } });
    expect(plain.status, 'an OPTIONS that is no preflight').to.equal(405);
  });

  it('with --cors-origin are allowed from there alone, with credentials', async () => {
    const other = 'http://localhost:3000';
    const api = await start('--cors', '--cors-origin', `${ORIGIN},${other}`);
    for (const origin of [ORIGIN, other]) {
      const reply = await api.get('/v1/payments', { Origin: origin });
      const preflight = await api.send('OPTIONS', '/v1/payments', { headers: preflightHeaders('POST', origin) });
      for (const { headers } of [reply, preflight]) {
        expect(headers).to.include({
          'access-control-allow-origin': origin,
          'access-control-allow-credentials': 'true',
          vary: 'Origin',
        });
      }
    }
    for (const origin of [
      'https://evil.example',
      `${ORIGIN}.evil.example`,
      `${ORIGIN}:8443`,
      'null',
      'http://shop.example',
    ]) {
      const reply = await api.get('/v1/payments', { Origin: origin });
      const preflight = await api.send('OPTIONS', '/v1/payments', { headers: preflightHeaders('POST', origin) });
      for (const { headers } of [reply, preflight]) {
        expect(headers.vary).to.equal('Origin');
        expect(headers).to.not.have.any.keys('access-control-allow-origin', 'access-control-allow-credentials');
      }
    }
  });

  it("are not allowed to operators' endpoints, in any configuration", async () => {
    const operators = ['--admin', '--metrics', '--profiling', '--console', '--listen', '127.0.0.1:0'];
    for (const flags of [['--cors'], ['--cors', '--cors-origin', ORIGIN]]) {
      const api = await start(...operators, ...flags);
      for (const path of ['/admin/repo', '/metrics', '/profiling/', '/profiling/heap', '/console/service']) {
        const preflight = await api.send('OPTIONS', path, { headers: preflightHeaders('DELETE') });
        expect(preflight.status, path).to.not.equal(204);
        const reply = await api.head(path, { Origin: ORIGIN });
        for (const { headers } of [preflight, reply]) {
          expect(
            Object.keys(headers).filter((name) => name.startsWith('access-control')),
            path,
          ).to.deep.equal([]);
        }
      }
    }
  });
});
