import { connect } from 'node:net';
import { expect } from 'chai';
import { admission } from '../../src/http/middleware/admission.js';
import type { RequestContext } from '../../src/http/middleware/request-context.js';
import { AdmissionQueue } from '../../src/http/transport/admission-queue.js';
import { createHttpServer } from '../../src/http/transport/server.js';
import { openConnection } from '../support/http.js';
import { serveWith, stopServing } from './middleware/serve.js';

describe('the queue of requests that wait to begin', () => {
  let nowMs: number;
  let queue: AdmissionQueue;
  let begun: string[];
  let late: string[];

  beforeEach(() => {
    nowMs = 0;
    begun = [];
    late = [];
    queue = new AdmissionQueue({ minQueueLength: 4, maxQueueDelayMs: 200, sliceMs: 10, now: () => nowMs });
  });

  /** Requests of one event loop turn. */
  function arrive(name: string, requests: number, eachMs: number): void {
    for (let at = 0; at < requests; at += 1) {
      queue.enqueue((isLate) => {
        (isLate ? late : begun).push(`${name}${at}`);
        if (!isLate) nowMs += eachMs;
      });
    }
  }

  const turn = () => new Promise(setImmediate);
  async function untilAll(count: number): Promise<void> {
    while (begun.length + late.length < count) await turn();
  }
  const numbered = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}${at}`);

  it('begins at the end of the turn what fits into a slice, and the rest in later turns, in order', async () => {
    arrive('a', 30, 1);
    expect(begun, 'everything that has arrived is read first').to.have.length(0);
    await turn();
    expect(begun).to.have.length(11);
    arrive('b', 2, 1);
    while (begun.length === 11) await turn();
    // Two at a time, as many as take a quarter of a slice.
    expect(begun).to.have.length(23);
    await untilAll(32);
    expect(begun).to.deep.equal([...numbered('a', 30), ...numbered('b', 2)]);
  });

  it('begins quick requests together, and slow ones one at a time', async () => {
    const groups = async (requests: number, eachMs: number) => {
      const sizes: number[] = [];
      let size = 0;
      for (let at = 0; at < requests; at += 1) {
        queue.enqueue(() => {
          // Only the first of a group has a callback that runs before the others end.
          if (size === 0) process.nextTick(() => (size = sizes.push(size) && 0));
          size += 1;
          nowMs += eachMs;
        });
      }
      while (sizes.reduce((sum, of) => sum + of, 0) < requests) await turn();
      return sizes;
    };
    expect(await groups(100, 0.01)).to.deep.equal([1, 2, 4, 8, 16, 16, 16, 16, 16, 5]);
    // Only their time tells that they are slow.
    expect(await groups(20, 50)).to.deep.equal([16, 1, 1, 1, 1]);
  });

  it('finds late what waited too long, when its turn comes, and only if the queue is not short', async () => {
    arrive('a', 31, 1);
    nowMs += 200;
    await untilAll(31);
    // The last four are within the minimum length.
    expect(late).to.deep.equal(numbered('a', 27));
    expect(begun).to.have.length(4);
  });

  it('needs no recovery: the first request after a flood does not wait', async () => {
    arrive('a', 31, 50);
    await untilAll(31);
    arrive('b', 1, 1);
    await untilAll(32);
    expect(begun).to.include('b0');
  });

  it('finds nothing late in a short queue, however long it takes', async () => {
    for (let turns = 1; turns <= 10; turns += 1) {
      arrive(`turn ${turns}-`, 4, 1000);
      await untilAll(4 * turns);
    }
    expect(begun).to.have.length(40);
  });

  it('lets new connections in between full slices', async () => {
    const CONNECTIONS = 40;
    queue = new AdmissionQueue();
    const server = createHttpServer({
      queue,
      handler: () => expect.fail('no request was sent'),
      requestTimeoutMs: 9000,
    });
    const { port } = await server.listen({ host: '127.0.0.1', port: 0 });
    const clients = Array.from({ length: CONNECTIONS }, () => connect(port, '127.0.0.1'));
    try {
      let slices = 0;
      let isLoaded = true;
      const work = () => {
        for (const endMs = performance.now() + 10; performance.now() < endMs; );
        slices += 1;
        if (isLoaded) queue.enqueue(work);
      };
      queue.enqueue(work);
      while (server.connectionCount < CONNECTIONS) await turn();
      isLoaded = false;
      expect(slices, 'connections accepted by turns of slices alone').to.be.below(CONNECTIONS / 2);
    } finally {
      for (const socket of clients) socket.destroy();
      await server.drain({ graceMs: 0, deadlineMs: 1000 });
    }
  });

  it('says how long each has waited', async () => {
    let waited: number | null = null;
    queue.enqueue((_isLate, waitedMs) => (waited = waitedMs));
    nowMs += 7;
    await turn();
    expect(waited).to.equal(7);
  });

  describe('if a client leaves while its request waits', () => {
    after(stopServing);

    it('the request does not run, and the log gets its client, stage and time', async () => {
      const held: (() => void)[] = [];
      class HeldQueue extends AdmissionQueue {
        override enqueue(begin: (isLate: boolean, waitedMs: number) => void): void {
          held.push(() => begin(false, 5));
        }
      }
      const heldQueue = new HeldQueue();
      const calls: RequestContext[] = [];
      const { port, server } = await serveWith(
        { queue: heldQueue },
        ({ call }, next) => {
          calls.push(call);
          return next();
        },
        admission({ maxConcurrency: 1, exempt: new Set(), queue: heldQueue, onShed: () => {} }),
        () => expect.fail('it ran'),
      );
      const connection = await openConnection(port);
      connection.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
      while (held.length === 0) await turn();
      connection.socket.resetAndDestroy();
      while (server.connectionCount > 0) await turn();
      held[0]?.();
      while (calls[0]?.status !== 499) await turn();
      const [call] = calls;
      expect(call.stage).to.equal('waiting');
      expect(call.client).to.equal('127.0.0.1');
      expect(performance.now() - call.startedAt).to.be.at.least(5);
    });
  });
});
