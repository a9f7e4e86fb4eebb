import { expect } from 'chai';
import { admission } from '../../../src/http/middleware/admission.js';
import { AdmissionQueue } from '../../../src/http/transport/admission-queue.js';
import { BufferedRequest } from '../../../src/http/transport/buffered-request.js';
import { openConnection, type Problem, talk } from '../../support/http.js';
import { serve, serveWith, stopServing } from './serve.js';

describe('admission', () => {
  afterEach(stopServing);

  /** One request may be in flight, and none is shed. */
  const oneInFlight = (exempt: readonly string[] = []) =>
    admission({
      maxConcurrency: 1,
      exempt: new Set(exempt),
      queue: new AdmissionQueue(),
      onShed: () => expect.fail('nothing is shed'),
    });

  it('holds a request until one in flight ends, and lets probes pass', async () => {
    const waiting: (() => void)[] = [];
    let arrived: () => void = () => {};
    const client = await serve(
      async ({ call }, next) => {
        call.route = call.path;
        await next();
      },
      oneInFlight(['/probe']),
      async (ctx) => {
        ctx.reply = { status: 200, body: ctx.call.phase };
        if (ctx.call.route === '/probe') return;
        arrived();
        await new Promise<void>((resolve) => waiting.push(resolve));
      },
    );
    const next = () => new Promise<void>((resolve) => (arrived = resolve));
    const began = next();
    const first = client.get('/first');
    await began;
    const second = client.get('/second');
    expect((await client.get('/probe')).status).to.equal(200);
    expect(waiting).to.have.length(1);
    const secondBegan = next();
    waiting[0]?.();
    await secondBegan;
    waiting[1]?.();
    expect([(await first).status, (await second).text]).to.deep.equal([200, 'waiting']);
  });

  it('sheds with 503 a request that waited too long for one in flight', async () => {
    let shed = 0;
    let release: () => void = () => {};
    const client = await serve(
      admission({ maxConcurrency: 1, exempt: new Set(), queue: new AdmissionQueue(), onShed: () => (shed += 1) }),
      async (ctx) => {
        ctx.reply = { status: 200 };
        await new Promise<void>((resolve) => (release = resolve));
      },
    );
    const first = client.get('/');
    const late = await client.get('/');
    expect([late.status, late.json<Problem>().code, shed]).to.deep.equal([503, 'overloaded', 1]);
    release();
    expect((await first).status).to.equal(200);
  });

  it('does not count a request that waits for an event', async () => {
    let release: () => void = () => {};
    const event = new Promise<void>((resolve) => (release = resolve));
    const client = await serve(oneInFlight(), async (ctx) => {
      ctx.reply = { status: 200 };
      if (ctx.call.path === '/waits') await ctx.call.idle(event);
    });
    const waits = client.get('/waits');
    expect((await client.get('/')).status).to.equal(200);
    release();
    expect((await waits).status).to.equal(200);
  });

  it('queues a request again whose body arrived after its head', async () => {
    let receiving: () => void = () => {};
    const isReceiving = new Promise<void>((resolve) => (receiving = resolve));
    const client = await serve(
      async ({ req }, next) => {
        expect(req).to.be.instanceOf(BufferedRequest);
        if (req instanceof BufferedRequest) {
          const whole = req.collect(100);
          receiving();
          await whole;
        }
        await next();
      },
      // Whatever waits in this queue is late.
      admission({
        maxConcurrency: 1,
        exempt: new Set(),
        queue: new AdmissionQueue({ minQueueLength: 0, maxQueueDelayMs: 0 }),
        onShed: () => {},
      }),
      async (ctx) => {
        ctx.reply = { status: 200 };
      },
    );
    const head = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n';
    const connection = await openConnection(client.port);
    connection.write(head);
    await isReceiving;
    connection.write('{}');
    await connection.ended;
    expect(connection.text(), 'in two parts').to.match(/^HTTP\/1\.1 503 /);
    expect(await talk(client.port, `${head}{}`), 'at once').to.match(/^HTTP\/1\.1 200 /);
  });

  it('lets other requests begin between two with large bodies', async () => {
    const begun: string[] = [];
    const received: BufferedRequest[] = [];
    const queue = new AdmissionQueue();
    const { port } = await serveWith(
      { queue },
      async ({ req }, next) => {
        if (!(req instanceof BufferedRequest)) throw new TypeError('not the class of the server');
        received.push(req);
        await req.collect(200_000);
        await next();
      },
      admission({ maxConcurrency: 16, exempt: new Set(), queue, onShed: () => {} }),
      async (ctx) => {
        begun.push(ctx.call.path);
        // Longer than a slice.
        for (const endMs = performance.now() + 20; ctx.call.path !== '/small' && performance.now() < endMs; );
        ctx.reply = { status: 200 };
      },
    );
    const [small, packed, ...large] = await Promise.all(Array.from({ length: 6 }, () => openConnection(port)));
    const head = (path: string, length: number, more = '') =>
      `POST ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: ${length}\r\n${more}\r\n`;
    const most = 'x'.repeat(99_999);
    for (const { write } of large) write(head('/large', 1 + most.length) + most);
    // A compressed body counts as large.
    packed?.write(`${head('/packed', 2, 'Content-Encoding: gzip\r\n')}x`);
    while (received.reduce((sum, { receivedBytes }) => sum + receivedBytes, 0) < 1 + large.length * most.length) {
      await new Promise(setImmediate);
    }
    // The rest of each, and another request, arrive together.
    for (const connection of [...large, packed]) connection?.write('x');
    small?.write(head('/small', 0));
    await Promise.all([small, packed, ...large].map((connection) => connection?.ended));
    expect(begun).to.have.length(6);
    expect(begun.indexOf('/small'), begun.join(' ')).to.be.below(3);
  });
});
