import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createClient, freePort, type HttpClient, type Reply } from '../support/http.js';
import { needsPrograms } from '../support/programs.js';
import { type RunningService, startService } from '../support/service.js';
import {
  end,
  metricSum,
  metricsOf,
  redisConnections,
  seriesValue,
  startRedis,
  stopRedis,
  temporaryFolder,
  until,
} from './support.js';

const LIMIT = 5;

const ALONE = 'rate limit is counted by each process alone';

/** One service with one process, one with two workers. */
const COUNTING_PROCESSES = 3;

/** The number of allowed responses; fails on a status that is neither allowed nor limited. */
function allowedOf(replies: readonly Reply[]): number {
  const statuses = replies.map(({ status }) => status);
  expect(statuses.filter((status) => status !== 404 && status !== 429)).to.deep.equal([]);
  return statuses.filter((status) => status === 404).length;
}

/** How often a process had to count alone, because the shared counter did not respond in time. */
async function failuresOf(services: readonly RunningService[]): Promise<number> {
  const metrics = await Promise.all(services.map(({ url }) => metricsOf(url)));
  return metrics.reduce((sum, text) => sum + metricSum(text, 'rate_limit_store_failures_total'), 0);
}

/** Concurrent requests for a missing payment: 404 if allowed. */
function burst(clients: readonly HttpClient[], count: number, headers = {}): Promise<Reply[]> {
  return Promise.all(
    Array.from({ length: count }, (_, index) => {
      const client = clients[index % clients.length];
      if (!client) throw new Error('no client');
      return client.get('/v1/payments/none', headers);
    }),
  );
}

