import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from 'chai';
import pg from 'pg';
import { freshId, paymentBody } from '../support/checked-service.js';
import { createClient, freePort, type HttpClient } from '../support/http.js';
import { sharedPostgres } from '../support/postgres.js';
import { runProgram } from '../support/program.js';
import { type LogLine, type RunningService, startService } from '../support/service.js';
import { end, metricSum, temporaryFolder } from './support.js';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';

/** The fields of every line of the access log, and the types of their values. */
const FIELDS: Readonly<Record<string, string>> = {
  level: 'string',
  message: 'string',
  timestamp: 'string',
  request_id: 'string',
  method: 'string',
  route: 'string',
  path: 'string',
  status: 'number',
  duration_ms: 'number',
  bytes: 'number',
  client: 'string',
};

describe('log and traces', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  describe('the access log', () => {
    let service: RunningService;
    let client: HttpClient;

    before(async () => {
      service = await startService(['--metrics', '--compress', '--workers', '2', '--repo-uri', folder.database()]);
      client = createClient(service.port);
    });
    after(async () => {
      client.close();
      await end(service);
    });

    function linesOf(requestId: string): LogLine[] {
      return service.log.filter(({ message, request_id }) => message === 'request' && request_id === requestId);
    }

    it('has one line per request, with every field, even of rejected requests', async () => {
      const id = freshId();
      const asked: [method: string, path: string, body: unknown, status: number, route: string][] = [
        ['POST', '/v1/payments', paymentBody({ id }), 201, '/v1/payments'],
        ['POST', '/v1/payments', paymentBody({ id }), 409, '/v1/payments'],
        ['POST', '/v1/payments', '{', 400, '/v1/payments'],
        ['GET', `/v1/payments/${id}`, undefined, 200, '/v1/payments/{id}'],
        ['HEAD', `/v1/payments/${id}`, undefined, 200, '/v1/payments/{id}'],
        ['DELETE', `/v1/payments/${id}?version=0`, undefined, 204, '/v1/payments/{id}'],
        ['GET', '/nowhere', undefined, 404, 'unmatched'],
        ['PATCH', '/v1/payments', undefined, 405, 'unmatched'],
        ['GET', '/health', undefined, 200, '/health'],
        ['GET', '/metrics', undefined, 200, '/metrics'],
        ['GET', '/openapi.json?secret=1', undefined, 200, '/openapi.json'],
      ];
      const headers = { 'user-agent': 'insight/1.0', traceparent: `00-${TRACE_ID}-b7ad6b7169203331-01` };
      for (const [index, [method, path, body, status, route]] of asked.entries()) {
        const requestId = `insight-${index}`;
        const reply = await client.send(method, path, { body, headers: { ...headers, 'x-request-id': requestId } });
        const line = await service.logged(({ request_id }) => request_id === requestId);
        expect(reply.status, `${method} ${path}`).to.equal(status);
        expect(reply.headers['x-request-id']).to.equal(requestId);
        for (const [name, type] of Object.entries(FIELDS)) expect(line[name], `${name} of ${path}`).to.be.a(type);
        expect(line).to.include({ message: 'request', method, status, client: '127.0.0.1', trace_id: TRACE_ID });
        expect(line).to.include({ user_agent: 'insight/1.0', path: path.split('?')[0] });
        if (status !== 405) expect(line.route).to.equal(route);
        expect(line.bytes, `${method} ${path}`).to.equal(reply.body.length);
        if (status >= 400) expect(line.error_code).to.equal(reply.json().code);
        expect(Date.parse(String(line.timestamp))).to.be.within(Date.now() - 60_000, Date.now() + 1000);
      }
      for (const index of asked.keys()) expect(linesOf(`insight-${index}`)).to.have.length(1);
      expect(JSON.stringify(service.log)).not.to.include('secret=1');
    });

    it('counts the bytes of compressed bodies, as the metrics do', async () => {
      const { text } = await client.get('/metrics');
      const headers = { 'accept-encoding': 'gzip', 'x-request-id': 'compressed' };
      const { body } = await client.get('/openapi.json', headers);
      expect(await service.logged(({ request_id }) => request_id === 'compressed')).to.include({ bytes: body.length });
      const counter = 'http_response_body_bytes_total{method="GET",route="/openapi.json",status="200"}';
      const counted = metricSum((await client.get('/metrics')).text, counter) - metricSum(text, counter);
      expect(counted).to.equal(body.length);
    });

    it('has one line for each of many concurrent requests, from all workers', async () => {
      const clients = Array.from({ length: 4 }, () => createClient(service.port));
      await Promise.all(
        Array.from({ length: 200 }, (_, index) =>
          clients[index % 4]?.get('/v1/payments', { 'x-request-id': `many-${index}` }),
        ),
      );
      for (const each of clients) each.close();
      for (let index = 0; index < 200; index += 1)
        await service.logged(({ request_id }) => request_id === `many-${index}`);
      for (let index = 0; index < 200; index += 1) expect(linesOf(`many-${index}`)).to.have.length(1);
    });

    it('does not get new routes from random paths', async () => {
      const paths = Array.from({ length: 300 }, (_, index) => `/random/${index}`);
      await Promise.all(paths.map((path) => client.get(path)));
      const metrics = (await client.get('/metrics')).text;
      expect(metrics).not.to.include('random');
      expect(metricSum(metrics, 'http_request_duration_seconds_count')).to.be.at.least(300);
    });
  });

  describe('errors and secrets', () => {
    const SECRETS = {
      database: 'database-secret-phrase',
      redis: 'redis-secret-phrase',
      token: 'token-secret-phrase-0123456789',
    };

    it('a failing request is logged with stack and cause, its response has neither, and no secret is shown anywhere', async () => {
      const { createDatabase } = await sharedPostgres();
      const admin = await createDatabase();
      const database = new pg.Client(admin);
      await database.connect();
      const role = `insight_${randomUUID().slice(0, 8)}`;
      await database.query(`CREATE ROLE ${role} LOGIN SUPERUSER PASSWORD '${SECRETS.database}'`);
      const url = new URL(admin);
      url.username = role;
      url.password = SECRETS.database;

      const redisUrl = `redis://:${SECRETS.redis}@127.0.0.1:${await freePort()}`;
      const flags = ['--repo', 'postgres', '--repo-uri', url.href, '--limit', '1000-S', '--limit-store', redisUrl];
      const exposed = ['--admin', '--metrics', '--profiling', '--admin-token', SECRETS.token, '--log-level', 'debug'];
      const service = await startService([...flags, ...exposed]);
      const client = createClient(service.port);
      try {
        const authorization = `Bearer ${SECRETS.token}`;
        const replies = [
          await client.get('/admin/repo', { authorization }),
          await client.get('/admin/repo', { authorization: `Bearer ${SECRETS.token.slice(1)}` }),
          await client.get('/metrics', { authorization }),
          await client.get(`/v1/payments/${SECRETS.token}x?token=${SECRETS.token}`, { cookie: SECRETS.token }),
        ];
        await database.query('ALTER TABLE payments ADD CHECK (deleted)');
        const broken = await client.post('/v1/payments', paymentBody(), { 'x-request-id': 'broken-one' });
        replies.push(broken, await client.get('/health'));
        expect(broken.status).to.equal(500);
        expect(broken.json()).to.include({ code: 'internal_error', instance: 'broken-one' });
        expect(broken.text).not.to.match(/payments"|relation|\.js|at |postgres/i);

        const line = await service.logged(({ level, request_id }) => level === 'error' && request_id === 'broken-one');
        const error = line.error as { stack: string; cause: { message: string; stack: string } };
        expect(error.stack).to.match(/\n\s+at .+/);
        expect(JSON.stringify(error.cause)).to.include('violates check constraint');
        await service.logged(({ message }) => message === 'rate limit is counted by each process alone');
        const { code, stderr } = await service.stop();
        expect(code).to.equal(0);

        // Paths are logged, and this client put the token into the path itself.
        const log = service.log
          .map((each) => JSON.stringify(each))
          .filter((each) => !each.includes(`${SECRETS.token}x`));
        const output = [...log, stderr, ...replies.map(({ text, headers }) => text + JSON.stringify(headers))].join(
          '\n',
        );
        for (const secret of Object.values(SECRETS)) expect(output).not.to.include(secret);
      } finally {
        client.close();
        await end(service);
        await database.end();
      }
    });

    it('no secret is shown if the start fails', async () => {
      const uri = `postgres://user:${SECRETS.database}@127.0.0.1:${await freePort()}/payments`;
      const failing = [
        '--listen',
        '127.0.0.1:0',
        '--repo',
        'postgres',
        '--repo-uri',
        uri,
        '--admin-token',
        SECRETS.token,
      ];
      for (const wrong of [
        ['--limit', 'wrong'],
        ['--admin-token', 'a b'],
        ['--repo-uri', `postgres://user:${SECRETS.database}@127.0.0.1:port/payments`],
      ]) {
        const { code, stdout, stderr } = await runProgram([...failing, ...wrong]);
        expect(code, stderr).to.be.oneOf([1, 2]);
        for (const secret of Object.values(SECRETS)) expect(stdout + stderr).not.to.include(secret);
      }
    });
  });

  describe('--otel', () => {
    let collector: Server;
    const bodies: string[] = [];

    before(async () => {
      collector = createServer(async (request, response) => {
        let body = '';
        for await (const chunk of request) body += chunk;
        bodies.push(body);
        response.setHeader('Content-Type', 'application/json').end('{}');
      }).listen(0, '127.0.0.1');
      await once(collector, 'listening');
    });
    after(() => {
      collector.closeAllConnections();
      collector.close();
    });

    it('sends a span for each request, with the repository call as its child, up to the last one', async () => {
      const { port } = collector.address() as AddressInfo;
      const service = await startService(['--otel', '--workers', '2', '--repo-uri', folder.database()], {
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      });
      const client = createClient(service.port);
      const traceparent = `00-${TRACE_ID}-b7ad6b7169203331-01`;
      expect((await client.get('/v1/payments/none', { traceparent })).status).to.equal(404);
      const line = await service.logged(({ message }) => message === 'request');
      client.close();
      expect((await service.stop()).code).to.equal(0);

      expect(line.trace_id).to.equal(TRACE_ID);
      type Span = { name: string; traceId: string; spanId: string; parentSpanId: string };
      const spans: Span[] = bodies.flatMap((body) =>
        JSON.parse(body).resourceSpans.flatMap((resource: { scopeSpans: { spans: Span[] }[] }) =>
          resource.scopeSpans.flatMap((scope) => scope.spans),
        ),
      );
      const request = spans.find(({ name }) => name === 'GET /v1/payments/{id}');
      expect(request).to.include({ traceId: TRACE_ID, parentSpanId: 'b7ad6b7169203331' });
      expect(spans.filter(({ parentSpanId }) => parentSpanId === request?.spanId)).to.have.length(1);
    });
  });
});
