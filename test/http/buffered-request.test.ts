import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { BufferedRequest } from '../../src/http/transport/buffered-request.js';

const LIMIT_BYTES = 1_000_000;

/** The body of one request, or its error. */
type Outcome = string | null | Error;

describe('a request whose body is buffered', () => {
  let server: Server;
  let client: Socket;
  let outcomes: Promise<Outcome>[];
  /** How the server reads the next requests. */
  let read: (request: BufferedRequest) => Promise<Outcome>;

  const collect = (request: BufferedRequest) =>
    request.collect(LIMIT_BYTES).then(
      (body) => body?.toString('latin1') ?? null,
      (error: Error) => error,
    );

  beforeEach(async () => {
    outcomes = [];
    read = collect;
    server = createServer({ IncomingMessage: BufferedRequest }, (request: IncomingMessage, response) => {
      if (!(request instanceof BufferedRequest)) throw new TypeError('not the class that was asked for');
      const outcome = read(request);
      outcomes.push(outcome);
      void outcome.then((body) => response.end(typeof body === 'string' ? String(body.length) : 'none'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    client = net.connect((server.address() as AddressInfo).port, '127.0.0.1').setEncoding('latin1');
    await once(client, 'connect');
  });
  afterEach(() => {
    client.destroy();
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });

  /** Reads until this number of responses has arrived. */
  async function replies(count: number): Promise<readonly string[]> {
    let received = '';
    const bodies = () => Array.from(received.matchAll(/\r\n\r\n([0-9]+|none)/g), ([, body = '']) => body);
    while (bodies().length < count) received += (await once(client, 'data'))[0];
    return bodies();
  }

  const post = (body: string, more = '') =>
    `POST / HTTP/1.1\r\nHost: a\r\n${more}Content-Length: ${body.length}\r\n\r\n${body}`;

  it('holds many chunks of one byte in few pieces', async () => {
    const body = 'abcdefghij'.repeat(6000);
    let pieces = 0;
    read = async (request) => {
      while (request.receivedBytes < body.length) await new Promise(setImmediate);
      // biome-ignore lint/complexity/useLiteralKeys: private
      pieces = request['pieces'].length;
      return collect(request);
    };
    const chunks = body.replace(/./g, '1\r\n$&\r\n');
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`);
    await replies(1);
    expect(await outcomes[0]).to.equal(body);
    expect(pieces).to.be.within(1, 1000);
  });

  it('rests between reads of many chunks, so that many such bodies take no more of a turn than one', async () => {
    const CONNECTIONS = 8;
    const chunks = '1\r\na\r\n'.repeat(100_000);
    let turns = 0;
    let receivedBytes = 0;
    const bodies: BufferedRequest[] = [];
    read = (request) => {
      bodies.push(request);
      return collect(request);
    };
    const clients = Array.from({ length: CONNECTIONS }, () =>
      net.connect((server.address() as AddressInfo).port, '127.0.0.1').resume(),
    );
    for (const each of clients) {
      each.write(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`);
    }
    while (receivedBytes < CONNECTIONS * 100_000) {
      await new Promise(setImmediate);
      const before = receivedBytes;
      receivedBytes = bodies.reduce((sum, body) => sum + body.receivedBytes, 0);
      if (receivedBytes > before) turns += 1;
    }
    for (const each of clients) each.destroy();
    expect((await Promise.all(outcomes)).map((body) => String(body).length)).to.deep.equal(
      Array.from({ length: CONNECTIONS }, () => 100_000),
    );
    // 64 KiB of each in every turn would be ten turns.
    expect(turns).to.be.above(4 * CONNECTIONS);
  });

  it('returns a body that came with the head, one in pieces, an empty one and none at all', async () => {
    const chunked = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n';
    client.write(`${post('hello')}${chunked}${post('')}GET / HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect(await replies(4)).to.deep.equal(['5', '5', '0', '0']);
    expect(await Promise.all(outcomes)).to.deep.equal(['hello', 'abcde', '', '']);
  });

  it('returns a body much larger than what is read ahead, to a late reader', async () => {
    const body = 'x'.repeat(900_000);
    let start = () => {};
    const started = new Promise<void>((resolve) => {
      start = resolve;
    });
    read = (request) => started.then(() => collect(request));
    client.write(post(body));
    await once(server, 'request');
    // The server stops reading: most of the body stays with the client until it is requested.
    const { bytesWritten } = client;
    expect(bytesWritten).to.be.lessThan(body.length + 100);
    start();
    expect(await replies(1)).to.deep.equal(['900000']);
    expect(await outcomes[0]).to.equal(body);
  });

  it('returns null for a body that is too large, by its head or by its pieces, and reads what follows it', async () => {
    const large = 'x'.repeat(LIMIT_BYTES + 1);
    client.write(post(large));
    expect(await replies(1)).to.deep.equal(['none']);
    const size = large.length.toString(16);
    client.write(`POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${size}\r\n${large}\r\n0\r\n\r\n`);
    expect(await replies(1)).to.deep.equal(['none']);
    client.write(post('small'));
    expect(await replies(1)).to.deep.equal(['5']);
    expect(await Promise.all(outcomes)).to.deep.equal([null, null, 'small']);
  });

  it('discards a body that is not read', async () => {
    read = () => Promise.resolve(null);
    client.write(post('x'.repeat(300_000)));
    expect(await replies(1)).to.deep.equal(['none']);
    read = collect;
    client.write(post('next'));
    expect(await replies(1)).to.deep.equal(['4']);
  });

  it('rejects if the client disconnects during the body, even with a late reader', async () => {
    const early = collect;
    let late: BufferedRequest | undefined;
    read = (request) => {
      late = request;
      return early(request);
    };
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf');
    await once(server, 'request');
    client.destroy();
    expect(await outcomes[0]).to.be.an('error');
    expect(await (late && collect(late))).to.be.an('error');
  });

  it('rejects with the error it is given, before and after the reader comes', async () => {
    const failure = new Error('a bad chunk');
    read = (request) => {
      const outcome = collect(request);
      request.fail(failure);
      return outcome;
    };
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf');
    await once(server, 'request');
    expect(await outcomes[0]).to.equal(failure);
    client.write('-more');
    read = (request) => {
      request.fail(failure);
      return collect(request);
    };
    client.write('POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nhalf');
    await once(server, 'request');
    expect(await outcomes[1]).to.equal(failure);
  });

  it('is a stream if read as one, from the first piece on', async () => {
    const body = 'y'.repeat(200_000);
    read = (request) => text(request);
    client.write(post(body));
    expect(await replies(1)).to.deep.equal(['200000']);
    // Also if the pieces arrived before the reader, and without any.
    read = (request) => new Promise((resolve) => setImmediate(() => resolve(text(request))));
    client.write(post('early') + post(''));
    expect(await replies(2)).to.deep.equal(['5', '0']);
    expect(await Promise.all(outcomes)).to.deep.equal([body, 'early', '']);
  });

  it('sends 100 Continue if the client waits for it', async () => {
    server.on('checkContinue', (request, response) => {
      request.once('resume', () => response.writeContinue());
      server.emit('request', request, response);
    });
    client.write('POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n');
    const [asked] = await once(client, 'data');
    expect(asked).to.match(/^HTTP\/1\.1 100 Continue/);
    client.write('hello');
    expect(await replies(1)).to.deep.equal(['5']);
  });
});