describe('the rate limit', () => {
  const folder = temporaryFolder();
  const services: RunningService[] = [];
  const clients: HttpClient[] = [];

  afterEach(async () => {
    for (const client of clients.splice(0)) client.close();
    await Promise.all(services.splice(0).map(end));
  });
  after(() => folder.remove());

  async function start(...flags: string[]): Promise<RunningService> {
    const service = await startService(['--metrics', ...flags]);
    services.push(service);
    return service;
  }

  function clientOf({ port }: RunningService): HttpClient {
    const client = createClient(port);
    clients.push(client);
    return client;
  }

  for (const workers of [1, 2]) {
    it(`is exact over ${workers} worker${workers > 1 ? 's' : ''}, window by window`, async () => {
      const service = await start('--limit', '5-S', '--workers', String(workers), '--repo-uri', folder.database());
      await until(
        async () => service.log.filter(({ message }) => message === 'worker ready').length,
        (ready) => workers === 1 || ready === workers,
      );
      const client = clientOf(service);
      // Opens connections to all workers, unlimited.
      const health = await Promise.all(Array.from({ length: 40 }, () => client.get('/health')));
      expect(new Set(health.map(({ status }) => status))).to.deep.equal(new Set([200]));

      for (let window = 0; window < 2; window += 1) {
        const beganMs = performance.now();
        const replies = await burst([client], 40);
        // On an extremely slow machine the burst spans windows.
        const windows = 1 + Math.floor((performance.now() - beganMs) / 1000);
        await delay(1050);
        // A worker without a timely response of the primary counts alone meanwhile, and reports it.
        const places = 1 + (await failuresOf([service]));
        expect(allowedOf(replies)).to.be.within(LIMIT, LIMIT * windows * places);
      }
      const [rejected] = (await burst([client], 40)).filter(({ status }) => status === 429);
      expect(rejected?.headers).to.include({
        'ratelimit-limit': '5',
        'ratelimit-remaining': '0',
        'ratelimit-policy': '"default";q=5;w=1',
        'retry-after': '1',
      });
      expect(rejected?.headers.ratelimit).to.match(/^"default";r=0;t=[01]$/);
      expect(rejected?.json().code).to.equal('rate_limited');

      const unlimited = await Promise.all(
        Array.from({ length: 20 }, (_, index) => client.get(['/health', '/health/live', '/metrics'][index % 3] ?? '')),
      );
      expect(unlimited.map(({ status }) => status)).to.deep.equal(Array(20).fill(200));
      const metrics = await metricsOf(service.url);
      const limited = seriesValue(metrics, 'rate_limit_decisions_total{decision="limited"}');
      const allowed = seriesValue(metrics, 'rate_limit_decisions_total{decision="allowed"}');
      expect(limited + allowed, 'every request is decided on once').to.equal(120);
    });
  }

  it('reads X-Forwarded-For only with --trust-proxy', async () => {
    const [open, proxied] = [await start('--limit', '5-M'), await start('--limit', '5-M', '--trust-proxy')];
    const forged = await Promise.all(
      Array.from({ length: 20 }, (_, n) => burst([clientOf(open)], 1, { 'x-forwarded-for': `192.0.2.${n}` })),
    );
    expect(allowedOf(forged.flat())).to.equal(LIMIT);

    const client = clientOf(proxied);
    const replies = await Promise.all(
      ['192.0.2.1', '192.0.2.2', '2001:db8::1'].map((address, n) =>
        // Only the last entry is the proxy's.
        burst([client], 12, { 'x-forwarded-for': `198.51.100.${n}, ${address}` }),
      ),
    );
    expect(replies.map(allowedOf)).to.deep.equal([LIMIT, LIMIT, LIMIT]);
    expect(allowedOf(await burst([client], 6, { 'x-forwarded-for': '203.0.113.9, 192.0.2.1' }))).to.equal(0);
  });

  it('counts all spellings of an address, and all addresses of an IPv6 network, as one client', async () => {
    const service = await start('--limit', '5-M', '--trust-proxy');
    const client = clientOf(service);
    async function allowedFrom(addresses: readonly string[]): Promise<number> {
      const replies = await Promise.all(addresses.map((address) => burst([client], 4, { 'x-forwarded-for': address })));
      return allowedOf(replies.flat());
    }
    const spellings = ['1.2.3.4', '::ffff:1.2.3.4', '::FFFF:0102:0304', '1.2.3.4:567', '[0:0:0:0:0:ffff:1.2.3.4]:1'];
    expect(await allowedFrom(spellings)).to.equal(LIMIT);
    expect(await allowedFrom(['fe80::1%eth0', 'fe80::1%eth1', 'FE80:0:0::1'])).to.equal(LIMIT);
    expect(await allowedFrom(['2001:db8:0:1::1', '2001:db8:0:1:ffff::', '2001:0DB8:0:1::2'])).to.equal(LIMIT);
    expect(await allowedFrom(['2001:db8:0:2::1', '2001:db8:0:3::1'])).to.equal(8);
    const wide = clientOf(await start('--limit', '5-M', '--trust-proxy', '--limit-ipv6-prefix', '48'));
    const replies = await Promise.all(
      [1, 2, 3].map((network) => burst([wide], 4, { 'x-forwarded-for': `2001:db8:0:${network}::1` })),
    );
    expect(allowedOf(replies.flat())).to.equal(LIMIT);
  });

  for (const proxies of ['2', '127.0.0.0/8, 203.0.113.0/24']) {
    it(`distinguishes the clients of a CDN with --trust-proxy ${proxies}`, async () => {
      const client = clientOf(await start('--limit', '5-M', '--trust-proxy', proxies));
      const CDN = '203.0.113.1';
      const replies = await Promise.all(
        ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map((address, n) =>
          burst([client], 8, { 'x-forwarded-for': `198.51.100.${n}, ${address}, ${CDN}` }),
        ),
      );
      expect(replies.map(allowedOf)).to.deep.equal([LIMIT, LIMIT, LIMIT]);
    });
  }

  needsPrograms(
    ['redis-server'],
    describe('in Redis', () => {
      const password = 'redis-secret-phrase';
      let port: number;
      let redis: ChildProcess;

      beforeEach(async () => {
        port = await freePort();
        redis = await startRedis(port, password);
      });
      afterEach(() => stopRedis(redis));

      it('is exact over two services with several workers, and continues locally while Redis is down', async () => {
        const store = ['--limit-store', `redis://:${password}@127.0.0.1:${port}/0`, '--limit', '5-M', '--trust-proxy'];
        const one = await start(...store);
        const two = await start(...store, '--workers', '2', '--repo-uri', folder.database());
        const both = [clientOf(one), clientOf(two)];
        const from = (address: string) => ({ 'x-forwarded-for': address });

        /** Sends requests of uncounted clients until both services count in Redis. */
        let probes = 0;
        async function untilShared(): Promise<void> {
          const local = () => Promise.all([one, two].map(async ({ url }) => metricsOf(url)));
          await until(
            async () => {
              probes += 1;
              await Promise.all(
                [...both, ...both].map((client) => client.get('/v1/payments/none', from(`10.9.0.${probes % 250}`))),
              );
              return (await local()).map((text) => seriesValue(text, 'rate_limit_store_local'));
            },
            (states) => states.every((state) => state === 0),
          );
          // A worker without requests meanwhile has not noticed: it counts in Redis after it has reconnected.
          await until(
            () => redisConnections(port, password),
            (connections) => connections >= COUNTING_PROCESSES,
          );
        }

        /** If Redis was too slow for one of them, it is tried again with another client. */
        async function expectExact(network: string): Promise<void> {
          for (let client = 1; client <= 5; client += 1) {
            await untilShared();
            const before = await failuresOf([one, two]);
            const allowed = allowedOf(await burst(both, 30, from(`${network}.${client}`)));
            if (allowed === LIMIT) return;
            expect(allowed).to.be.above(LIMIT);
            await until(
              () => failuresOf([one, two]),
              (failures) => failures > before,
            );
          }
          expect.fail('one of them always counted alone');
        }

        await expectExact('192.0.2');
        await expectExact('198.51.100');

        await stopRedis(redis);
        const alone = await burst([both[0] ?? clientOf(one)], 20, from('203.0.113.1'));
        expect(allowedOf(alone), 'limited by the one process that was asked').to.equal(LIMIT);
        const line = await one.logged(({ message }) => message === ALONE);
        expect(line.level).to.equal('warn');
        expect(seriesValue(await metricsOf(one.url), 'rate_limit_store_local')).to.equal(1);

        redis = await startRedis(port, password);
        await expectExact('10.1.2');
        await one.logged(({ message }) => message === 'rate limit is counted for all processes again');
        expect(metricSum(await metricsOf(one.url), 'rate_limit_clients')).to.be.above(0);
        for (const { log } of [one, two]) expect(JSON.stringify(log)).not.to.include(password);
      });
    }),
  );
});
