import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { expect } from 'chai';
import { startService } from '../../../test/sdk/service.js';
import { createPaymentsClient, PaymentsError } from '../src/index.js';

describe('the patience of the client', () => {
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

  it('waits as long as a rate limit asks', async () => {
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
      // Two calls are enough where the second comes within a second.
      let calls = 0;
      for (; calls < 20 && !statuses.includes(429); calls++) await payments.pages().next();
      expect(statuses.filter((status) => status === 200)).to.have.length(calls);
      expect(statuses.filter((status) => status === 429)).to.have.length.within(1, 2);
    } finally {
      await service.stop();
    }
  });

  it('fails at once where it is asked to wait too long', async () => {
    let requests = 0;
    const baseUrl = await listen((_, response) => {
      requests++;
      response.writeHead(503, { 'Retry-After': '3600' }).end('{"code":"overloaded","detail":"Not now."}');
    });
    const error = await failureOf(createPaymentsClient({ baseUrl }).get('1'));
    expect(error).to.be.instanceOf(PaymentsError).and.to.include({ code: 'overloaded', retryAfterMs: 3_600_000 });
    expect(requests).to.equal(1);
  });

  it('gives up after as many retries as it was told, and names what answered', async () => {
    let requests = 0;
    const baseUrl = await listen((_, response) => {
      requests++;
      response.writeHead(502).end('<h1>Bad Gateway</h1>');
    });
    const error = await failureOf(createPaymentsClient({ baseUrl, retries: 2, baseDelayMs: 1 }).get('1'));
    expect(error).to.include({ code: 'unexpected_answer', status: 502, outcomeUnknown: true });
    expect(requests).to.equal(3);
  });

  it('says that a write may have happened, when a later attempt was only refused', async () => {
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

  it('does not repeat what fails for good', async () => {
    let requests = 0;
    const baseUrl = await listen((_, response) => {
      requests++;
      response.writeHead(500).end('{"code":"internal_error","detail":"Oops."}');
    });
    expect(await failureOf(createPaymentsClient({ baseUrl }).get('1'))).to.include({ code: 'internal_error' });
    expect(requests).to.equal(1);
  });

  it('does not wait for ever for an answer', async () => {
    const baseUrl = await listen(() => {});
    const error = await failureOf(createPaymentsClient({ baseUrl, timeoutMs: 50, retries: 0 }).get('1'));
    expect(error).to.include({ code: 'timeout', status: 0 });
  });

  it('ends with the reason of its signal, while it waits for an answer and between attempts', async () => {
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
});
