import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import { expect } from 'chai';
import { createPaymentsClient, type PaymentsClient, PaymentsError } from '../src/index.js';
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

  it('of changes wait as long as a timer can, if the service asks for longer', async () => {
    const leaving = new AbortController();
    const baseUrl = await listen((_, response) => {
      response.writeHead(503, { 'Retry-After': '9999999' }).end('{"code":"overloaded","detail":"Not now."}');
    });
    const hooks = { onRetry: ({ delayMs }: { delayMs: number }) => leaving.abort(delayMs) };
    const changes = createPaymentsClient({ baseUrl, hooks }).changes({ signal: leaving.signal });
    expect(await failureOf(changes.next())).to.equal(2 ** 31 - 1);
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

  it('repeat a read or write whose response was cut off', async () => {
    let requests = 0;
    const baseUrl = await listen((request, response) => {
      const whole = '{"data":{"id":"1"}}';
      response.writeHead(request.method === 'POST' ? 201 : 200).end(++requests % 2 === 1 ? whole.slice(0, 9) : whole);
    });
    const payments = createPaymentsClient({ baseUrl, baseDelayMs: 1 });
    expect(await payments.get('1')).to.deep.equal({ id: '1' });
    const payment = { id: '1', organisation_id: 'acme', attributes: { amount: '1' } };
    expect(await payments.create(payment)).to.deep.equal({ id: '1' });
    expect(requests).to.equal(4);
    const error = await failureOf(createPaymentsClient({ baseUrl, retries: 0 }).create(payment));
    expect(error).to.include({ code: 'unexpected_response', status: 201, outcomeUnknown: true });
  });

  it('do not take the page of a redirect for a created payment', async () => {
    const list = await listen((_, response) => void response.end('{"data":[],"links":{}}'));
    const baseUrl = await listen((_, response) => {
      response.writeHead(301, { Location: `${list}/v1/payments` }).end();
    });
    const payments = createPaymentsClient({ baseUrl, retries: 0 });
    const payment = { id: '1', organisation_id: 'acme', attributes: { amount: '1' } };
    const error = await failureOf(payments.create(payment));
    expect(error).to.include({ code: 'unexpected_response', status: 200 });
    expect(String(error)).to.contain(`from ${list}/v1/payments`);
  });

  it('do not take the page of a redirect for a replaced or deleted payment', async () => {
    const list = await listen((_, response) => void response.end('{"data":[],"links":{"next":"http://a/"}}'));
    const baseUrl = await listen((_, response) => {
      response.writeHead(303, { Location: `${list}/v1/payments` }).end();
    });
    const payments = createPaymentsClient({ baseUrl, retries: 0 });
    const payment = {
      id: '1',
      version: 0,
      type: 'Payment',
      organisation_id: 'acme',
      attributes: { amount: '1' },
    } as const;
    for (const call of [() => payments.replace(payment), () => payments.delete(payment)]) {
      expect(await failureOf(call())).to.include({ code: 'unexpected_response', status: 200, outcomeUnknown: true });
    }
  });

  it('take no other JSON for a response of the service', async () => {
    const bodies = ['null', '[]', '{}', '{"code":1,"detail":"a"}', '{"code":"a","detail":"b","errors":{}}'];
    bodies.push('{"data":null}', '{"data":"a","links":{"next":"http://a/"}}');
    for (const status of [200, 304, 400]) {
      for (const body of bodies) {
        const baseUrl = await listen((_, response) => void response.writeHead(status).end(body));
        const payments = createPaymentsClient({ baseUrl, retries: 0 });
        for (const call of [() => payments.get('1'), () => payments.page(), () => payments.changesPage()]) {
          expect(await failureOf(call()), `${status} ${body}`).to.include({ code: 'unexpected_response', status });
        }
      }
    }
  });

  it('take neither a list for a payment nor a payment for a list', async () => {
    const kinds = [
      { body: '{"data":[],"links":{"next":"http://a/"}}', calls: [(payments: PaymentsClient) => payments.get('1')] },
      ...['{"data":{"id":"1"}}', '{"data":[]}', '{"data":[],"links":{"next":"/v1/payments"}}'].map((body) => ({
        body,
        calls: [
          (payments: PaymentsClient) => payments.page(),
          (payments: PaymentsClient) => payments.changesPage(),
          (payments: PaymentsClient) => payments.versions('1').next(),
        ],
      })),
    ];
    for (const { body, calls } of kinds) {
      const baseUrl = await listen((_, response) => void response.end(body));
      for (const call of calls) {
        const error = await failureOf(call(createPaymentsClient({ baseUrl, retries: 0 })));
        expect(error, body).to.include({ code: 'unexpected_response' });
      }
    }
  });

  it('repeat a call whatever `fetch` throws', async () => {
    const circular = new Error('no connection');
    circular.cause = circular;
    for (const thrown of [circular, Object.create(null), null, 'text']) {
      let requests = 0;
      const fetch = () => Promise.reject(++requests > 0 && thrown);
      const payments = createPaymentsClient({ baseUrl: 'http://payments.example', baseDelayMs: 1, fetch });
      expect(await failureOf(payments.get('1'))).to.include({ code: 'network_error' });
      expect(requests).to.equal(4);
    }
  });

  it('send a key with a write, even if the given one is null', async () => {
    const keys: unknown[] = [];
    const baseUrl = await listen((request, response) => {
      keys.push(request.headers['idempotency-key']);
      response.writeHead(503).end('{"code":"overloaded","detail":"Not now."}');
    });
    const payments = createPaymentsClient({ baseUrl, baseDelayMs: 1, retries: 1 });
    // As in JavaScript, where the compiler does not object.
    const options = JSON.parse('{"idempotencyKey":null}');
    await failureOf(payments.create({ id: '1', organisation_id: 'acme', attributes: { amount: '1' } }, options));
    expect(keys).to.have.length(2);
    expect(new Set(keys).size).to.equal(1);
    expect(keys[0]).to.be.a('string');
  });

  it('do not hide that a call cannot be sent', async () => {
    let requests = 0;
    const baseUrl = await listen((_, response) => {
      requests += 1;
      response.end();
    });
    const payments = createPaymentsClient({ baseUrl });
    const attributes = { amount: '1', count: 1n };
    const circular = await failureOf(payments.create({ id: '1', organisation_id: 'acme', attributes }));
    expect(circular).to.be.instanceOf(TypeError).and.to.have.property('message').that.contains('BigInt');
    const headers = { Authorization: 'Bearer a\nb' };
    expect(await failureOf(createPaymentsClient({ baseUrl, headers }).get('1'))).to.be.instanceOf(TypeError);
    expect(requests).to.equal(0);
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
    const user = 'http://user:secret@payments.example';
    const invalid = [
      'localhost:8080',
      '/v1',
      'ftp://files.example',
      '',
      'http://a?b=c',
      'http://a/b#c',
      ' http://a',
      user,
    ];
    for (const baseUrl of invalid) {
      expect(() => createPaymentsClient({ baseUrl }), baseUrl).to.throw(TypeError, 'absolute http or https URL');
    }
    expect(() => createPaymentsClient({ baseUrl: user })).not.to.throw(TypeError, 'secret');
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

  it('closes the connection if a hook throws before the response is read', async () => {
    const closed: Promise<unknown>[] = [];
    const baseUrl = await listen((_, response) => {
      response.writeHead(200, { 'Content-Length': 1_000 }).write('{');
      closed.push(once(response, 'close'));
    });
    const onResponse = () => {
      throw new Error('the log is full');
    };
    await failureOf(createPaymentsClient({ baseUrl, hooks: { onResponse } }).get('1'));
    expect(closed).to.have.length(1);
    await Promise.all(closed);
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
