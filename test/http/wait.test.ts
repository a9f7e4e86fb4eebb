import { expect } from 'chai';
import type { Stored } from '../../src/app.js';
import { type PaymentColumn, payments, resources } from '../../src/payments/resource.js';
import { type FollowedStore, followed } from '../../src/store/follow.js';
import { openStore } from '../../src/store/open-store.js';
import { type ServedApp, serveApp } from '../support/app.js';
import { freshId, paymentBody, startChecked } from '../support/checked-service.js';
import { configFrom } from '../support/config.js';
import { createDatabase, DATABASES, type TestDatabase } from '../support/databases.js';
import { createClient, type HttpClient, openConnection, type Reply } from '../support/http.js';

interface Changes {
  readonly data: readonly { readonly position: string; readonly payment: { readonly id: string } }[];
  readonly links: { readonly next: string };
}

const idsOf = (reply: Reply): string[] => {
  expect(reply.status, reply.text).to.equal(200);
  return reply.json<Changes & Record<string, unknown>>().data.map(({ payment }) => payment.id);
};
const nextOf = (page: Reply): string => {
  const { next } = page.json<Changes & Record<string, unknown>>().links;
  return next.slice(next.indexOf('/v1/'));
};
/** For writes of another process: the promised time from the acknowledgement to the waiting reader. */
const WAKE_LIMIT_MS = 100;

/** An application in this process whose waiting requests can be observed. */
interface Watched extends ServedApp {
  /** Resolves when this number of requests wait at the same time. */
  untilWaiting(count: number): Promise<void>;
  /** Resolves when this number of requests have begun. */
  untilBegun(count: number): Promise<void>;
}

interface WatchOptions {
  /** Whether it polls for writes of other processes. */
  readonly isPolling?: boolean;
  readonly waitersLimit?: number;
  /** Called with each page that was read, before the page is returned. */
  readonly onRead?: () => Promise<void>;
}

