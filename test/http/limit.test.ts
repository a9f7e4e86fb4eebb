import { type ChildProcess, spawnSync } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { clientAddress } from '../../src/http/limit/client-address.js';
import { limitPolicy, rateLimitHeaders } from '../../src/http/limit/headers.js';
import { createRateLimiter, type Decision, type RateLimiter } from '../../src/http/limit/limiter.js';
import { createMemoryStore } from '../../src/http/limit/memory-store.js';
import { createRedisStore } from '../../src/http/limit/redis-store.js';
import { answerHits, createRemoteStore } from '../../src/http/limit/remote-store.js';
import type { CountBatch, HitBatch } from '../../src/http/limit/shared-store.js';
import { startRedis, stopRedis } from '../ops/support.js';
import { freePort } from '../support/http.js';
import { needsPrograms } from '../support/programs.js';

function hits(limiter: RateLimiter, key: string, count: number): Promise<Decision[]> {
  return Promise.all(Array.from({ length: count }, () => limiter.hit(key)));
}

function allowed(decisions: readonly Decision[]): number {
  return decisions.filter((decision) => decision.allowed).length;
}

describe('rate limit in memory', () => {
  let nowMs: number;
  const now = (): number => nowMs;

  beforeEach(() => {
    nowMs = 12_345;
  });

  it('allows so many in a window that begins with the first, and refuses the rest', async () => {
    const limiter = createRateLimiter({ max: 3, store: createMemoryStore({ windowMs: 1000, now }) });
    expect(limiter.hit('a')).to.deep.equal({ allowed: true, limit: 3, remaining: 2, resetMs: 1000 });
    nowMs += 400;
    expect(limiter.hit('a')).to.deep.equal({ allowed: true, limit: 3, remaining: 1, resetMs: 600 });
    expect(limiter.hit('a')).to.include({ allowed: true, remaining: 0 });
    expect(limiter.hit('a')).to.include({ allowed: false, remaining: 0, resetMs: 600 });
    expect(limiter.hit('b')).to.include({ allowed: true, remaining: 2, resetMs: 1000 });
    nowMs += 599;
    expect(limiter.hit('a')).to.include({ allowed: false, resetMs: 1 });
    nowMs += 1;
    expect(limiter.hit('a')).to.deep.equal({ allowed: true, limit: 3, remaining: 2, resetMs: 1000 });
  });

  it('is exact at every place of the window, as a plain count is', () => {
    const limiter = createRateLimiter({ max: 2, store: createMemoryStore({ windowMs: 100, now }) });
    const windows = new Map<string, { count: number; endsAt: number }>();
    for (let step = 0; step < 5000; step += 1) {
      nowMs += (step * 7919) % 23;
      const key = `k${(step * 31) % 40}`;
      const window = windows.get(key);
      const live = window !== undefined && window.endsAt > nowMs ? window : { count: 0, endsAt: nowMs + 100 };
      live.count += 1;
      windows.set(key, live);
      expect(limiter.hit(key)).to.include({ allowed: live.count <= 2, resetMs: live.endsAt - nowMs });
    }
  });

  it('is bounded against a million addresses, and forgets the oldest first', () => {
    const limiter = createRateLimiter({ max: 5, store: createMemoryStore({ windowMs: 3_600_000, now }) });
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    collect();
    const before = process.memoryUsage().heapUsed;
    for (let index = 0; index < 1_000_000; index += 1) limiter.hit(`2001:db8::${index.toString(16)}`);
    expect(limiter.size).to.be.at.most(200_000);
    collect();
    expect(process.memoryUsage().heapUsed - before).to.be.below(100 * 1024 * 1024);
    expect(limiter.hit(`2001:db8::${(999_999).toString(16)}`)).to.include({ remaining: 3 });
    expect(limiter.hit('2001:db8::0')).to.include({ remaining: 4 });
  });

  it('lets go of clients whose windows are over', () => {
    const limiter = createRateLimiter({ max: 5, store: createMemoryStore({ windowMs: 1000, now }) });
    for (let index = 0; index < 1000; index += 1) limiter.hit(`a${index}`);
    nowMs += 2001;
    limiter.hit('b');
    expect(limiter.size).to.equal(1);
  });
});

