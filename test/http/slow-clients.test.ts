import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import type { ServerResponseOf } from '../../src/http/transport/connections.js';
import { createHttpServer, type HttpServer } from '../../src/http/transport/server.js';
import type { SlowClientLimits } from '../../src/http/transport/slow-clients.js';
import { talk } from '../support/http.js';

const MIB = 1024 * 1024;
const BODY_LIMIT = 64 * MIB;
/** More than the kernel buffers for a client that does not read. */
const LARGE = Buffer.alloc(16 * MIB, 'x');
const POLITE = 'GET /polite HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n';

const postHead = (length: number) => `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\n`;

/** A client that keeps what it has read, and shows how it ended. */
interface Client {
  readonly socket: net.Socket;
  readonly text: () => string;
  readonly isOpen: () => boolean;
}

describe('slow clients', () => {
  let server: HttpServer;
  let port: number;
  let clients: Client[];
  const count = (fits: (client: Client) => boolean) => clients.filter(fits).length;

  beforeEach(() => {
    clients = [];
  });
  afterEach(async () => {
    for (const { socket } of clients) socket.destroy();
    await server.drain({ graceMs: 0, deadlineMs: 0 });
  });

  async function serve(limits: Partial<SlowClientLimits>): Promise<void> {
    server = createHttpServer({
      handler: respond,
      requestTimeoutMs: 60_000,
      limits: { headMs: 20_000, ...limits },
    });
    ({ port } = await server.listen({ port: 0, host: '127.0.0.1' }));
  }

  /** `/large` sends a large body; other paths the number of received bytes. */
  function respond({ url }: { url?: string | undefined }, response: ServerResponseOf): void {
    const { rejection } = response.req;
    if (rejection) {
      response.send(rejection.reply.status, ['Connection', 'close'], rejection.message);
    } else if (url === '/large') response.send(200, [], LARGE);
    else {
      response.req.collect(BODY_LIMIT).then(
        (body) => response.send(200, [], `<${body?.length}>`),
        (error: Error) => !response.destroyed && response.send(408, ['Connection', 'close'], error.message),
      );
    }
  }

  async function connect(reads = true): Promise<Client> {
    const socket = net.connect(port, '127.0.0.1');
    let text = '';
    let isOpen = true;
    socket.on('error', () => {});
    socket.on('close', () => {
      isOpen = false;
    });
    if (reads) {
      socket.on('data', (bytes) => {
        if (text.length < 10_000) text += bytes.toString('latin1');
      });
    }
    await once(socket, 'connect');
    const client = { socket, text: () => text, isOpen: () => isOpen };
    clients.push(client);
    return client;
  }

  async function flood(size: number, sent: string, reads = true): Promise<void> {
    for (let at = 0; at < size; at += 1) (await connect(reads)).socket.write(sent);
  }

  async function untilTrue(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) await delay(20);
  }

  for (const [what, bytes] of [
    ['bodies', `${postHead(1000)}x`],
    ['heads', 'GET / HTTP/1.1\r\nHos'],
  ] as const) {
    it(`${what} that are being received are limited in number; the slowest are closed with 408, and no others are affected`, async () => {
      await serve({ receiving: 32 });
      await flood(100, bytes);
      const steady = await connect();
      // More than the others with its head: until it has sent more than they have, it is not faster.
      let sent = MIB / 16;
      steady.socket.write(Buffer.concat([Buffer.from(postHead(MIB)), Buffer.alloc(sent)]));
      const timer = setInterval(() => {
        if (sent + 4096 >= MIB) return;
        sent += 4096;
        steady.socket.write(Buffer.alloc(4096));
      }, 20);
      try {
        await untilTrue(() => count(({ isOpen, text }) => !isOpen() && text().startsWith('HTTP/1.1 408 ')) >= 69);
        expect(await talk(port, POLITE)).to.match(/^HTTP\/1\.1 200 /);
        // Later ones do not either.
        await flood(40, bytes);
        await untilTrue(() => count(({ isOpen }) => isOpen()) <= 33);
        expect(steady.isOpen()).to.equal(true);
      } finally {
        clearInterval(timer);
      }
      steady.socket.write(Buffer.alloc(MIB - sent));
      await untilTrue(() => steady.text().includes(`<${MIB}>`));
      expect(steady.text()).to.match(/^HTTP\/1\.1 200 /);
    });
  }

  it('idle connections are closed beyond a number of open ones, the longest idle first, and no busy one', async () => {
    await serve({ connections: 16 });
    const busy = await connect();
    busy.socket.write(`${postHead(2)}x`);
    const request = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
    await flood(8, request);
    const early = clients.slice(1);
    const used = await connect();
    for (let at = 1; at <= 40; at += 1) {
      await flood(1, request);
      used.socket.write(request);
      await untilTrue(() => clients.at(-1)?.text() !== '' && used.text().split('HTTP/1.1 200 ').length > at);
    }
    await untilTrue(() => count(({ isOpen }) => isOpen()) <= 16);
    expect(early.filter(({ isOpen }) => isOpen())).to.deep.equal([]);
    for (const { text } of clients.slice(1)) expect(text()).to.match(/^HTTP\/1\.1 200 /);
    expect(used.isOpen()).to.equal(true);
    busy.socket.write('x');
    await untilTrue(() => busy.text().includes('<2>'));
  });

  it('bodies in memory are limited in bytes, over all connections; the slowest are closed first', async () => {
    await serve({ bodyBytes: 8 * MIB });
    // Eight fit, also when they are complete; nine do not.
    const part = 'x'.repeat(940 * 1024);
    const isServed = ({ text }: Client) => text().includes(`<${MIB}>`);
    // Just large enough to be closed: all others are faster.
    await flood(4, `${postHead(MIB)}${part.slice(0, 20 * 1024)}`);
    await flood(20, `${postHead(MIB)}${part}`);
    await untilTrue(() => count(({ isOpen, text }) => !isOpen() && text().startsWith('HTTP/1.1 408 ')) >= 16);
    expect(clients.slice(0, 4).every(({ isOpen }) => !isOpen())).to.equal(true);
    // The others fit, and can be finished.
    for (const { socket, isOpen } of clients) if (isOpen()) socket.write('x'.repeat(MIB - part.length));
    await untilTrue(() => clients.every((client) => !client.isOpen() || isServed(client)));
    expect(count(isServed)).to.be.within(7, 8);
    expect(await talk(port, POLITE)).to.match(/^HTTP\/1\.1 200 /);
  });

  it('bodies count until the response is complete, and no longer', async () => {
    await serve({ bodyBytes: 2 * MIB });
    for (let round = 0; round < 8; round += 1) {
      const client = await connect();
      client.socket.write(`${postHead(MIB)}${'x'.repeat(MIB)}`);
      await untilTrue(() => client.text().includes(`<${MIB}>`));
    }
  });

  it('unread response bytes are limited over all connections; clients that read are served completely', async () => {
    await serve({ unreadBytes: 40 * MIB });
    await flood(12, 'GET /large HTTP/1.1\r\nHost: a\r\n\r\n', false);
    const reader = await connect();
    let read = 0;
    reader.socket.on('data', ({ length }) => {
      read += length;
    });
    reader.socket.write('GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await untilTrue(() => !reader.isOpen());
    expect(read).to.be.above(LARGE.length);
    await untilTrue(() => server.connectionCount <= 4);
    expect(await talk(port, POLITE)).to.match(/^HTTP\/1\.1 200 /);
  });

  it('a client that does not read is disconnected after its time limit, not twice that', async () => {
    await serve({ unreadMs: 2000 });
    const tookMs: number[] = [];
    // The fastest counts: a stall makes it longer.
    for (let round = 0; round < 3 && !tookMs.some((ms) => ms < 3900); round += 1) {
      await flood(1, 'GET /large HTTP/1.1\r\nHost: a\r\n\r\n', false);
      const beganMs = performance.now();
      await untilTrue(() => server.connectionCount === 0);
      tookMs.push(performance.now() - beganMs);
    }
    expect(Math.min(...tookMs)).to.be.within(1900, 3900);
  });

  it('a client that reads slowly is not disconnected', async () => {
    await serve({ unreadMs: 3000 });
    const slow = await connect(false);
    slow.socket.write('GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    let read = 0;
    slow.socket.on('data', ({ length }) => {
      read += length;
      slow.socket.pause();
      // Longer in all than a client may read nothing.
      setTimeout(() => slow.socket.resume(), 20);
    });
    await untilTrue(() => !slow.isOpen());
    expect(read).to.be.above(LARGE.length);
  });

  it('an idle connection ends after its time, without a reset; one whose head has begun gets the time of a head', async () => {
    await serve({ keepAliveMs: 3000, headMs: 1200 });
    const idle = await connect();
    const late = await connect();
    for (const { socket } of [idle, late]) socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    await untilTrue(() => idle.text().includes('<0>') && late.text().includes('<0>'));
    late.socket.write('GET / HT');
    await untilTrue(() => !idle.isOpen() && !late.isOpen());
    expect(idle.text())
      .to.match(/^Keep-Alive: timeout=3\r$/m)
      .and.not.include('408');
    expect(late.text()).to.include('HTTP/1.1 408 ');
  });
});
