import { type ChildProcess, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import type { Context } from 'koa';
import { createClientAddress, limitKey, type TrustProxy } from '../../src/http/limit/client-address.js';
import { openRedisStore } from '../../src/http/limit/redis-store.js';
import {
  type Count,
  type CountBatch,
  countForWorkers,
  createSharedStore,
  type HitBatch,
  type LimitStore,
  type SharedStoreOptions,
  Windows,
} from '../../src/http/limit/stores.js';
import { openLimit, rateLimit } from '../../src/http/middleware/rate-limit.js';
import { createLogger } from '../../src/observe/logger.js';
import { createMetrics } from '../../src/observe/metrics.js';
import { createLinesSink } from '../observe/lines.js';
import { startRedis, stopRedis } from '../ops/support.js';
import { freePort } from '../support/http.js';
import { needsPrograms } from '../support/programs.js';

/** The effect of a count on a request. */
interface Decision {
  readonly allowed: boolean;
  readonly limit: number;
  readonly remaining: number;
  readonly resetMs: number;
}

interface DecidingLimiter {
  hit(address: string): Decision | Promise<Decision>;
  readonly size: number;
  close(): void;
}

function limiterOf(max: number, store: LimitStore): DecidingLimiter {
  function decide({ count, resetMs }: Count): Decision {
    return { allowed: count <= max, limit: max, remaining: Math.max(max - count, 0), resetMs };
  }
  return {
    hit(address) {
      const counted = store.hit(limitKey(address, 64));
      return counted instanceof Promise ? counted.then(decide) : decide(counted);
    },
    get size() {
      return store.size;
    },
    close: () => store.close(),
  };
}

function hits(limiter: DecidingLimiter, key: string, count: number): Promise<Decision[]> {
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

  it('allows the limit in a window that begins with the first request, and rejects the rest', async () => {
    const limiter = limiterOf(3, new Windows(1000, now));
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

  it('is exact at every point of the window, like a plain count', () => {
    const limiter = limiterOf(2, new Windows(100, now));
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

  it('is bounded with 400,000 addresses in long headers, and forgets the oldest first', () => {
    const clientAddress = createClientAddress(true);
    const forged = 'a'.repeat(1000);
    const limiter = limiterOf(5, new Windows(3_600_000, now));
    setFlagsFromString('--expose-gc');
    const collect: () => void = runInNewContext('gc');
    collect();
    const before = process.memoryUsage().heapUsed;
    function address(index: number): string {
      const digits = [index >> 14, (index >> 7) & 127, index & 127].map((part) => part + 100);
      const headers = { 'x-forwarded-for': `${forged}, 203.${digits.join('.')}` };
      return clientAddress({ headers, socket: { remoteAddress: '127.0.0.1' } });
    }
    for (let index = 0; index < 400_000; index += 1) limiter.hit(address(index));
    expect(limiter.size).to.be.at.most(200_000);
    collect();
    expect(process.memoryUsage().heapUsed - before).to.be.below(100 * 1024 * 1024);
    expect(limiter.hit(address(399_999))).to.include({ remaining: 3 });
    expect(limiter.hit(address(0))).to.include({ remaining: 4 });
  });

  it('forgets clients whose windows are over', () => {
    const limiter = limiterOf(5, new Windows(1000, now));
    for (let index = 0; index < 1000; index += 1) limiter.hit(`a${index}`);
    nowMs += 2001;
    limiter.hit('b');
    expect(limiter.size).to.equal(1);
  });
});

describe('rate limit headers', () => {
  /** The headers of a response with this count. */
  async function headersOf(windowMs: number, counted: Count): Promise<Record<string, string>> {
    const set: Record<string, string> = {};
    const headers: string[] = [];
    const store = { hit: () => counted, size: 1, takeBack: () => 0, close() {} };
    const middleware = rateLimit({ max: 5, windowMs, ipv6PrefixBits: 64, store, onDecision() {} }, new Set());
    const ctx = {
      call: { route: '/', client: '10.0.0.1', headers },
      set: (name: string, value: string) => void Object.assign(set, { [name]: value }),
    };
    await middleware(ctx as unknown as Context, async () => {});
    const pairs = headers.flatMap((name, at) => (at % 2 === 0 ? [[name, headers[at + 1]]] : []));
    return { ...Object.fromEntries(pairs), ...set };
  }

  it('are those of the draft if the request is accepted', async () => {
    expect(await headersOf(60_000, { count: 1, resetMs: 1001 })).to.deep.equal({
      'RateLimit-Policy': '"default";q=5;w=60',
      RateLimit: '"default";r=4;t=2',
    });
  });

  it('are present too if it is rejected', async () => {
    expect(await headersOf(60_000, { count: 6, resetMs: 1001 })).to.deep.equal({
      'RateLimit-Policy': '"default";q=5;w=60',
      RateLimit: '"default";r=0;t=2',
      'RateLimit-Limit': '5',
      'RateLimit-Remaining': '0',
      'RateLimit-Reset': '2',
      'Retry-After': '2',
    });
  });

  it('tell a rejected client when to retry, never at once', async () => {
    for (const [resetMs, seconds] of [
      [0.2, '1'],
      [0, '1'],
      [59_001, '60'],
    ] as const) {
      expect(await headersOf(60_000, { count: 6, resetMs })).to.include({ 'Retry-After': seconds });
    }
  });
});

describe('client address', () => {
  function addressOf(forwarded: string | undefined, trustProxy: TrustProxy, remoteAddress?: string): string {
    return createClientAddress(trustProxy)({ headers: { 'x-forwarded-for': forwarded }, socket: { remoteAddress } });
  }

  it('is the address of the socket, whatever the client claims', () => {
    expect(addressOf('1.2.3.4', false, '10.0.0.1')).to.equal('10.0.0.1');
    expect(addressOf('1.2.3.4', 0, '10.0.0.1')).to.equal('10.0.0.1');
    expect(addressOf(undefined, true, '::ffff:10.0.0.1')).to.equal('10.0.0.1');
    expect(addressOf(undefined, false, '2001:db8::1')).to.equal('2001:db8::1');
    expect(addressOf(undefined, false, 'fe80::1%eth0')).to.equal('fe80::1');
    expect(addressOf(undefined, false, undefined)).to.equal('unknown');
    expect(addressOf('1.2.3.4', ['10.0.0.0/8'], undefined)).to.equal('unknown');
  });

  const forwarded: [header: string, address: string][] = [
    ['1.2.3.4', '1.2.3.4'],
    ['6.6.6.6, 1.2.3.4', '1.2.3.4'],
    ['forged,  1.2.3.4 ', '1.2.3.4'],
    ['1.2.3.4:5678', '1.2.3.4'],
    ['[2001:DB8::1]:443', '2001:db8::1'],
    ['[2001:db8::1]', '2001:db8::1'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:0db8:0:0:0:0:0:0001', '2001:db8::1'],
    ['::FFFF:1.2.3.4', '1.2.3.4'],
    ['::ffff:0102:0304', '1.2.3.4'],
    ['[0:0:0:0:0:ffff:1.2.3.4]:443', '1.2.3.4'],
    ['fe80::1%eth0', 'fe80::1'],
    ['FE80:0::1%eth1', 'fe80::1'],
    ['unknown', '10.0.0.1'],
    ['1.2.3.4, ', '10.0.0.1'],
    ['1.2.3.4.5', '10.0.0.1'],
    ['01.2.3.4', '10.0.0.1'],
    ['0x7f000001', '10.0.0.1'],
    ['[1.2.3.4', '10.0.0.1'],
    ['', '10.0.0.1'],
  ];
  for (const [header, address] of forwarded) {
    it(`behind a trusted proxy that sends "${header}" is ${address}`, () => {
      expect(addressOf(header, true, '10.0.0.1')).to.equal(address);
    });
  }

  const chains: [trusted: TrustProxy, header: string, address: string][] = [
    [2, '198.51.100.7, 203.0.113.1', '198.51.100.7'],
    [2, '6.6.6.6, 198.51.100.7, 203.0.113.1', '198.51.100.7'],
    [2, '198.51.100.7', '198.51.100.7'],
    [3, '6.6.6.6, 198.51.100.7, 203.0.113.1', '6.6.6.6'],
    [2, 'garbage, 203.0.113.1', '203.0.113.1'],
    [['10.0.0.0/8'], '6.6.6.6, 198.51.100.7', '198.51.100.7'],
    [['10.0.0.0/8', '203.0.113.0/24'], '6.6.6.6, 198.51.100.7, 203.0.113.1', '198.51.100.7'],
    [['10.0.0.1', '203.0.113.1', '198.51.100.0/24'], '198.51.100.7, 203.0.113.1', '198.51.100.7'],
    [['192.168.0.0/16'], '198.51.100.7', '10.0.0.1'],
    [['::ffff:10.0.0.0/104', '2001:db8::/32'], '198.51.100.7, 2001:DB8:7::1', '198.51.100.7'],
  ];
  for (const [trusted, header, address] of chains) {
    it(`is ${address} if ${JSON.stringify(trusted)} is trusted and the header is "${header}"`, () => {
      expect(addressOf(header, trusted, '::ffff:10.0.0.1')).to.equal(address);
    });
  }

  const keys: [address: string, bits: number, key: string][] = [
    ['198.51.100.7', 64, '198.51.100.7'],
    ['unknown', 64, 'unknown'],
    ['2001:db8:1:2:3:4:5:6', 64, '2001:db8:1:2:0:0:0:0/64'],
    ['2001:db8:1:2::', 64, '2001:db8:1:2:0:0:0:0/64'],
    ['2001:db8:1:2f3::1', 56, '2001:db8:1:200:0:0:0:0/56'],
    ['2001:db8::1', 128, '2001:db8:0:0:0:0:0:1/128'],
    ['::1', 1, '0:0:0:0:0:0:0:0/1'],
  ];
  for (const [address, bits, key] of keys) {
    it(`counts ${address} with a prefix of ${bits} as ${key}`, () => {
      expect(limitKey(address, bits)).to.equal(key);
    });
  }

  it('gives all addresses of one /64 one budget, and those of the next another', () => {
    const limiter = limiterOf(2, new Windows(60_000));
    const hitsOf = ['2001:db8:0:1::1', '2001:db8:0:1:ffff::2', '2001:db8:0:1::3', '2001:db8:0:2::1'];
    expect(
      hitsOf.map((address) => limiter.hit(address)).map((decision) => 'allowed' in decision && decision.allowed),
    ).to.deep.equal([true, true, false, true]);
  });
});

describe('rate limit over workers', () => {
  function workerOf(max: number, windowMs: number, options: Partial<SharedStoreOptions>): DecidingLimiter {
    const { ask = () => new Promise(() => {}) } = options;
    return limiterOf(max, createSharedStore({ max, windowMs, timeoutMs: 200, retryAfterMs: 1000, ...options, ask }));
  }

  /** The primary of two workers; messages pass through the event loop and are copied, as between processes. */
  function createPrimary(windowMs: number, max: number) {
    const stores: { takeBack(key: string): number | Promise<number> }[] = [];
    const reply = countForWorkers(new Windows(windowMs), {
      max,
      workers: 2,
      takeBack: (key) => stores.map(async (store) => store.takeBack(key)),
    });
    const batches: HitBatch[] = [];
    const ask = async (batch: HitBatch): Promise<CountBatch> => {
      batches.push(batch);
      await new Promise(setImmediate);
      return structuredClone(await reply(structuredClone(batch)));
    };
    return { ask, batches, stores };
  }

  it('is exact over all of them, with one call per turn', async () => {
    const { ask, batches } = createPrimary(60_000, 10);
    const workers = [1, 2].map(() => workerOf(10, 60_000, { ask }));
    const decisions = (await Promise.all(workers.map((worker) => hits(worker, 'a', 8)))).flat();
    expect(allowed(decisions)).to.equal(10);
    expect(batches).to.deep.equal([
      { keys: ['a'], hits: [8] },
      { keys: ['a'], hits: [8] },
    ]);
    expect(decisions.map(({ remaining }) => remaining)).to.deep.equal([9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0, 0, 0, 0, 0, 0]);
  });

  it('is exact if hits were granted in advance: workers return unused grants before a request is rejected', async () => {
    const max = 10_000;
    const { ask, batches, stores } = createPrimary(60_000, max);
    const open = () => createSharedStore({ max, windowMs: 60_000, timeoutMs: 200, retryAfterMs: 1000, ask });
    const [ofBusy, ofIdle] = [open(), open()];
    stores.push(ofBusy, ofIdle);
    const [busy, idle] = [limiterOf(max, ofBusy), limiterOf(max, ofIdle)];
    const first = await idle.hit('a');
    expect(batches, 'one question').to.have.length(1);
    expect(idle.hit('a'), 'granted with the first').to.include({ allowed: true, remaining: first.remaining - 1 });
    const decisions: Decision[] = [];
    while (decisions.length < max) decisions.push(...(await hits(busy, 'a', 100)));
    expect(2 + allowed(decisions)).to.equal(max);
    expect(batches.length, 'questions').to.be.below(max / 50);
    expect(await idle.hit('a'), 'what was given back is not given out').to.include({ allowed: false });
  });

  it('counts a worker’s grants as used if that worker does not respond', async () => {
    const max = 1000;
    const { ask, stores } = createPrimary(60_000, max);
    const [busy, stopped] = [workerOf(max, 60_000, { ask }), workerOf(max, 60_000, { ask })];
    await stopped.hit('a');
    stores.push({ takeBack: () => new Promise(() => {}) });
    expect(allowed(await hits(busy, 'a', max))).to.be.within(max - 1 - max / 64 / 2, max - 1);
  });

  it('rejects without a call once the limit is known to be reached', async () => {
    const { ask, batches } = createPrimary(60_000, 2);
    const limiter = workerOf(2, 60_000, { ask });
    await hits(limiter, 'a', 3);
    expect(limiter.hit('a')).to.include({ allowed: false });
    expect(batches).to.have.length(1);
  });

  it('continues with a limit per worker while the primary does not respond; reports each failure, and the recovery', async () => {
    const states: string[] = [];
    const { ask } = createPrimary(60_000, 3);
    let isDead = true;
    const limiter = workerOf(3, 60_000, {
      ask: (batch) => (isDead ? new Promise(() => {}) : ask(batch)),
      retryAfterMs: 10,
      onState: (state, cause) => states.push(`${state} ${cause}`),
    });
    const startedAt = performance.now();
    expect(allowed(await hits(limiter, 'a', 5))).to.equal(3);
    expect(performance.now() - startedAt).to.be.within(150, 5000);
    expect(await limiter.hit('a')).to.include({ allowed: false });
    await delay(20);
    expect(await limiter.hit('b')).to.include({ allowed: true });
    const failure = 'local TimeoutError: no response within 200 ms';
    expect(states.length).to.be.at.least(2);
    expect([...new Set(states)]).to.deep.equal([failure]);
    isDead = false;
    await delay(20);
    await limiter.hit('a');
    expect(states.at(-1), 'a client over the limit tries too').to.equal('shared null');
    expect(await limiter.hit('a'), 'its window here is not over').to.include({ allowed: false });
  });

  it('survives a channel that throws', async () => {
    const ask = (): Promise<CountBatch> => {
      throw new Error('channel closed');
    };
    const limiter = workerOf(1, 1000, { ask });
    expect(allowed(await hits(limiter, 'a', 2))).to.equal(1);
  });
});

describe('the log of a rate limit in a shared store', () => {
  it('reports failures at a limited rate, and each recovery', async () => {
    const sink = createLinesSink();
    const metrics = createMetrics();
    let isDead = true;
    const opened = await openLimit({
      ...{ service: 'orders-api', limit: { max: 5, windowSeconds: 60 }, limitStore: 'memory', limitIpv6PrefixBits: 64 },
      ask: async ({ keys }) => {
        if (isDead) throw new Error('channel closed');
        return keys.map(() => ({ count: 1, resetMs: 60_000 }));
      },
      logger: createLogger({ level: 'info', sink }),
      metrics,
    });
    const hitAll = () => Promise.all(Array.from({ length: 20 }, (_, client) => opened?.store.hit(`10.0.0.${client}`)));
    await hitAll();
    await hitAll();
    await delay(1010);
    await hitAll();
    isDead = false;
    await delay(1010);
    await hitAll();
    const lines = sink.lines.map((line) => JSON.parse(line));
    expect(lines.map(({ level, message }) => `${level} ${message}`)).to.deep.equal([
      'warn rate limit is counted by each process alone',
      'info rate limit is counted for all processes again',
    ]);
    expect(lines[0]).to.have.nested.property('error.message', 'channel closed');
    expect(await metrics.text()).to.include('\nrate_limit_store_failures_total 2\n');
  });
});

needsPrograms(
  ['redis-server', 'redis-cli'],
  describe('rate limit in Redis', () => {
    const limiters: DecidingLimiter[] = [];
    let redis: ChildProcess;
    let port: number;
    let probes = 0;

    async function createLimiter(max: number, windowMs: number, states: string[]): Promise<DecidingLimiter> {
      const url = `redis://127.0.0.1:${port}`;
      const onState = (state: string) => states.push(state);
      const store = await openRedisStore({ max, windowMs, url, prefix: 'test', onState });
      const limiter = limiterOf(max, store);
      limiters.push(limiter);
      return limiter;
    }

    /** Hits until Redis responded in time, so that later steps do not depend on the time to connect. */
    async function untilShared(limiter: DecidingLimiter, states: readonly string[]): Promise<void> {
      for (;;) {
        probes += 1;
        await limiter.hit(`probe-${probes}`);
        if (states.at(-1) !== 'local' && isInRedis(`probe-${probes}`)) return;
        await delay(20);
      }
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

    it('is exact over all hosts', async () => {
      const [statesOfOne, statesOfTwo]: [string[], string[]] = [[], []];
      const one = await createLimiter(10, 60_000, statesOfOne);
      const two = await createLimiter(10, 60_000, statesOfTwo);
      for (let round = 0; ; round += 1) {
        const key = `round-${round}`;
        await untilShared(one, statesOfOne);
        await untilShared(two, statesOfTwo);
        const decisions = (await Promise.all([hits(one, key, 8), hits(two, key, 8)])).flat();
        // If Redis was too slow they did not count together: tried again.
        if ([statesOfOne, statesOfTwo].some((states) => states.at(-1) === 'local')) continue;
        expect(allowed(decisions)).to.equal(10);
        for (const { resetMs } of decisions) expect(resetMs).to.be.within(50_000, 60_000);
        return;
      }
    });

    it('begins a new window when the old one is over', async () => {
      const states: string[] = [];
      const limiter = await createLimiter(2, 300, states);
      await untilShared(limiter, states);
      expect(allowed(await hits(limiter, 'a', 5))).to.equal(2);
      await delay(350);
      expect(allowed(await hits(limiter, 'a', 5))).to.equal(2);
    });

    it('continues with a local limit while Redis is down, reports it, and recovers', async () => {
      const states: string[] = [];
      const limiter = await createLimiter(3, 60_000, states);
      await untilShared(limiter, states);
      states.length = 0;

      await stopRedis(redis);
      expect(allowed(await hits(limiter, 'b', 5))).to.equal(3);
      expect(allowed(await hits(limiter, 'c', 5))).to.equal(3);
      expect(new Set(states)).to.deep.equal(new Set(['local']));

      redis = await startRedis(port);
      await untilShared(limiter, states);
      expect(states).to.include('shared');
    });

    it('does not wait for a Redis that hangs', async function () {
      // A stall makes it longer.
      this.retries(2);
      const states: string[] = [];
      const limiter = await createLimiter(3, 60_000, states);
      await untilShared(limiter, states);
      states.length = 0;

      redis.kill('SIGSTOP');
      const startedAt = performance.now();
      expect(allowed(await hits(limiter, 'b', 5))).to.equal(3);
      // Below the 2 s after which the connection is closed.
      expect(performance.now() - startedAt).to.be.below(1800);
      // One of these may try Redis again, if half a second has passed; none waits for it.
      const decisions = ['c', 'd', 'e'].map((key) => limiter.hit(key));
      expect(decisions.filter((decision) => decision instanceof Promise)).to.have.length.at.most(1);
      await Promise.all(decisions);
      expect(new Set(states)).to.deep.equal(new Set(['local']));
      redis.kill('SIGCONT');
      await untilShared(limiter, states);
      expect(states).to.include('shared');
    });

    it('counts there from the first request on', async function () {
      // A response that takes longer than 100 ms is not waited for.
      this.retries(2);
      probes += 1;
      const opened = await openLimit({
        ...{ service: 'test', limit: { max: 5, windowSeconds: 60 }, limitStore: `redis://127.0.0.1:${port}` },
        ...{ limitIpv6PrefixBits: 64, ask: null, metrics: createMetrics() },
        logger: createLogger({ level: 'info', sink: createLinesSink() }),
      });
      await opened?.store.hit(`probe-${probes}`);
      opened?.store.close();
      expect(isInRedis(`probe-${probes}`)).to.equal(true);
    });

    it('starts without Redis', async () => {
      await stopRedis(redis);
      const states: string[] = [];
      const limiter = await createLimiter(3, 60_000, states);
      expect(allowed(await hits(limiter, 'a', 5))).to.equal(3);
      redis = await startRedis(port);
      await untilShared(limiter, states);
      expect(states).to.include('shared');
    });
  }),
);

needsPrograms(
  ['redis-server', 'redis-cli'],
  describe('rate limit in a Redis Cluster', () => {
    let ports: number[];
    let nodes: ChildProcess[];
    let folders: string[];
    const limiters: DecidingLimiter[] = [];

    before(async function startCluster() {
      ports = await Promise.all([freePort(), freePort(), freePort()]);
      const busPorts = await Promise.all([freePort(), freePort(), freePort()]);
      folders = ports.map(() => mkdtempSync(join(tmpdir(), 'limit-cluster-')));
      nodes = await Promise.all(
        ports.map((port, index) =>
          startRedis(port, PASSWORD, [
            ...['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--masterauth', PASSWORD],
            ...['--dir', folders[index] ?? '', '--cluster-port', String(busPorts[index])],
          ]),
        ),
      );
      const addresses = ports.map((port) => `127.0.0.1:${port}`);
      for (const port of ports) while (!redisCli(port, 'ping').includes('PONG')) await delay(50);
      const made = redisCli(ports[0], '--cluster', 'create', ...addresses, '--cluster-yes');
      expect(made, made).to.include('All 16384 slots covered');
      for (const port of ports) while (!redisCli(port, 'cluster', 'info').includes('cluster_state:ok')) await delay(50);
    });

    after(async () => {
      for (const limiter of limiters) limiter.close();
      await Promise.all(nodes.map(stopRedis));
      for (const folder of folders) rmSync(folder, { recursive: true });
    });

    const PASSWORD = 'cluster secret';

    function redisCli(port: number | undefined, ...args: string[]): string {
      const { stdout, stderr } = spawnSync('redis-cli', [
        '-p',
        String(port),
        '-a',
        PASSWORD,
        '--no-auth-warning',
        ...args,
      ]);
      return `${stdout}${stderr}`;
    }

    it('is exact over hosts that know one node each, for many clients in one batch', async () => {
      const states: string[] = ports.map(() => '');
      const opening = ports.map(async (port, index) => {
        const url = `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`;
        const onState = (state: string, cause: unknown) => {
          states[index] = `${state} ${cause}`;
        };
        const limiter = limiterOf(3, await openRedisStore({ max: 3, windowMs: 60_000, url, prefix: 'test', onState }));
        limiters.push(limiter);
        return limiter;
      });
      const hosts = await Promise.all(opening);
      for (let round = 0; ; round += 1) {
        const clients = Array.from({ length: 40 }, (_, client) => `10.0.${round}.${client}`);
        const before = [...states];
        const decisions = await Promise.all(
          clients.map((client) => Promise.all(hosts.map((host) => hits(host, client, 2)))),
        );
        // They connect in the background, and to the cluster in a second step: until then each counts alone.
        if ([...before, ...states].some((state) => state.startsWith('local'))) {
          await delay(100);
          continue;
        }
        expect(decisions.map((each) => allowed(each.flat()))).to.deep.equal(clients.map(() => 3));
        return;
      }
    });
  }),
);
