import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { expect } from 'chai';
import { checkHeader, httpDate, SingleWriteResponse } from '../../src/http/transport/single-write-response.js';

const KEEP_ALIVE_TIMEOUT_MS = 7_000;

/** Each response by path: status, headers, body. */
const RESPONSES: Readonly<Record<string, readonly [status: number, headers: readonly string[], body: string]>> = {
  '/ok': [200, ['Content-Type', 'text/plain', 'Content-Length', '5'], 'hello'],
  '/empty': [200, ['Content-Length', '0'], ''],
  '/created': [201, ['Location', 'http://localhost/x', 'ETag', '"0"', 'Content-Length', '2'], '{}'],
  '/nothing': [204, [], ''],
  '/known': [304, ['ETag', '"3"'], ''],
  '/close': [503, ['Connection', 'close', 'Content-Length', '4'], 'busy'],
  '/odd': [599, ['X-Words', 'with\ttab and \xfc', 'Content-Length', '0'], ''],
};

/** Requests of one connection, with their descriptions. */
const REQUESTS: readonly [name: string, bytes: string][] = [
  ['one request', get('/ok')],
  ['an empty body', get('/empty')],
  ['several headers', get('/created')],
  ['204, which has no body', get('/nothing')],
  ['304, which has no body', get('/known')],
  ['HEAD, which has the headers alone', get('/ok', 'HEAD')],
  ['a status without a name, a value beyond ASCII', get('/odd')],
  ['pipelined requests', get('/ok') + get('/created', 'HEAD') + get('/nothing') + get('/ok')],
  ['a request after a response that closes', get('/close') + get('/ok')],
  ['Connection: close', `GET /ok HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`],
  ['HTTP/1.0', 'GET /ok HTTP/1.0\r\n\r\n'],
  ['HTTP/1.0 with keep-alive', 'GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'],
];

function get(path: string, method = 'GET'): string {
  return `${method} ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
}

describe('a response sent in one write', () => {
  const servers: Server[] = [];
  after(() => {
    for (const server of servers) server.closeAllConnections();
    return Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  });

  async function serve(listener: RequestListener, ServerResponse?: typeof SingleWriteResponse): Promise<number> {
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

  /** The sorted lines of each head, because Node writes Date in another place, without the time. */
  function comparable(received: string): string {
    return received
      .replace(/Date: [^\r]+/g, 'Date: now')
      .split('\r\n\r\n')
      .map((part) => part.split('\r\n').sort().join('\n'))
      .join('\n\n');
  }

  for (const [name, request] of REQUESTS) {
    it(`is what Node's own code sends: ${name}`, async () => {
      const whole = await serve((incoming, response) => {
        const [status, headers, body] = RESPONSES[incoming.url ?? ''] ?? [404, [], ''];
        if (!(response instanceof SingleWriteResponse)) throw new TypeError('not the class that was asked for');
        expect(response.canSend).to.equal(true);
        response.send(status, headers, body);
        expect(response.canSend).to.equal(false);
        expect(response.headersSent).to.equal(true);
      }, SingleWriteResponse);
      const original = await serve((incoming, response) => {
        const [status, headers, body] = RESPONSES[incoming.url ?? ''] ?? [404, [], ''];
        response.writeHead(status, [...headers]).end(body);
      });
      const [sent, expected] = await Promise.all([bytesOf(whole, request), bytesOf(original, request)]);
      expect(sent)
        .to.match(/^HTTP\/1\.1 \d{3} [A-Za-z ]+\r\n/)
        .and.match(/\r\nDate: .{29}\r\n/);
      expect(comparable(sent)).to.equal(comparable(expected));
    });
  }

  /** The lines sent for these headers and this body. */
  async function linesOf(
    status: number,
    headers: readonly string[],
    body: string | Buffer,
    request = get('/'),
  ): Promise<string[]> {
    const port = await serve((_incoming, response) => {
      if (response instanceof SingleWriteResponse) response.send(status, headers, body);
    }, SingleWriteResponse);
    return (await bytesOf(port, request)).split('\r\n');
  }

  for (const status of [204, 205, 304]) {
    it(`${status} has no body, whatever it is given`, async () => {
      const lines = await linesOf(
        status,
        ['Content-Type', 'text/plain', 'Content-Length', '5', 'ETag', '"1"'],
        'hello',
      );
      expect(lines.slice(-2)).to.deep.equal(['', '']);
      expect(lines).to.include('ETag: "1"').and.not.include('Content-Type: text/plain').and.not.include('hello');
      expect(lines.filter((line) => /^content-length/i.test(line))).to.deep.equal(
        status === 205 ? ['Content-Length: 0'] : [],
      );
    });
  }

  it('has a length, whatever its headers say, and accepts names in any case', async () => {
    const headers = ['transfer-encoding', 'chunked', 'trailer', 'X', 'CONNECTION', 'close', 'date', 'now'];
    const lines = await linesOf(200, headers, 'höllo');
    expect(lines).to.include.members(['Content-Length: 6', 'Connection: close', 'date: now']);
    expect(lines.join('\n')).to.not.match(/transfer-encoding|trailer|keep-alive/i);
    expect(lines.filter((line) => /^date:/i.test(line))).to.have.length(1);
    expect(Buffer.from(lines.at(-1) ?? '', 'latin1').toString()).to.equal('höllo');
  });

  it('sends large bodies whole, of text beyond ASCII and of bytes, and not to HEAD', async () => {
    const large = 'ä'.repeat(300_000);
    for (const body of [large, Buffer.from(large)]) {
      const text = Buffer.from((await linesOf(200, [], body)).at(-1) ?? '', 'latin1').toString();
      expect(text === large).to.equal(true);
      const lines = await linesOf(200, [], body, get('/', 'HEAD'));
      expect(lines).to.include('Content-Length: 600000');
      expect(lines.at(-1)).to.equal('');
    }
    expect((await linesOf(200, [], Buffer.alloc(0))).slice(-2)).to.deep.equal(['', '']);
  });

  it('is not used if a header was set another way', async () => {
    const port = await serve((_incoming, response) => {
      response.setHeader('X-Set', '1');
      if (response instanceof SingleWriteResponse) response.end(String(response.canSend));
    }, SingleWriteResponse);
    expect(await bytesOf(port, get('/'))).to.match(/X-Set: 1\r\n.*false/s);
  });

  it('rejects a value that would end its header', () => {
    expect(() => checkHeader('X-Words', 'a\r\nSet-Cookie: b')).to.throw(TypeError, 'X-Words');
    expect(() => checkHeader('X-Words', 'a\nb')).to.throw(TypeError, 'X-Words');
    checkHeader('X-Words', 'a\tb');
  });

  it('has an HTTP date', () => {
    const before = Math.floor(Date.now() / 1000);
    const date = httpDate();
    expect(date).to.match(/^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT$/);
    expect(Date.parse(date) / 1000).to.be.within(before, Math.ceil(Date.now() / 1000));
  });
});