describe('rate limit headers', () => {
  it('are those of the draft where the request is let through', () => {
    const decision = { allowed: true, limit: 5, remaining: 4, resetMs: 1001 };
    expect(rateLimitHeaders(decision, limitPolicy(5, 60_000))).to.deep.equal([
      ...['RateLimit-Policy', '"default";q=5;w=60', 'RateLimit', '"default";r=4;t=2'],
    ]);
  });

  it('are the ones in use as well where it is refused', () => {
    const decision = { allowed: false, limit: 5, remaining: 0, resetMs: 1001 };
    expect(rateLimitHeaders(decision, limitPolicy(5, 60_000)).slice(4, -2)).to.deep.equal([
      ...['RateLimit-Limit', '5', 'RateLimit-Remaining', '0', 'RateLimit-Reset', '2'],
    ]);
  });

  it('tell a refused client when to come again, never at once', () => {
    const refused = { allowed: false, limit: 5, remaining: 0 };
    const policy = limitPolicy(5, 1000);
    expect(rateLimitHeaders({ ...refused, resetMs: 0.2 }, policy).slice(-2)).to.deep.equal(['Retry-After', '1']);
    expect(rateLimitHeaders({ ...refused, resetMs: 0 }, policy).slice(-2)).to.deep.equal(['Retry-After', '1']);
    expect(rateLimitHeaders({ ...refused, resetMs: 59_001 }, policy).slice(-2)).to.deep.equal(['Retry-After', '60']);
  });
});

describe('client address', () => {
  function addressOf(forwarded: string | undefined, trustProxy: boolean, remoteAddress?: string): string {
    return clientAddress({ headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress } }, trustProxy);
  }

  it('is the address of the socket, whatever the client says', () => {
    expect(addressOf('1.2.3.4', false, '10.0.0.1')).to.equal('10.0.0.1');
    expect(addressOf(undefined, true, '::ffff:10.0.0.1')).to.equal('10.0.0.1');
    expect(addressOf(undefined, false, '2001:db8::1')).to.equal('2001:db8::1');
    expect(addressOf(undefined, false, undefined)).to.equal('unknown');
  });

  const forwarded: [header: string, address: string][] = [
    ['1.2.3.4', '1.2.3.4'],
    ['6.6.6.6, 1.2.3.4', '1.2.3.4'],
    ['forged,  1.2.3.4 ', '1.2.3.4'],
    ['1.2.3.4:5678', '1.2.3.4'],
    ['[2001:DB8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['::FFFF:1.2.3.4', '1.2.3.4'],
    ['unknown', '10.0.0.1'],
    ['1.2.3.4, ', '10.0.0.1'],
    ['1.2.3.4.5', '10.0.0.1'],
    ['[1.2.3.4', '10.0.0.1'],
    ['', '10.0.0.1'],
  ];
  for (const [header, address] of forwarded) {
    it(`behind a trusted proxy that sends "${header}" is ${address}`, () => {
      expect(addressOf(header, true, '10.0.0.1')).to.equal(address);
    });
  }
});