for (const name of DATABASES) {
  describe(`waiting for changes on ${name}`, function () {
    // Below the 30 seconds for which the requests would wait.
    this.timeout(28_000);
    let database: TestDatabase;

    beforeEach(async () => {
      database = await createDatabase(name);
    });
    afterEach(() => database.dispose());

    async function watch(flags: readonly string[] = [], options: WatchOptions = {}): Promise<Watched> {
      const { isPolling = true, waitersLimit, onRead } = options;
      const all = [...database.flags, ...flags];
      const store = await openStore(configFrom(all), resources, {});
      const rows = store.resource(payments);
      const main = followed(
        {
          ...rows,
          ...(isPolling ? {} : { lastPosition: async () => '0' }),
          async changes(request, call) {
            const changes = await rows.changes(request, call);
            await onRead?.();
            return changes;
          },
        },
        waitersLimit,
      );
      let waiting = 0;
      let begun = 0;
      const watched: FollowedStore<PaymentColumn> = {
        ...main,
        follow(request, untilMs, call) {
          begun += 1;
          return main.follow(request, untilMs, {
            deadline: call.deadline,
            get abandoned() {
              return call.abandoned;
            },
            get hasLeft() {
              return call.hasLeft === true;
            },
            pendingWrites: 0,
            async idle(event) {
              waiting += 1;
              try {
                return await (call.idle?.(event) ?? event);
              } finally {
                waiting -= 1;
              }
            },
          });
        },
      };
      const stored: Stored = { store, resource: store.resource, resources: [watched], payments: watched };
      const served = await serveApp(all, { stored });
      return {
        ...served,
        async untilWaiting(count) {
          while (waiting !== count) await new Promise(setImmediate);
        },
        async untilBegun(count) {
          while (begun < count) await new Promise(setImmediate);
        },
      };
    }

    async function create(client: HttpClient, organisation = 'organisation'): Promise<string> {
      const id = freshId();
      const reply = await client.post('/v1/payments', paymentBody({ id, organisation_id: organisation }));
      expect(reply.status).to.equal(201);
      return id;
    }

    /** Where a reader continues after a first write. Before a first wake-up no position is known, so a poll wakes all. */
    async function nextAfterWrite(app: Watched): Promise<string> {
      const page = app.client.get('/v1/changes?wait=30');
      await app.untilWaiting(1);
      await create(app.client);
      return nextOf(await page);
    }

    it('ends at once after a write of this process, without a query in between', async () => {
      const app = await watch([], { isPolling: false });
      try {
        const pages = [app.client.get('/v1/changes?wait=30'), app.client.get('/v1/changes?wait=30&size=1')];
        await app.untilWaiting(2);
        const id = await create(app.client);
        for (const page of pages) expect(idsOf(await page)).to.deep.equal([id]);
      } finally {
        await app.close();
      }
    });

    it('is ended by each of many writes of this process', async () => {
      const app = await watch([], { isPolling: false });
      try {
        const read: string[] = [];
        const written: Promise<string>[] = [];
        async function follow(target: string): Promise<void> {
          if (read.length === 40) return;
          const page = await app.client.get(target);
          read.push(...idsOf(page));
          await follow(nextOf(page));
        }
        const following = follow('/v1/changes?wait=30');
        for (let writes = 0; writes < 40; writes += 1) {
          await app.untilWaiting(1);
          // Two at once: the second comes while the first wakes the reader.
          written.push(create(app.client));
          if (writes % 2 === 0) await written.at(-1);
        }
        await following;
        expect(read).to.have.members(await Promise.all(written));
      } finally {
        await app.close();
      }
    });

    it('shares reads with all who wait for the same page', async () => {
      let reads = 0;
      const app = await watch([], {
        async onRead() {
          reads += 1;
        },
      });
      try {
        const pages = Array.from({ length: 48 }, () => app.client.get('/v1/changes?wait=30'));
        await app.untilWaiting(48);
        reads = 0;
        const id = await create(app.client);
        for (const page of pages) expect(idsOf(await page)).to.deep.equal([id]);
        expect(reads).to.be.below(24);
      } finally {
        await app.close();
      }
    });

    it('is limited in number: the longest ends early, with an empty page from which its client continues', async () => {
      const app = await watch([], { waitersLimit: 2, isPolling: false });
      try {
        const target = await nextAfterWrite(app);
        const first = app.client.get(target);
        await app.untilWaiting(1);
        const second = app.client.get(target);
        await app.untilWaiting(2);
        const third = app.client.get(target);
        const ended = await first;
        expect(idsOf(ended)).to.deep.equal([]);
        await app.untilWaiting(2);
        const id = await create(app.client);
        for (const page of [second, third, app.client.get(nextOf(ended))]) {
          expect(idsOf(await page)).to.deep.equal([id]);
        }
      } finally {
        await app.close();
      }
    });

    it('never shares a read that began before the request', async () => {
      let openGate = (): void => {};
      let gate: Promise<void> | undefined;
      let reads = 0;
      const app = await watch([], {
        isPolling: false,
        async onRead() {
          reads += 1;
          await gate;
        },
      });
      try {
        const target = await nextAfterWrite(app);
        gate = new Promise<void>((resolve) => {
          openGate = resolve;
        });
        reads = 0;
        const early = app.client.get(target);
        while (reads === 0) await new Promise(setImmediate);
        const id = await create(app.client);
        const late = app.client.get(target);
        await app.untilBegun(3);
        openGate();
        expect(idsOf(await late)).to.deep.equal([id]);
        // The early one missed that write, and there is no polling.
        const next = await create(app.client);
        expect(idsOf(await early)).to.deep.equal([id, next]);
      } finally {
        await app.close();
      }
    });

    it(`ends within ${WAKE_LIMIT_MS} ms of a write of another process`, async () => {
      const app = await watch();
      const other = await startChecked(database.flags);
      try {
        const delaysMs: number[] = [];
        let target = '/v1/changes?wait=30';
        for (let round = 0; round < 11; round += 1) {
          const page = app.client.get(target).then((reply) => ({ reply, atMs: performance.now() }));
          await app.untilWaiting(1);
          const id = await create(other);
          const writtenMs = performance.now();
          const { reply, atMs } = await page;
          expect(idsOf(reply)).to.deep.equal([id]);
          const { next } = reply.json<Changes & Record<string, unknown>>().links;
          target = next.slice(next.indexOf('/v1/'));
          delaysMs.push(atMs - writtenMs);
        }
        // The median: other tests may have delayed some.
        const median = delaysMs.toSorted((one, another) => one - another)[5] ?? Number.POSITIVE_INFINITY;
        expect(median, String(delaysMs)).to.be.below(WAKE_LIMIT_MS);
      } finally {
        await Promise.all([other.stop(), app.close()]);
      }
    });

    it('ends with an empty page when the time is up, and the same position to continue from', async () => {
      const app = await watch();
      try {
        await create(app.client);
        const { next } = (await app.client.get('/v1/changes')).json<Changes & Record<string, unknown>>().links;
        const startedMs = performance.now();
        const reply = await app.client.get(`${next.slice(next.indexOf('/v1/'))}&wait=1`);
        expect(performance.now() - startedMs).to.be.within(990, 10_000);
        expect(idsOf(reply)).to.deep.equal([]);
        const after = new URL(reply.json<Changes & Record<string, unknown>>().links.next).searchParams.get('after');
        expect(after).to.equal(new URL(next).searchParams.get('after'));
      } finally {
        await app.close();
      }
    });

    it('ends before the deadline of the request, if that comes first', async () => {
      const app = await watch(['--timeout', '1']);
      try {
        expect(idsOf(await app.client.get('/v1/changes?wait=30'))).to.deep.equal([]);
      } finally {
        await app.close();
      }
    });

    it('does not begin if there are changes, or without wait', async () => {
      const app = await watch();
      try {
        expect(idsOf(await app.client.get('/v1/changes'))).to.deep.equal([]);
        expect(idsOf(await app.client.get('/v1/changes?wait=0'))).to.deep.equal([]);
        const id = await create(app.client);
        expect(idsOf(await app.client.get('/v1/changes?wait=30'))).to.deep.equal([id]);
      } finally {
        await app.close();
      }
    });

    it('for one organisation is not ended by writes of others', async () => {
      const app = await watch();
      try {
        const page = app.client.get('/v1/changes?wait=30&organisation_id=mine');
        await app.untilWaiting(1);
        await create(app.client, 'theirs');
        await app.untilWaiting(1);
        const id = await create(app.client, 'mine');
        expect(idsOf(await page)).to.deep.equal([id]);
      } finally {
        await app.close();
      }
    });

    it('ends if the client disconnects; a client that only closed its sending side gets the empty page', async () => {
      const app = await watch();
      try {
        const connections = await Promise.all(Array.from({ length: 3 }, () => openConnection(app.port)));
        for (const { write } of connections) write('GET /v1/changes?wait=30 HTTP/1.1\r\nHost: h\r\n\r\n');
        await app.untilWaiting(3);
        const [closing, resetting, halfClosing] = connections;
        closing?.close();
        resetting?.socket.resetAndDestroy();
        await app.untilWaiting(1);
        halfClosing?.socket.end();
        await app.untilWaiting(0);
        await halfClosing?.until('{"data":[],');
      } finally {
        await app.close();
      }
      expect(app.lines.filter(({ level }) => level === 'error')).to.deep.equal([]);
    });

    it('does not delay other requests, however many wait', async () => {
      const app = await watch(['--max-concurrency', '1']);
      try {
        const pages = Array.from({ length: 8 }, async () => {
          // After a stall, some have been in the queue for too long.
          for (;;) {
            const reply = await app.client.get('/v1/changes?wait=30');
            if (reply.status !== 503) return reply;
          }
        });
        await app.untilWaiting(8);
        const id = await create(app.client);
        for (const page of pages) expect(idsOf(await page)).to.deep.equal([id]);
      } finally {
        await app.close();
      }
    });

    it('ends at once when the service drains, in one process', async () => {
      const app = await watch();
      // Not the application's own client, whose connections end before it drains.
      const client = createClient(app.port);
      const pages = Promise.all([client.get('/v1/changes?wait=30'), client.get('/v1/changes?wait=30')]);
      await app.untilWaiting(2);
      const [replies] = await Promise.all([pages, app.close()]);
      for (const reply of replies) expect(idsOf(reply)).to.deep.equal([]);
      client.close();
    });

    it('ends at once when the service drains, in two workers', async () => {
      const service = await startChecked([...database.flags, '--workers', '2']);
      const sent = Array.from({ length: 6 }, () => openConnection(service.port));
      const connections = await Promise.all(sent);
      for (const { write } of connections) write('GET /v1/changes?wait=30 HTTP/1.1\r\nHost: h\r\n\r\n');
      expect((await service.get('/health')).status).to.equal(200);
      await service.stop();
      await Promise.all(connections.map(({ ended }) => ended));
      for (const { text } of connections) expect(text()).to.match(/^HTTP\/1\.1 200 .*\r\n\r\n{"data":\[\],/s);
    });
  });
}
