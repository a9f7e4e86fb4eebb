import { expect } from 'chai';
import { createApp, type Stored } from '../../src/app.js';
import { createLogger } from '../../src/observe/logger.js';
import { createMetrics } from '../../src/observe/metrics.js';
import type { PaymentColumn } from '../../src/payments/resource.js';
import type { FollowedStore } from '../../src/store/follow.js';
import type { Store } from '../../src/store/types.js';
import { type CheckedService, freshId, paymentBody, startChecked } from '../support/checked-service.js';
import { configFrom } from '../support/config.js';
import { createClient, type HttpClient, openConnection, type Problem } from '../support/http.js';
import { openParts } from '../support/resources.js';
import type { LogLine } from '../support/service.js';

describe('timeouts', () => {
  describe('the process with --timeout 1', () => {
    let api: CheckedService;
    before(async () => {
      api = await startChecked(['--timeout', '1', '--shutdown-timeout', '10']);
    });
    after(() => api.stop());

    it('a body that does not arrive is 408, creates nothing, and the log names the stage', async () => {
      const id = freshId();
      const body = JSON.stringify(paymentBody({ id }));
      const connection = await openConnection(api.port);
      const head = 'POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
      connection.write(`${head}X-Request-Id: slow-body\r\nContent-Length: ${body.length}\r\n\r\n${body.slice(0, 20)}`);
      await connection.until('request_timeout');
      expect(connection.text()).to.match(/^HTTP\/1.1 408 .*X-Request-Id: slow-body\r\n.*Connection: close\r\n/s);
      connection.close();
      const line = await api.service.logged((entry) => entry.request_id === 'slow-body');
      expect(line).to.include({
        status: 408,
        stage: 'receiving',
        error_code: 'request_timeout',
        route: '/v1/payments',
      });
      expect((await api.get(`/v1/payments/${id}`)).status).to.equal(404);
    });

    it('a head that does not arrive is 408', async () => {
      const connection = await openConnection(api.port);
      connection.write('GET /health HTTP/1.1\r\nHos');
      await connection.until('request_timeout');
      expect(connection.text()).to.match(/^HTTP\/1.1 408 /);
      connection.close();
    });
  });

  it('a body that arrives slowly but in time is accepted', async () => {
    const api = await startChecked(['--timeout', '20']);
    const body = JSON.stringify(paymentBody());
    const connection = await openConnection(api.port);
    const head = 'POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    connection.write(`${head}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 20)}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
    connection.write(body.slice(20));
    await connection.until('201 Created');
    connection.close();
    await api.stop();
  });

  it('while the service drains, open connections are served, and /health is 503 on them', async () => {
    const api = await startChecked();
    const connection = await openConnection(api.port);
    connection.write('GET /health HTTP/1.1\r\nHost: a\r\n\r\n');
    await connection.until('{"status":"up"}');
    const body = JSON.stringify(paymentBody({ id: 'late' }));
    const head = 'POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';
    // With a request in flight: an idle connection is closed after a second.
    connection.write(`${head}Content-Length: ${body.length}\r\n\r\n${body.slice(0, 10)}`);
    await api.get('/health/live');
    const stopped = api.stop();
    await api.service.logged(({ message }) => message === 'draining');
    connection.write(`${body.slice(10)}GET /health HTTP/1.1\r\nHost: a\r\nX-Request-Id: during\r\n\r\n`);
    await connection.until('{"status":"down"}');
    expect(connection.text()).to.match(/HTTP\/1.1 201 Created.*HTTP\/1.1 503 .*X-Request-Id: during\r\n/s);
    await Promise.all([connection.ended, stopped]);
  });

  describe('a repository that fails', () => {
    const flags = ['--max-concurrency', '4', '--reply-check', '1', '--admin', '--metrics'];
    const config = configFrom(flags);
    const cleanUps: (() => unknown)[] = [];
    let lines: LogLine[];
    let stored: Stored;

    beforeEach(async () => {
      lines = [];
      stored = await openParts(config);
    });
    afterEach(async () => {
      for (const cleanUp of cleanUps.splice(0)) await cleanUp();
      expect(lines.filter(({ message }) => message === 'a reply violates the contract')).to.deep.equal([]);
    });

    /** Serves the application on the real repository, with some methods replaced. */
    async function serve(
      changed: Partial<FollowedStore<PaymentColumn> & Store>,
      timeoutMs = 20_000,
    ): Promise<HttpClient> {
      const write = (text: string) => void lines.push(...text.split('\n').map((line) => JSON.parse(line)));
      const logger = createLogger({
        level: 'debug',
        sink: { write, flush: async () => {}, flushSync: () => {} },
      });
      const metrics = createMetrics({ version: '0' });
      const app = await createApp({
        config: { ...config, timeoutMs },
        ...{ version: '0', logger, metrics, primary: null, processFacts: process },
        stored: {
          ...stored,
          store: { ...stored.store, ...changed },
          payments: { ...stored.payments, ...changed },
        },
      });
      const address = await app.servers.api?.listen({ host: '127.0.0.1', port: 0 });
      if (!address) throw new Error('there is no server');
      const client = createClient(address.port);
      cleanUps.push(
        () => client.close(),
        () => app.drain({ graceMs: 0, deadlineMs: 1000 }),
      );
      return client;
    }

    const never = new Promise<never>(() => {});
    /** The access log's line, which may come slightly after the response. */
    async function requestLine(id: string): Promise<LogLine> {
      for (;;) {
        const found = lines.find((line) => line.message === 'request' && line.request_id === id);
        if (found) return found;
        await new Promise(setImmediate);
      }
    }

    it('before a slow write was sent: 503 deadline_exceeded with Retry-After', async () => {
      const client = await serve({ create: () => never }, 300);
      const reply = await client.post('/v1/payments', paymentBody(), { 'X-Request-Id': 'slow' });
      expect(reply.status).to.equal(503);
      expect(reply.json()).to.include({ code: 'deadline_exceeded' });
      expect(Number(reply.headers['retry-after'])).to.be.greaterThan(0);
      expect(await requestLine('slow')).to.include({ status: 503, stage: 'handling', error_code: 'deadline_exceeded' });
    });

    it('after a slow write was sent: 503 outcome_unknown', async () => {
      const create: FollowedStore<PaymentColumn>['create'] = (_payment, call) => {
        call.pendingWrites += 1;
        return never;
      };
      const client = await serve({ create }, 300);
      const reply = await client.post('/v1/payments', paymentBody());
      expect(reply.status).to.equal(503);
      expect(reply.json()).to.include({ code: 'outcome_unknown' });
      expect(reply.headers).to.have.property('retry-after');
    });

    it('by throwing: 500 for that request alone, logged with its stack, which is not in the response', async () => {
      const client = await serve({
        find() {
          throw new TypeError('secret words at /home/secret.ts');
        },
      });
      const headers = { 'X-Request-Id': 'thrown' };
      const [failed, fine] = await Promise.all([client.get('/v1/payments/a', headers), client.get('/v1/payments')]);
      expect(failed.status).to.equal(500);
      expect(failed.json<Problem>()).to.include({ code: 'internal_error', instance: 'thrown' });
      expect(failed.text).to.not.match(/secret|TypeError|\.ts/);
      expect(fine.status).to.equal(200);
      const logged = lines.find(({ message }) => message === 'a request failed');
      expect(logged).to.include({ level: 'error', request_id: 'thrown' });
      expect(JSON.stringify(logged)).to.contain('secret words').and.contain('timeouts.test.ts');
      expect(await requestLine('thrown')).to.include({ status: 500, level: 'warn' });
    });

    it('in /health: 503 down, while /health/live stays up', async () => {
      const client = await serve({ ping: () => Promise.reject(new Error('unreachable')) });
      const health = await client.get('/health');
      expect([health.status, health.text]).to.deep.equal([503, '{"status":"down"}']);
      const live = await client.get('/health/live');
      expect([live.status, live.text]).to.deep.equal([200, '{"status":"up"}']);
    });

    it('with more requests in flight than allowed: 503 overloaded, but probes get a response', async () => {
      let release = () => {};
      const gate = new Promise<void>((resolve) => {
        release = resolve;
      });
      let called = 0;
      const list: FollowedStore<PaymentColumn>['list'] = async (...call) => {
        called += 1;
        await gate;
        return stored.payments.list(...call);
      };
      const client = await serve({ list });
      const waiting = Array.from({ length: 4 }, () => client.get('/v1/payments'));
      while (called < 4) await new Promise(setImmediate);
      const shed = await client.get('/v1/payments');
      expect(shed.json()).to.include({ status: 503, code: 'overloaded' });
      expect(shed.headers).to.have.property('retry-after');
      expect((await client.get('/health')).status).to.equal(200);
      release();
      for (const { status } of await Promise.all(waiting)) expect(status).to.equal(200);
    });
  });
});
