import { expect } from 'chai';
import { createClient, type HttpClient, talk } from '../support/http.js';
import { type RunningService, startService } from '../support/service.js';
import { end, temporaryFolder } from './support.js';

const TOKEN = 'token-of-the-operators-0123456789';
const OPERATORS_PATHS = ['/admin/repo', '/metrics', '/profiling/', '/profiling/cpu?seconds=1', '/console/service'];

describe('exposure', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  for (const workers of [1, 2]) {
    describe(`with --admin-listen and ${workers} worker${workers > 1 ? 's' : ''}`, () => {
      let service: RunningService;
      let open: HttpClient;
      let apart: HttpClient;

      before(async () => {
        const exposed = ['--admin', '--metrics', '--profiling', '--console', '--admin-listen', '127.0.0.1:0'];
        service = await startService([...exposed, '--workers', String(workers), '--repo-uri', folder.database()]);
        const listening = await service.logged(({ message }) => message === 'listening');
        open = createClient(service.port);
        apart = createClient(Number(new URL(String(listening.admin_address)).port));
      });
      after(async () => {
        open.close();
        apart.close();
        await end(service);
      });

      it('admin, metrics, profiling and the console are only there', async () => {
        for (const path of OPERATORS_PATHS) {
          expect((await open.get(path)).status, `public ${path}`).to.equal(404);
          expect((await apart.get(path)).status, `apart ${path}`).to.equal(200);
        }
        expect((await open.delete('/admin/repo')).status).to.equal(404);
        expect((await apart.delete('/admin/repo')).status).to.equal(204);
      });

      it('health is on both, and both listeners drain', async () => {
        expect((await open.get('/health')).status).to.equal(200);
        expect((await apart.get('/health')).status).to.equal(200);
        expect((await service.stop()).code).to.equal(0);
      });
    });
  }

  describe('with --admin-token', () => {
    let service: RunningService;
    let client: HttpClient;

    before(async () => {
      service = await startService(['--admin', '--metrics', '--profiling', '--console', '--admin-token', TOKEN]);
      client = createClient(service.port);
    });
    after(async () => {
      client.close();
      await end(service);
    });

    const wrong: readonly [name: string, authorization: string | undefined][] = [
      ['none', undefined],
      ['another', 'Bearer token-of-the-operators-0123456780'],
      ['a beginning of it', `Bearer ${TOKEN.slice(0, -1)}`],
      ['more than it', `Bearer ${TOKEN}0`],
      ['another scheme', `Basic ${Buffer.from(TOKEN).toString('base64')}`],
      ['it without a scheme', TOKEN],
    ];
    for (const [name, authorization] of wrong) {
      it(`${name}: 401 with WWW-Authenticate`, async () => {
        const headers = authorization === undefined ? {} : { authorization };
        for (const path of [...OPERATORS_PATHS, '/profiling/nothing']) {
          const reply = await client.get(path, headers);
          expect(reply.status, path).to.equal(401);
          expect(reply.headers['www-authenticate'], path).to.equal('Bearer');
        }
        expect((await client.delete('/admin/repo', headers)).status).to.equal(401);
      });
    }

    it('the token opens them, and payments need none', async () => {
      const headers = { authorization: `Bearer ${TOKEN}` };
      for (const path of OPERATORS_PATHS) expect((await client.get(path, headers)).status, path).to.equal(200);
      expect((await client.get('/v1/payments')).status).to.equal(200);
      expect(JSON.stringify(service.log)).not.to.include(TOKEN);
    });

    it('no spelling of the path circumvents it', async () => {
      const spellings = ['/ADMIN/repo', '/admin/repo/', '//admin/repo', '/%61dmin/repo', '/./admin/repo', '/metrics/'];
      spellings.push('/profiling//', '//profiling/', '/Profiling/runtime?seconds=1', '/%70rofiling/', '/v1/../metrics');
      spellings.push('/console/service/', '//console/service', '/%63onsole/service', '/Console/service');
      for (const path of spellings) expect((await client.get(path)).status, path).to.be.oneOf([401, 404]);
      for (const target of ['http://a/metrics', 'ftp://a/metrics', 'HTTP://a/profiling/', 'ftp://a/profiling/']) {
        const text = await talk(service.port, `GET ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`);
        expect(text, target).to.match(/^HTTP\/1\.1 40[14] /);
      }
    });

    it("every response has the security headers, and none names the server's software", async () => {
      const replies = [
        await client.get('/v1/payments'),
        await client.get('/v1/payments/none'),
        await client.get('/nowhere'),
        await client.post('/v1/payments', '{'),
        await client.get('/health'),
        await client.get('/openapi.json'),
        await client.get('/metrics', { authorization: `Bearer ${TOKEN}` }),
        await client.get('/profiling/', { authorization: `Bearer ${TOKEN}` }),
      ];
      for (const { headers } of replies) {
        expect(headers['x-content-type-options']).to.equal('nosniff');
        expect(headers).not.to.have.any.keys('x-powered-by', 'server');
      }
    });
  });

  describe('request smuggling', () => {
    let service: RunningService;

    before(async () => {
      service = await startService(['--admin']);
    });
    after(() => end(service));

    /** Bytes that a proxy and a server could read as one request or as two; this would be the second. */
    const HIDDEN = 'DELETE /admin/repo HTTP/1.1\r\nHost: a\r\n\r\n';
    const POST = 'POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    const cases: readonly [name: string, bytes: string][] = [
      ['both framings', `${POST}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
      ['both framings, the other way round', `${POST}Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`],
      ['two lengths', `${POST}Content-Length: 0\r\nContent-Length: 42\r\n\r\n`],
      ['a hidden framing', `${POST}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n`],
      ['a framing header with a space before its colon', `${POST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`],
      ['a folded framing', `${POST}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n`],
      ['bare line feeds', `${POST.replaceAll('\r\n', '\n')}Content-Length: 0\n\n`],
      ['a bare carriage return', `${POST}X: a\rContent-Length: 4\r\n\r\n`],
      ['a length in hexadecimal', `${POST}Content-Length: 0x4\r\n\r\n`],
      ['a chunk size with a sign', `${POST}Transfer-Encoding: chunked\r\n\r\n-1\r\n\r\n`],
      ['a chunk extension of bare line feeds', `${POST}Transfer-Encoding: chunked\r\n\r\n2;\nxx\r\n{}\r\n0\r\n\r\n`],
    ];
    for (const [name, bytes] of cases) {
      it(`${name}: one clean 4xx, and nothing after it is executed`, async () => {
        const text = await talk(service.port, bytes, HIDDEN);
        const heads = text.match(/HTTP\/1\.1 \d+/g) ?? [];
        expect(heads, text).to.have.length(1);
        expect(heads[0]).to.match(/ 4\d\d$/);
        expect(text)
          .to.match(/\r\nconnection: close\r\n/i)
          .and.to.include('"code":"');
        expect(service.log.filter(({ route }) => route === '/admin/repo')).to.deep.equal([]);
      });
    }

    it('headers that are too large get a clean 431', async () => {
      const text = await talk(service.port, `GET / HTTP/1.1\r\nHost: a\r\nX: ${'a'.repeat(100_000)}\r\n\r\n`);
      expect(text)
        .to.match(/^HTTP\/1\.1 431 /)
        .and.to.include('"code":"headers_too_large"');
    });
  });
});