describe('rate limit over workers', () => {
  /** The primary of two workers; messages cross the loop and are copied, as between processes. */
  function createPrimary(windowMs: number) {
    const answer = answerHits(createMemoryStore({ windowMs }));
    const batches: HitBatch[] = [];
    const ask = async (batch: HitBatch): Promise<CountBatch> => {
      batches.push(batch);
      await new Promise(setImmediate);
      return structuredClone(answer(structuredClone(batch)));
    };
    return { ask, batches };
  }

  it('holds exactly over all of them, and asks once a turn', async () => {
    const { ask, batches } = createPrimary(60_000);
    const workers = [1, 2].map(() =>
      createRateLimiter({ max: 10, store: createRemoteStore({ max: 10, windowMs: 60_000, ask }) }),
    );
    const decisions = (await Promise.all(workers.map((worker) => hits(worker, 'a', 8)))).flat();
    expect(allowed(decisions)).to.equal(10);
    expect(batches).to.deep.equal([
      { keys: ['a'], hits: [8] },
      { keys: ['a'], hits: [8] },
    ]);
    expect(decisions.map(({ remaining }) => remaining)).to.deep.equal([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('refuses without a question once the limit is known to be reached', async () => {
    const { ask, batches } = createPrimary(60_000);
    const limiter = createRateLimiter({ max: 2, store: createRemoteStore({ max: 2, windowMs: 60_000, ask }) });
    await hits(limiter, 'a', 3);
    expect(limiter.hit('a')).to.include({ allowed: false });
    expect(batches).to.have.length(1);
  });

  it('asks rarely while the limit is far, and loses no hit', async () => {
    const max = 1_000_000;
    const { ask, batches } = createPrimary(60_000);
    const workers = [1, 2].map(() =>
      createRateLimiter({ max, store: createRemoteStore({ max, windowMs: 60_000, ask }) }),
    );
    const startedAt = performance.now();
    for (let turn = 0; turn < 100; turn += 1) {
      for (const worker of workers) await hits(worker, 'a', 10);
      await delay(2);
    }
    // Each of the two at once, and then every 50 ms, twice where a report and a question meet. Once a turn were 200.
    expect(batches.length).to.be.at.most(4 * (1 + (performance.now() - startedAt) / 50));
    await delay(100);
    const reported = batches.flatMap((batch) => batch.hits).reduce((sum, count) => sum + count, 0);
    expect(reported).to.equal(2000);
  });

  it('goes on, limited by each worker, while the primary does not answer; and says so once', async () => {
    const states: string[] = [];
    const store = createRemoteStore({
      max: 3,
      windowMs: 60_000,
      ask: () => new Promise(() => {}),
      onState: (state, cause) => states.push(`${state} ${cause}`),
    });
    const limiter = createRateLimiter({ max: 3, store });
    const startedAt = performance.now();
    expect(allowed(await hits(limiter, 'a', 5))).to.equal(3);
    expect(performance.now() - startedAt).to.be.within(150, 5000);
    expect(limiter.hit('a')).to.include({ allowed: false });
    expect(limiter.hit('b')).to.include({ allowed: true });
    expect(states).to.deep.equal(['local Error: no answer within 200 ms']);
  });

  it('survives a channel that throws', async () => {
    const ask = (): Promise<CountBatch> => {
      throw new Error('channel closed');
    };
    const limiter = createRateLimiter({ max: 1, store: createRemoteStore({ max: 1, windowMs: 1000, ask }) });
    expect(allowed(await hits(limiter, 'a', 2))).to.equal(1);
  });
});

needsPrograms(
  ['redis-server', 'redis-cli'],
  describe('rate limit in Redis', () => {
    const limiters: RateLimiter[] = [];
    let redis: ChildProcess;
    let port: number;
    let probes = 0;

    function createLimiter(max: number, windowMs: number, states: string[]): RateLimiter {
      const url = `redis://127.0.0.1:${port}`;
      const store = createRedisStore({ max, windowMs, url, onState: (state) => states.push(state) });
      const limiter = createRateLimiter({ max, store });
      limiters.push(limiter);
      return limiter;
    }

    /** Hits until Redis answered in time, so that what follows does not depend on how fast it connects. */
    async function untilShared(limiter: RateLimiter, states: readonly string[]): Promise<void> {
      for (let attempt = 0; attempt < 200; attempt += 1) {
        probes += 1;
        await limiter.hit(`probe-${probes}`);
        if (states.at(-1) !== 'local' && isInRedis(`probe-${probes}`)) return;
        await delay(20);
      }
      expect.fail('Redis never answered in time');
    }

    function isInRedis(client: string): boolean {
      const found = spawnSync('redis-cli', ['-p', String(port), '--scan', '--pattern', `*:${client}`]);
      return found.stdout.toString().trim() !== '';
    }

    beforeEach(async () => {
      port = await freePort();
      redis = await startRedis(port);
    });

    afterEach(async () => {
      for (const limiter of limiters.splice(0)) limiter.close();
      await stopRedis(redis);
    });

    it('holds exactly over all hosts', async () => {
      const [statesOfOne, statesOfTwo]: [string[], string[]] = [[], []];
      const [one, two] = [createLimiter(10, 60_000, statesOfOne), createLimiter(10, 60_000, statesOfTwo)];
      for (const key of ['a', 'b', 'c', 'd', 'e']) {
        await untilShared(one, statesOfOne);
        await untilShared(two, statesOfTwo);
        const decisions = (await Promise.all([hits(one, key, 8), hits(two, key, 8)])).flat();
        // Where Redis was slower than a request waits for it, they did not count together: once more.
        if ([statesOfOne, statesOfTwo].some((states) => states.at(-1) === 'local')) continue;
        expect(allowed(decisions)).to.equal(10);
        for (const { resetMs } of decisions) expect(resetMs).to.be.within(50_000, 60_000);
        return;
      }
      expect.fail('Redis never answered in time');
    });

    it('begins a new window when the old one is over', async () => {
      const states: string[] = [];
      const limiter = createLimiter(2, 300, states);
      await untilShared(limiter, states);
      expect(allowed(await hits(limiter, 'a', 5))).to.equal(2);
      await delay(350);
      expect(allowed(await hits(limiter, 'a', 5))).to.equal(2);
    });

    it('goes on, limited locally, while Redis is dead, says so once, and finds it again by itself', async () => {
      const states: string[] = [];
      const limiter = createLimiter(3, 60_000, states);
      await untilShared(limiter, states);
      states.length = 0;

      await stopRedis(redis);
      expect(allowed(await hits(limiter, 'b', 5))).to.equal(3);
      expect(allowed(await hits(limiter, 'c', 5))).to.equal(3);
      expect(states).to.deep.equal(['local']);

      redis = await startRedis(port);
      await untilShared(limiter, states);
      expect(states.slice(0, 2)).to.deep.equal(['local', 'shared']);
    });

    it('does not wait for a Redis that hangs', async () => {
      const states: string[] = [];
      const limiter = createLimiter(3, 60_000, states);
      await untilShared(limiter, states);
      states.length = 0;

      redis.kill('SIGSTOP');
      const startedAt = performance.now();
      expect(allowed(await hits(limiter, 'b', 5))).to.equal(3);
      // Below the 2 s after which the connection is given up.
      expect(performance.now() - startedAt).to.be.below(1800);
      // One of these may find out whether Redis is back, if half a second is over already; none waits behind it.
      const decisions = ['c', 'd', 'e'].map((key) => limiter.hit(key));
      expect(decisions.filter((decision) => decision instanceof Promise)).to.have.length.at.most(1);
      await Promise.all(decisions);
      expect(states).to.deep.equal(['local']);
      redis.kill('SIGCONT');
      await untilShared(limiter, states);
      expect(states.slice(0, 2)).to.deep.equal(['local', 'shared']);
    });

    it('starts where there is no Redis yet', async () => {
      await stopRedis(redis);
      const states: string[] = [];
      const limiter = createLimiter(3, 60_000, states);
      expect(allowed(await hits(limiter, 'a', 5))).to.equal(3);
      redis = await startRedis(port);
      await untilShared(limiter, states);
      expect(states.slice(0, 2)).to.deep.equal(['local', 'shared']);
    });
  }),
);
