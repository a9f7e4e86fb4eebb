import { expect } from 'chai';
import { type CheckedService, paymentBody, startChecked } from '../support/checked-service.js';
import type { Problem, Reply } from '../support/http.js';

describe('the rate limit', () => {
  const started: CheckedService[] = [];
  const start = async (...flags: string[]) => {
    const api = await startChecked(flags);
    started.push(api);
    return api;
  };
  afterEach(async () => {
    for (const api of started.splice(0)) await api.stop();
  });

  function expectLimited(reply: Reply): void {
    expect(reply.status).to.equal(429);
    expect(reply.json<Problem>()).to.include({ status: 429, code: 'rate_limited' });
    expect(Number(reply.headers['retry-after'])).to.be.within(1, 3600);
    expect(reply.headers).to.include({ 'ratelimit-limit': '4', 'ratelimit-remaining': '0' });
    expect(Number(reply.headers['ratelimit-reset'])).to.be.within(1, 3600);
  }

  it('counts every request of an address, over all operations and pages, and rejects the rest', async () => {
    const api = await start('--limit', '4-H', '--metrics');
    const first = [
      await api.get('/v1/payments'),
      await api.post('/v1/payments', paymentBody()),
      await api.get('/nowhere'),
      await api.send('PATCH', '/v1/payments'),
    ];
    expect(first.map(({ status }) => status)).to.deep.equal([200, 201, 404, 405]);
    const left = first.map(({ headers }) => /^"default";r=(\d+);t=\d+$/.exec(headers.ratelimit ?? '')?.[1]);
    expect(left).to.deep.equal(['3', '2', '1', '0']);
    for (const { headers } of first) {
      expect(headers).to.include({ 'ratelimit-policy': '"default";q=4;w=3600' });
      expect(headers).to.not.have.property('retry-after');
    }
    for (const request of [
      () => api.get('/v1/payments'),
      () => api.post('/v1/payments', paymentBody()),
      () => api.get('/openapi.json'),
      () => api.get('/docs/'),
      () => api.get('/nowhere'),
    ]) {
      expectLimited(await request());
    }
    for (const path of ['/health', '/health/live', '/metrics']) {
      for (let times = 0; times < 6; times++) {
        const reply = await api.get(path);
        expect(reply.status, path).to.equal(200);
        expect(reply.headers, path).to.not.have.any.keys('ratelimit', 'ratelimit-limit');
      }
    }
  });

  it('accepts exactly the limit of concurrent requests', async () => {
    const api = await start('--limit', '4-H');
    const replies = await Promise.all(Array.from({ length: 30 }, () => api.get('/v1/payments')));
    expect(replies.filter(({ status }) => status === 200)).to.have.length(4);
    for (const reply of replies) if (reply.status !== 200) expectLimited(reply);
  });

  it('begins again when its window ends', async () => {
    const api = await start('--limit', '4-S');
    let reply = await api.get('/v1/payments');
    const deadline = performance.now() + 10_000;
    while (reply.status === 200 && performance.now() < deadline) reply = await api.get('/v1/payments');
    expectLimited(reply);
    await new Promise((resolve) => setTimeout(resolve, Number(reply.headers['retry-after']) * 1000));
    expect((await api.get('/v1/payments')).status).to.equal(200);
  });

  it('reads X-Forwarded-For only from a trusted proxy', async () => {
    const [direct, behind] = await Promise.all([start('--limit', '4-H'), start('--limit', '4-H', '--trust-proxy')]);
    const statuses = async (api: CheckedService, address: (at: number) => string) => {
      const seen: number[] = [];
      for (let at = 0; at < 6; at++) {
        seen.push((await api.get('/v1/payments', { 'X-Forwarded-For': address(at) })).status);
      }
      return seen;
    };
    const limited = [200, 200, 200, 200, 429, 429];
    expect(await statuses(direct, (at) => `10.0.0.${at}`)).to.deep.equal(limited);
    expect(await statuses(behind, () => '10.1.0.1')).to.deep.equal(limited);
    expect(await statuses(behind, (at) => `10.0.0.${at}`)).to.deep.equal([200, 200, 200, 200, 200, 200]);
    // The client's own entries before those of the proxy are ignored.
    expect(await statuses(behind, (at) => `192.0.2.${at}, 10.2.0.1`)).to.deep.equal(limited);
  });

  it('is off by default', async () => {
    const api = await start();
    const reply = await api.get('/v1/payments');
    expect(Object.keys(reply.headers).filter((name) => name.startsWith('ratelimit'))).to.deep.equal([]);
  });
});
