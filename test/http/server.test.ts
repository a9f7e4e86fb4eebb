import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import net from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { Application } from '../../src/http/application.js';
import { errorBoundary } from '../../src/http/middleware/error-boundary.js';
import { observation } from '../../src/http/middleware/observation.js';
import { rejection } from '../../src/http/middleware/rejection.js';
import { requestContext } from '../../src/http/middleware/request-context.js';
import { ENGINE_PROBLEMS, ProblemError, ProblemFormat } from '../../src/http/problems.js';
import { respond } from '../../src/http/respond.js';
import { createHttpServer, type HttpServer, type HttpServerOptions } from '../../src/http/transport/server.js';
import type { SlowClientLimits } from '../../src/http/transport/slow-clients.js';
import type { RequestFacts } from '../../src/observe/facts.js';

const STATUS = {
  malformed_request: 400,
  request_timeout: 408,
  method_not_allowed: 405,
  expectation_failed: 417,
  headers_too_large: 431,
} as const;
type TransportErrorCode = keyof typeof STATUS;

const LARGE = 'a'.repeat(200_000);
const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
const CHUNKED = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n';

/** Requests that must not reach a handler, and their codes. */
const HOSTILE: readonly [name: string, bytes: string, code: TransportErrorCode][] = [
  ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', 'malformed_request'],
  ['an unknown method', 'FOO / HTTP/1.1\r\nHost: a\r\n\r\n', 'malformed_request'],
  ['HTTP/0.9', 'GET /\r\n\r\n', 'malformed_request'],
  ['HTTP/2 in words', 'GET / HTTP/2.0\r\nHost: a\r\n\r\n', 'malformed_request'],
  ['an unknown version', 'GET / HTTP/3.0\r\nHost: a\r\n\r\n', 'malformed_request'],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'malformed_request'],
  ['no Host', 'GET / HTTP/1.1\r\n\r\n', 'malformed_request'],
  ['two Hosts', 'GET / HTTP/1.1\r\nHost: a\r\nhOST: b\r\n\r\n', 'malformed_request'],
  ['two Hosts in HTTP/1.0', 'GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n', 'malformed_request'],
  ...['a/b@c', 'a b', 'a,b c', 'http://a', 'a@b', 'a:b', '[::1', '[a]', '[::1]x', 'a?b', 'a#b', '%zz', 'ü'].map(
    (host): [string, string, TransportErrorCode] => [
      `Host: ${host}`,
      `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
      'malformed_request',
    ],
  ),
  ...['http://[::1', 'http://', 'http:///x', 'http://a:b/', 'http://[x]/', 'https://a%/', '*'].map(
    (target): [string, string, TransportErrorCode] => [
      `the target ${target}`,
      `GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`,
      'malformed_request',
    ],
  ),
  ['2,001 header fields', `GET / HTTP/1.1\r\nHost: a\r\n${'X: 1\r\n'.repeat(2000)}\r\n`, 'headers_too_large'],
  [
    'a Host after 2,100 header fields',
    `GET / HTTP/1.1\r\nHost: a\r\n${'X: 1\r\n'.repeat(2100)}Host: b\r\n\r\n`,
    'headers_too_large',
  ],
  ['a space before the colon', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', 'malformed_request'],
  ['a folded header', 'GET / HTTP/1.1\r\nHost: a\r\nX: 1\r\n 2\r\n\r\n', 'malformed_request'],
  ['bare line feeds', 'GET / HTTP/1.1\nHost: a\n\n', 'malformed_request'],
  ['a bare carriage return', 'GET / HTTP/1.1\r\nHost: a\rX: b\r\n\r\n', 'malformed_request'],
  ['a NUL in a header', 'GET / HTTP/1.1\r\nHost: a\r\nX: \0\r\n\r\n', 'malformed_request'],
  ['a NUL in the target', 'GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n', 'malformed_request'],
  ['both framings', `${CHUNKED}Content-Length: 3\r\n\r\n0\r\n\r\n`, 'malformed_request'],
  [
    'two Content-Lengths',
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd',
    'malformed_request',
  ],
  ['a list of lengths', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3, 3\r\n\r\nabc', 'malformed_request'],
  ['a signed length', 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc', 'malformed_request'],
  ['chunked twice', `${CHUNKED}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 'malformed_request'],
  [
    'chunked not last',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n',
    'malformed_request',
  ],
  [
    'a coding before chunked',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
    'malformed_request',
  ],
  [
    'an empty coding',
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\nContent-Length: 1\r\n\r\na',
    'malformed_request',
  ],
  ['chunked in HTTP/1.0', 'POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 'malformed_request'],
  ['a large header', `GET / HTTP/1.1\r\nHost: a\r\nX: ${LARGE}\r\n\r\n`, 'headers_too_large'],
  ['a large target', `GET /${LARGE} HTTP/1.1\r\nHost: a\r\n\r\n`, 'headers_too_large'],
  ['an unknown expectation', 'GET / HTTP/1.1\r\nHost: a\r\nExpect: pie\r\n\r\n', 'expectation_failed'],
  ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\nxx', 'method_not_allowed'],
];

describe('the HTTP server', () => {
  const drains: HttpServer[] = [];
  let reported: RequestFacts[];
  let seen: string[];

  beforeEach(() => {
    reported = [];
    seen = [];
  });
  afterEach(async () => {
    await Promise.all(drains.splice(0).map((server) => server.drain({ graceMs: 0, deadlineMs: 0 })));
  });

  /** Responds with the body; a little later for `/slow…`. */
  function echo(request: IncomingMessage, response: ServerResponse): void {
    const url = request.url ?? '';
    let body = '';
    seen.push(url);
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('error', (error) => {
      if (!(error instanceof ProblemError)) return;
      response.writeHead(error.reply.status, { 'X-From': 'handler' });
      response.end(error.reply.problem.code);
    });
    request.on('end', () => {
      const received = `<${request.method} ${url} ${body}>`;
      const send = () => response.writeHead(200, { 'Content-Length': received.length }).end(received);
      if (url.startsWith('/slow')) setTimeout(send, 100);
      else send();
    });
  }

  async function serve(
    handler: HttpServerOptions['handler'] = echo,
    limits: Partial<SlowClientLimits> = {},
  ): Promise<{ server: HttpServer; port: number }> {
    const app = new Application(new ProblemFormat('payments-api', ENGINE_PROBLEMS));
    app.use(requestContext({ timeoutMs: 10_000, trustProxy: false }));
    const accessLog = (facts: RequestFacts) => reported.push(facts);
    app.use(observation({ accessLog, metrics: { inFlight() {}, finished() {} }, tracing: null }));
    app.use(respond((_call, error) => expect.fail(String(error))));
    app.use(errorBoundary((_call, error) => expect.fail(String(error))));
    app.use(rejection(() => {}));
    const reject = app.callback();
    const server = createHttpServer({
      handler: (request, response) => (request.rejection ? void reject(request, response) : handler(request, response)),
      requestTimeoutMs: 10_000,
      limits,
    });
    drains.push(server);
    const { port } = await server.listen({ port: 0, host: '127.0.0.1' });
    return { server, port };
  }

  /** Sends bytes and returns everything received until the server closes. A reset fails the test. */
  async function talk(port: number, ...parts: (string | Buffer)[]): Promise<string> {
    const socket = net.connect(port, '127.0.0.1');
    const received = read(socket);
    for (const part of parts) socket.write(part, 'latin1');
    return received;
  }

  async function read(socket: net.Socket): Promise<string> {
    let text = '';
    for await (const bytes of socket) text += bytes.toString('latin1');
    return text;
  }

  /** A connection on which a response can be awaited. */
  async function open(
    port: number,
  ): Promise<{ socket: net.Socket; text: () => string; until: (part: string) => Promise<void> }> {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (bytes) => {
      text += bytes.toString('latin1');
    });
    await once(socket, 'connect');
    async function until(part: string): Promise<void> {
      while (!text.includes(part)) await once(socket, 'data');
    }
    return { socket, text: () => text, until };
  }

  describe('malformed HTTP', () => {
    for (const [name, bytes, code] of HOSTILE) {
      it(`${name}: ${STATUS[code]}, clean and complete`, async () => {
        const { port } = await serve();
        const received = await talk(port, bytes);
        const [head = '', body = ''] = received.split('\r\n\r\n');
        expect(head).to.match(new RegExp(`^HTTP/1\\.1 ${STATUS[code]} [A-Z]`));
        expect(head)
          .to.match(/^connection: close$/im)
          .and.match(/^content-type: application\/json$/im);
        const requestId = /^x-request-id: (\S+)$/im.exec(head)?.[1];
        const problem = JSON.parse(body) as { code: string; instance: string };
        expect(head).to.match(new RegExp(`^content-length: ${body.length}$`, 'im'));
        expect(problem).to.include({ code, instance: requestId });
        expect(reported).to.have.length(1);
        expect(reported[0]).to.include({
          errorCode: code,
          status: STATUS[code],
          requestId,
          client: '127.0.0.1',
          route: 'unmatched',
        });
        expect(seen).to.deep.equal([]);
      });
    }

    it('gets its response after those in flight, never in the middle of one', async () => {
      const { port } = await serve();
      const received = await talk(
        port,
        'GET /slow1 HTTP/1.1\r\nHost: a\r\n\r\nGET /slow2 HTTP/1.1\r\nHost: a\r\n\r\n\0\0',
      );
      expect(received).to.match(/^HTTP\/1.1 200 .*<GET \/slow1 >HTTP\/1.1 200 .*<GET \/slow2 >HTTP\/1.1 400 .*\}$/s);
    });

    it('CONNECT gets its response after those in flight too, with its request id', async () => {
      const { port } = await serve();
      const connect = 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\nX-Request-Id: mine\r\n\r\n';
      const received = await talk(port, `GET /slow HTTP/1.1\r\nHost: a\r\n\r\n${connect}`);
      expect(received).to.match(/^HTTP\/1.1 200 .*<GET \/slow >HTTP\/1.1 405 .*X-Request-Id: mine\r\n.*Allow: GET, /s);
    });

    it("a broken chunk is the handler's to respond to, and closes the connection", async () => {
      const { port } = await serve();
      const received = await talk(port, `${CHUNKED}\r\n3\r\nabc\r\nZZ\r\n\r\n`);
      expect(received).to.match(/^HTTP\/1.1 400 .*X-From: handler\r\n.*Connection: close\r\n.*malformed_request/is);
      expect(received.match(/HTTP\/1.1/g)).to.have.length(1);
      expect(reported).to.deep.equal([]);
    });

    it('a broken chunk after a complete response ends the connection without another response', async () => {
      const { port } = await serve((_request, response) => void response.end('early'));
      const { socket, until, text } = await open(port);
      socket.write(`${CHUNKED}\r\n`);
      await until('early');
      socket.write('ZZ\r\n');
      await once(socket, 'end');
      expect(text().match(/HTTP\/1.1/g)).to.have.length(1);
    });

    it('the server survives any bytes', async () => {
      const { port } = await serve();
      const bytes = fc.oneof(
        fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array)),
        fc.tuple(fc.constantFrom(...HOSTILE), fc.nat(60)).map(([[, text], cut]) => Buffer.from(text.slice(cut, 3000))),
        fc
          .array(
            fc.constantFrom(GET, CHUNKED, '\r\n', '5\r\nhello\r\n', '0\r\n\r\n', 'Host: a\r\n', 'CONNECT a:1 ', '\0'),
          )
          .map((parts) => Buffer.from(parts.join(''))),
      );
      await fc.assert(
        fc.asyncProperty(bytes, async (sent) => {
          const socket = net.connect(port, '127.0.0.1');
          const received = read(socket);
          socket.end(sent);
          const text = await received;
          if (text !== '') expect(text).to.match(/^HTTP\/1\.1 [245]\d\d /);
        }),
        { numRuns: 300 },
      );
      expect(await talk(port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).to.contain('<GET / >');
    });
  });

  describe('timeouts', () => {
    const limits = { requestMs: 600, headMs: 250 };

    it('a head that does not arrive is 408', async () => {
      const { port } = await serve(echo, limits);
      expect(await talk(port, 'GET / HTTP/1.1\r\nHos')).to.match(/^HTTP\/1.1 408 .*request_timeout/s);
    });

    it('also on a connection accepted by another process', async () => {
      const { server } = await serve(echo, limits);
      const acceptor = net.createServer({ pauseOnConnect: true }, (socket) => server.adopt(socket));
      await once(acceptor.listen(0, '127.0.0.1'), 'listening');
      const address = acceptor.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      expect(await talk(port, 'GET /x HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')).to.contain('<GET /x >');
      expect(await talk(port, 'GET / HTTP/1.1\r\nHos')).to.match(/^HTTP\/1.1 408 /);
      acceptor.close();
    });

    it('a connection that never sends a byte is closed without a response', async () => {
      const { port } = await serve(echo, limits);
      expect(await talk(port)).to.equal('');
      expect(reported).to.deep.equal([]);
    });

    it("a body that does not arrive is the handler's to respond to", async () => {
      const { port } = await serve(echo, limits);
      const received = await talk(port, 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc');
      expect(received).to.match(/^HTTP\/1.1 408 .*X-From: handler\r\n.*request_timeout/s);
    });

    it('an idle connection is kept, and the response says for how long', async () => {
      const { port } = await serve(echo, { ...limits, keepAliveMs: 72_000 });
      const { socket, until, text } = await open(port);
      socket.write(GET);
      await until('<GET / >');
      expect(text()).to.match(/^Keep-Alive: timeout=72\r$/m);
      await new Promise((resolve) => setTimeout(resolve, 800));
      socket.write('GET /again HTTP/1.1\r\nHost: a\r\n\r\n');
      await until('<GET /again >');
      socket.destroy();
    });
  });

  describe('requests', () => {
    it('100 Continue is sent once, when the body is read', async () => {
      const { port } = await serve();
      const { socket, until, text } = await open(port);
      socket.write('POST /c HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n');
      await until('100 Continue');
      socket.write('ok');
      await until('<POST /c ok>');
      expect(text().match(/100 Continue/g)).to.have.length(1);
      socket.destroy();
    });

    it('100 Continue is not sent for a body that is not read', async () => {
      const { port } = await serve((_request, response) => void response.writeHead(413).end());
      const request = 'POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n';
      const received = await talk(port, request);
      expect(received).to.match(/^HTTP\/1.1 413 .*Connection: close\r\n/s);
    });

    it('after a rejected 100 Continue the connection is closed: what follows is not a request', async () => {
      const { port } = await serve((request, response) => {
        seen.push(request.url ?? '');
        if (response.canSend) response.send(413, [], 'large');
      });
      const request = 'POST /1 HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 40\r\n\r\n';
      const text = await talk(port, request, GET);
      expect(text).to.match(/^HTTP\/1.1 413 .*\r\nConnection: close\r\n.*large$/s);
      expect(seen).to.deep.equal(['/1']);
    });

    it('Host may be empty, a name, an address with a port; 2,000 header fields are accepted', async () => {
      const { port } = await serve();
      for (const host of ['', 'a', 'a.example:8080', '127.0.0.1:1', '[::1]', '[::1]:80', 'a:', 'x_y~%41']) {
        const text = await talk(port, `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
        expect(text, host).to.match(/^HTTP\/1.1 200 /);
      }
      const fields = 'X: 1\r\n'.repeat(1998);
      expect(await talk(port, `GET / HTTP/1.1\r\nHost: a\r\n${fields}Connection: close\r\n\r\n`)).to.match(/ 200 /);
    });

    describe('of one connection', () => {
      let events: string[];
      let finish: Map<string, () => void>;

      /** Records the start of a request, and responds on command. */
      function slow(request: IncomingMessage, response: ServerResponse): void {
        const name = `${request.method} ${request.url}`;
        events.push(name);
        finish.set(name, () => {
          finish.delete(name);
          response.end(name);
        });
      }
      const lines = (...requests: string[]) =>
        requests.map((request) => `${request} HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n`).join('');
      async function untilBegun(...names: string[]): Promise<void> {
        while (events.length < names.length) await new Promise(setImmediate);
        expect(events).to.deep.equal(names);
      }

      beforeEach(() => {
        events = [];
        finish = new Map();
      });

      it('take effect in order, one at a time', async () => {
        const { port } = await serve(slow);
        const { socket, until } = await open(port);
        socket.write(lines('GET /1', 'PUT /2', 'DELETE /3', 'GET /4', 'HEAD /5'));
        await untilBegun('GET /1');
        finish.get('GET /1')?.();
        await until('GET /1');
        await untilBegun('GET /1', 'PUT /2');
        finish.get('PUT /2')?.();
        await untilBegun('GET /1', 'PUT /2', 'DELETE /3');
        finish.get('DELETE /3')?.();
        await untilBegun('GET /1', 'PUT /2', 'DELETE /3', 'GET /4');
        finish.get('GET /4')?.();
        await until('GET /4');
        await untilBegun('GET /1', 'PUT /2', 'DELETE /3', 'GET /4', 'HEAD /5');
        socket.destroy();
      });

      it('are never begun if they wait for one whose connection breaks', async () => {
        const { server, port } = await serve(slow);
        const { socket } = await open(port);
        socket.write(lines('PUT /1', 'PUT /2'));
        await untilBegun('PUT /1');
        socket.resetAndDestroy();
        while (server.connectionCount > 0) await new Promise(setImmediate);
        finish.get('PUT /1')?.();
        await talk(port, 'GET / HTTP/1.1\r\nno header\r\n\r\n');
        expect(events).to.deep.equal(['PUT /1']);
      });

      it('are accepted up to a limit; the last response closes the connection', async () => {
        const { port } = await serve((request, response) => {
          if (request.method === 'PUT') slow(request, response);
          else response.end();
        });
        const { socket, text } = await open(port);
        const closed = once(socket, 'close');
        socket.write(lines('PUT /1') + lines('GET /x').repeat(1500));
        await untilBegun('PUT /1');
        finish.get('PUT /1')?.();
        await closed;
        expect(text().match(/HTTP\/1\.1 200/g)).to.have.length(1000);
        expect(text().match(/^Connection: close\r$/gm)).to.have.length(1);
      });

      it('are accepted up to a limit over all connections; those with more than their share are reset', async () => {
        const { server, port } = await serve((request, response) => {
          if (request.method === 'GET') response.end();
        });
        const small = await open(port);
        small.socket.write(lines('PUT /1', 'PUT /2'));
        const large = await Promise.all(Array.from({ length: 30 }, () => open(port)));
        const resets = large.map(({ socket }) => once(socket, 'close').catch(({ code }) => code));
        for (const { socket } of large) socket.write(lines('PUT /1').repeat(900));
        // 17 times 900 is within the limit.
        const kept = () => large.filter(({ socket }) => !socket.destroyed);
        while (kept().length > 17) await new Promise(setImmediate);
        const codes = await Promise.all(resets.filter((_, at) => large[at]?.socket.destroyed));
        expect(new Set(codes)).to.deep.equal(new Set(['ECONNRESET']));
        const polite = await open(port);
        polite.socket.write(lines('GET /1', 'GET /2', 'GET /3'));
        while ((polite.text().match(/HTTP\/1\.1 200/g) ?? []).length < 3) await once(polite.socket, 'data');
        // Places are free again.
        for (const { socket } of kept()) socket.resetAndDestroy();
        while (server.connectionCount > 2) await new Promise(setImmediate);
        polite.socket.write(`${lines('GET /4').repeat(900)}${lines('GET /last')}`);
        while ((polite.text().match(/HTTP\/1\.1 200/g) ?? []).length < 904) await once(polite.socket, 'data');
        expect(small.socket.destroyed).to.equal(false);
        expect(server.connectionCount).to.equal(2);
      });
    });

    it('an urgent one begins at once, unless others of its connection wait', async () => {
      let waits = 0;
      const server = createHttpServer({
        handler: (_request, response) => response.end(),
        requestTimeoutMs: 10_000,
        urgentPaths: new Set(['/']),
        onWait: (change) => {
          if (change === 1) waits += 1;
        },
      });
      drains.push(server);
      const { port } = await server.listen({ port: 0, host: '127.0.0.1' });
      const last = GET.replace('Host', 'Connection: close\r\nHost');
      await talk(port, last);
      expect(waits).to.equal(0);
      await talk(port, GET.repeat(9) + last);
      expect(waits).to.equal(8);
    });

    it('an upgrade is treated as a plain request', async () => {
      const { port } = await serve();
      const request = 'GET /u HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n';
      expect(await talk(port, request)).to.match(/^HTTP\/1.1 200 .*<GET \/u >$/s);
    });

    it('a client that has closed its sending side gets its response', async () => {
      const { port } = await serve();
      const socket = net.connect(port, '127.0.0.1');
      const received = read(socket);
      socket.end('GET /slow HTTP/1.1\r\nHost: a\r\n\r\n');
      expect(await received).to.contain('<GET /slow >');
    });

    it('an early response with Connection: close reaches a client that is still sending', async () => {
      const { port } = await serve((_request, response) => {
        response.writeHead(413, { Connection: 'close', 'Content-Length': 5 }).end('large');
      });
      const megabyte = Buffer.alloc(1024 * 1024);
      const received = await talk(
        port,
        `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${megabyte.length * 8}\r\n\r\n`,
        ...Array.from({ length: 8 }, () => megabyte),
      );
      expect(received).to.match(/^HTTP\/1.1 413 .*large$/s);
    });

    it('a request that waited for a response that closed the connection is not executed', async () => {
      const { port } = await serve((request, response) => {
        seen.push(request.url ?? '');
        setImmediate(() => response.send(413, ['Connection', 'close'], 'large'));
      });
      const received = await talk(port, 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n');
      expect(received).to.match(/^HTTP\/1.1 413 .*large$/s);
      expect(seen).to.deep.equal(['/1']);
    });

    it('nothing after a response with Connection: close is executed', async () => {
      const { port } = await serve((request, response) => {
        seen.push(request.url ?? '');
        response.writeHead(200, { Connection: 'close', 'Content-Length': 2 }).write('o');
        setTimeout(() => response.end('k'), 50);
      });
      const received = await talk(port, 'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n');
      expect(received).to.match(/ok$/);
      expect(seen).to.deep.equal(['/1']);
    });
  });

  describe('draining', () => {
    /** The listener is closed within 50 event loop turns, and open connections are drained from then on. */
    async function untilNoneIsAccepted(): Promise<void> {
      for (let turn = 0; turn < 60; turn += 1) await new Promise(setImmediate);
    }

    it('rejects new connections, and tells clients to reconnect', async () => {
      const { server, port } = await serve();
      const { socket, until, text } = await open(port);
      socket.write(GET);
      await until('<GET / >');
      expect(text()).to.match(/^Connection: keep-alive\r$/m);
      const drained = server.drain({ graceMs: 20_000, deadlineMs: 20_000 });
      await untilNoneIsAccepted();
      const [error] = await once(net.connect(port, '127.0.0.1'), 'error');
      expect(error).to.have.property('code', 'ECONNREFUSED');
      socket.write('GET /last HTTP/1.1\r\nHost: a\r\n\r\n');
      await until('<GET /last >');
      expect(text()).to.match(/^Connection: close\r$/m);
      await once(socket, 'end');
      expect(await drained).to.equal('clean');
    });

    it('responds to everything sent before, with Connection: close in the last response alone', async () => {
      const lines = ['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const held: ServerResponse[] = [];
      const { server, port } = await serve((_request, response) => {
        if (held.length === 0) held.push(response);
        else response.end(`<${response.req.url}>`);
      });
      const { socket, text } = await open(port);
      socket.write(lines[0] ?? '');
      while (held.length === 0) await new Promise(setImmediate);
      const [first] = held;
      const drained = server.drain({ graceMs: 20_000, deadlineMs: 20_000 });
      await untilNoneIsAccepted();
      socket.write(lines.slice(1).join(''));
      // The first gets its response once all requests have arrived.
      while ((first?.req.socket.bytesRead ?? 0) < lines.join('').length) await new Promise(setImmediate);
      first?.end('</1>');
      await once(socket, 'end');
      expect(text()).to.match(/<\/1>.*<\/2>.*<\/3>/s);
      expect(text().match(/^Connection: .*$/gm)).to.deep.equal([
        'Connection: keep-alive',
        'Connection: keep-alive',
        'Connection: close',
      ]);
      expect(await drained).to.equal('clean');
    });

    it('closes idle connections after the grace period, and not before', async () => {
      const { server, port } = await serve();
      const { socket } = await open(port);
      const beganMs = performance.now();
      const drained = server.drain({ graceMs: 300, deadlineMs: 5000 });
      await once(socket, 'end');
      expect(performance.now() - beganMs).to.be.within(290, 4500);
      expect(await drained).to.equal('clean');
      expect(server.connectionCount).to.equal(0);
    });

    it('waits for a request whose head has begun to arrive', async () => {
      const { server, port } = await serve();
      const { socket, until } = await open(port);
      const { socket: idle } = await open(port);
      const idleEnded = once(idle, 'end');
      const drained = server.drain({ graceMs: 2000, deadlineMs: 20_000 });
      await untilNoneIsAccepted();
      socket.write('GET /late HTTP/1.1\r\n');
      // The grace period is over.
      await idleEnded;
      socket.write('Host: a\r\n\r\n');
      await until('<GET /late >');
      expect(await drained).to.equal('clean');
    });

    it('aborts what is left at the deadline, and reports it', async () => {
      const begun: string[] = [];
      const { server, port } = await serve(({ url }) => void begun.push(`${url}`));
      const { socket } = await open(port);
      socket.on('error', () => {});
      socket.write(GET);
      while (begun.length === 0) await new Promise(setImmediate);
      const beganMs = performance.now();
      expect(await server.drain({ graceMs: 50, deadlineMs: 300 })).to.equal('forced');
      expect(performance.now() - beganMs).to.be.within(290, 5000);
    });
  });

  it('a port in use rejects', async () => {
    const { port } = await serve();
    const { server } = await serve();
    const error = await createHttpServer({
      handler: echo,
      requestTimeoutMs: 1000,
    })
      .listen({ port, host: '127.0.0.1' })
      .catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'EADDRINUSE');
    expect(server.connectionCount).to.equal(0);
  });
});
