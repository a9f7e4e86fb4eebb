import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { expect } from 'chai';
import { createPaymentsClient, PaymentsError } from '../src/index.js';
import { startService } from './service.js';

describe('retries of the client', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close().closeAllConnections();
  });

  async function listen(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
    return `http://127.0.0.1:${address.port}`;
  }

  const failureOf = (call: Promise<unknown>): Promise<unknown> =>
    call.then(
      () => null,
      (reason: unknown) => reason,
    );

  it('wait as long as a rate limit says', async () => {
    const service = await startService('--limit', '1-S');
    try {
      const statuses: number[] = [];
      const payments = createPaymentsClient({
        baseUrl: service.url,
        baseDelayMs: 1,
        async fetch(request) {
          const response = await fetch(request);
          statuses.push(response.status);
          return response;
        },
      });
      // Two calls are enough if the second comes within a second.
      let calls = 0;
      for (; calls < 20 && !statuses.includes(429); calls++) await payments.pages().next();
      expect(statuses.filter((status) => status === 200)).to.have.length(calls);
      expect(statuses.filter((status) => status === 429)).to.have.length.within(1, 2);
    } finally {
      await service.stop();
    }
  });

  it('end at once if the service asks for too long a wait', async () => {
    let requests = 0;
    const baseUrl = await listen((_, response) => {
      requests++;
      response.writeHead(503, { 'Retry-After': '3600' }).end('{"code":"overloaded","detail":"Not now."}');
    });
    const error = await failureOf(createPaymentsClient({ baseUrl }).get('1'));
    expect(error).to.be.instanceOf(PaymentsError).and.to.include({ code: 'overloaded', retryAfterMs: 3_600_000 });
    expect(requests).to.equal(1);
  });

  it('end after the configured number of attempts', async () => {
    let requests = 0;
    const baseUrl = await listen((_, response) => {
      requests++;
      response.writeHead(502).end('<h1>Bad Gateway</h1>');
    });
    const error = await failureOf(createPaymentsClient({ baseUrl, retries: 2, baseDelayMs: 1 }).get('1'));
    expect(error).to.include({ code: 'unexpected_response', status: 502, outcomeUnknown: true });
    expect(requests).to.equal(3);
  });

  it('report that a write may have happened, even if a later attempt was rejected', async () => {
    let requests = 0;
    const baseUrl = await listen((request, response) => {
      if (++requests === 1) request.socket.destroy();
      else response.writeHead(503).end('{"code":"overloaded","detail":"Not now."}');
    });
    const payments = createPaymentsClient({ baseUrl, retries: 1, baseDelayMs: 1 });
    const error = await failureOf(payments.delete({ id: '1', version: 0 }));
    expect(error).to.include({ code: 'network_error', outcomeUnknown: true });
    expect(requests).to.equal(2);
  });

  it('do not repeat permanent errors', async () => {
    let requests = 0;
    const baseUrl = await listen((_, response) => {
      requests++;
      response.writeHead(500).end('{"code":"internal_error","detail":"Oops."}');
    });
    expect(await failureOf(createPaymentsClient({ baseUrl }).get('1'))).to.include({ code: 'internal_error' });
    expect(requests).to.equal(1);
  });

  it('do not wait forever for a response', async () => {
    const baseUrl = await listen(() => {});
    const error = await failureOf(createPaymentsClient({ baseUrl, timeoutMs: 50, retries: 0 }).get('1'));
    expect(error).to.include({ code: 'timeout', status: 0 });
  });

  it('end with the reason of the signal, during a request and between attempts', async () => {
    const reason = new Error('the user left');
    const leaving = new AbortController();
    const silent = await listen(() => leaving.abort(reason));
    const waiting = createPaymentsClient({ baseUrl: silent }).get('1', { signal: leaving.signal });
    expect(await failureOf(waiting)).to.equal(reason);

    const leavingLater = new AbortController();
    const busy = await listen((_, response) => {
      response.writeHead(503, { 'Retry-After': '20' }).end('{"code":"overloaded","detail":"Not now."}');
      response.once('close', () => setImmediate(() => leavingLater.abort(reason)));
    });
    const between = createPaymentsClient({ baseUrl: busy }).get('1', { signal: leavingLater.signal });
    expect(await failureOf(between)).to.equal(reason);
  });

  it('name the request, the first invalid field and the cause in errors', async () => {
    const baseUrl = await listen((_, response) => {
      const errors = [
        { pointer: '/path/id', detail: 'must not be blank' },
        { pointer: '/query/x', detail: 'is not a parameter' },
      ];
      response.writeHead(400).end(JSON.stringify({ code: 'validation_failed', detail: 'Wrong.', errors }));
    });
    const invalid = await failureOf(createPaymentsClient({ baseUrl }).get(' '));
    expect(invalid).to.include({ method: 'GET', url: `${baseUrl}/v1/payments/%20` });
    expect(String(invalid)).to.equal(
      `PaymentsError: validation_failed: /path/id must not be blank (and 1 more) [GET ${baseUrl}/v1/payments/%20]`,
    );
    const unreachable = await failureOf(createPaymentsClient({ baseUrl: 'http://127.0.0.1:9', retries: 0 }).get('1'));
    expect(String(unreachable)).to.match(
      /^PaymentsError: network_error: No response \[GET http:\/\/127\.0\.0\.1:9\/v1\/payments\/1\]: (connect ECONNREFUSED 127\.0\.0\.1:9|bad port)$/,
    );
  });

  it('the client rejects an invalid base URL at once', () => {
    for (const baseUrl of ['localhost:8080', '/v1', 'ftp://files.example', '']) {
      expect(() => createPaymentsClient({ baseUrl }), baseUrl).to.throw(TypeError, 'absolute http or https URL');
    }
  });

  it('ends with what a hook throws, and does not retry', async () => {
    let requests = 0;
    const baseUrl = await listen((_, response) => {
      requests += 1;
      response.end('{"data":{"id":"1"}}');
    });
    const reason = new Error('the log is full');
    const fail = () => {
      throw reason;
    };
    for (const hooks of [{ onRequest: fail }, { onResponse: fail }]) {
      expect(await failureOf(createPaymentsClient({ baseUrl, hooks }).get('1'))).to.equal(reason);
    }
    expect(requests).to.equal(1);
  });

  it('the client sends its User-Agent, and calls the hooks', async () => {
    const agents: (string | undefined)[] = [];
    const baseUrl = await listen((request, response) => {
      agents.push(request.headers['user-agent']);
      if (agents.length === 1) response.writeHead(503).end('{"code":"overloaded","detail":"Not now."}');
      else response.end('{"data":{"id":"1"}}');
    });
    const events: string[] = [];
    const payments = createPaymentsClient({
      baseUrl,
      baseDelayMs: 1,
      hooks: {
        onRequest: ({ method, url }) => events.push(`${method} ${url.slice(baseUrl.length)}`),
        onResponse: ({ status, durationMs }) => events.push(`${status} ${durationMs > 0}`),
        onRetry: ({ error, retry }) => events.push(`retry ${retry} after ${error.code}`),
      },
    });
    await payments.get('1');
    const request = 'GET /v1/payments/1';
    expect(events).to.deep.equal([request, '503 true', 'retry 1 after overloaded', request, '200 true']);
    const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
    expect(new Set(agents)).to.deep.equal(new Set([`payments-api-client/${version}`]));
  });
});
