import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { createHttpDate, WholeResponse, wholeResponses } from '../../src/http/transport/whole-response.js';

const KEEP_ALIVE_TIMEOUT_MS = 7_000;

/** Each answer by path: status, headers, body. */
const ANSWERS: Readonly<Record<string, readonly [status: number, headers: readonly string[], body: string]>> = {
  '/ok': [200, ['Content-Type', 'text/plain', 'Content-Length', '5'], 'hello'],
  '/empty': [200, ['Content-Length', '0'], ''],
  '/created': [201, ['Location', 'http://localhost/x', 'ETag', '"0"', 'Content-Length', '2'], '{}'],
  '/nothing': [204, [], ''],
  '/known': [304, ['ETag', '"3"'], ''],
  '/close': [503, ['Connection', 'close', 'Content-Length', '4'], 'busy'],
  '/odd': [599, ['X-Words', 'with\ttab and \xfc', 'Content-Length', '0'], ''],
};

/** Requests of one connection, each with what makes it worth a row. */
const REQUESTS: readonly [name: string, bytes: string][] = [
  ['one request', get('/ok')],
  ['an empty body', get('/empty')],
  ['several headers', get('/created')],
  ['204, which has no body', get('/nothing')],
  ['304, which has no body', get('/known')],
  ['HEAD, which has the headers alone', get('/ok', 'HEAD')],
  ['a status without a name, a value beyond ASCII', get('/odd')],
  ['pipelined requests', get('/ok') + get('/created', 'HEAD') + get('/nothing') + get('/ok')],
  ['a request behind an answer that closes', get('/close') + get('/ok')],
  ['Connection: close', `GET /ok HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
  ['HTTP/1.0', 'GET /ok HTTP/1.0\r\n\r\n'],
  ['HTTP/1.0 with keep-alive', 'GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'],
];

function get(path: string, method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
}

describe('an answer sent in one piece', () => {
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) server.closeAllConnections();
    return Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  });

  async function serve(listener: RequestListener, ServerResponse?: ReturnType<typeof wholeResponses>): Promise<number> {
    const options = { keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS, ...(ServerResponse && { ServerResponse }) };
    const server = createServer(options, listener).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  /** Everything a server sends to a client that sends this and then closes its side. */
  async function bytesOf(port: number, request: string): Promise<string> {
    const socket = net.connect(port, '127.0.0.1');
    let received = '';
    socket.setEncoding('latin1').on('data', (text) => {
      received += text;
    });
    socket.end(request);
    await once(socket, 'close');
    return received;
  }

  /** The lines of each head sorted, since Node writes Date in another place, and the time is not compared. */
  function comparable(received: string): string {
    return received
      .replace(/Date: [^\r]+/g, 'Date: now')
      .split('\r\n\r\n')
      .map((part) => part.split('\r\n').sort().join('\n'))
      .join('\n\n');
  }

  for (const [name, request] of REQUESTS) {
    it(`is what Node's own way sends: ${name}`, async () => {
      const whole = await serve((incoming, response) => {
        const [status, headers, body] = ANSWERS[incoming.url ?? ''] ?? [404, [], ''];
        if (!(response instanceof WholeResponse)) throw new TypeError('not the class that was asked for');
        expect(response.canSendWhole).to.equal(true);
        response.sendWhole(status, headers, body);
        expect(response.canSendWhole).to.equal(false);
        expect(response.headersSent).to.equal(true);
      }, wholeResponses(KEEP_ALIVE_TIMEOUT_MS));
      const original = await serve((incoming, response) => {
        const [status, headers, body] = ANSWERS[incoming.url ?? ''] ?? [404, [], ''];
        response.writeHead(status, [...headers]).end(body);
      });
      const [sent, expected] = await Promise.all([bytesOf(whole, request), bytesOf(original, request)]);
      expect(sent)
        .to.match(/^HTTP\/1\.1 \d{3} [A-Za-z ]+\r\n/)
        .and.match(/\r\nDate: .{29}\r\n/);
      expect(comparable(sent).replace('599 Unknown', '599 unknown')).to.equal(comparable(expected));
    });
  }

  it('refuses a value that would end its header, before anything is sent', async () => {
    const port = await serve((_incoming, response) => {
      if (!(response instanceof WholeResponse)) throw new TypeError('not the class that was asked for');
      const split = () => response.sendWhole(200, ['X-Words', 'a\r\nSet-Cookie: b'], '');
      expect(split).to.throw(TypeError, 'X-Words');
      response.sendWhole(500, ['Content-Length', '0'], '');
    }, wholeResponses(KEEP_ALIVE_TIMEOUT_MS));
    expect(await bytesOf(port, get('/'))).to.match(/^HTTP\/1\.1 500 Internal Server Error\r\n/);
  });

  it('writes the date as HTTP does, and looks at the clock each time', () => {
    let nowMs = Date.UTC(1994, 10, 6, 8, 49, 37, 999);
    const date = createHttpDate(() => nowMs);
    expect(date()).to.equal('Sun, 06 Nov 1994 08:49:37 GMT');
    nowMs += 1;
    expect(date()).to.equal('Sun, 06 Nov 1994 08:49:38 GMT');
  });
});
