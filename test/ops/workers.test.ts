import { expect } from 'chai';
import { freshId, paymentBody } from '../support/checked-service.js';
import { createClient } from '../support/http.js';
import { type RunningService, startService } from '../support/service.js';
import { end, metricSum, metricsOf, temporaryFolder, until } from './support.js';

const REQUESTS = 'http_request_duration_seconds_count';

describe('worker processes', () => {
  const folder = temporaryFolder();
  let service: RunningService;

  before(async () => {
    service = await startService(['--workers', '2', '--metrics', '--profiling', '--repo-uri', folder.database()]);
    await until(
      async () => service.log.filter(({ message }) => message === 'worker ready').length,
      (ready) => ready === 2,
    );
  });
  after(async () => {
    await end(service);
    folder.remove();
  });

  function workerPids(): number[] {
    const ready = service.log.filter(({ message }) => message === 'worker ready');
    const dead = new Set(service.log.filter(({ code }) => code !== undefined).map((line) => line.worker_pid));
    return ready.map((line) => Number(line.worker_pid)).filter((pid) => !dead.has(pid));
  }

  /** A request on a new connection, which goes to the worker with the fewest. */
  async function once(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = { ...init.headers, Connection: 'close' };
    return fetch(`${service.url}${path}`, { ...init, headers });
  }

  it('all serve one store', async () => {
    const payment = paymentBody();
    const clients = Array.from({ length: 8 }, () => createClient(service.port));
    const created = await clients[0]?.post('/v1/payments', payment);
    expect(created?.status).to.equal(201);
    const pages = await Promise.all(clients.map((client) => client.get(`/v1/payments/${payment.data.id}`)));
    expect(pages.map(({ status }) => status)).to.deep.equal(Array(8).fill(200));
    for (const client of clients) client.close();
  });

  it('/metrics of any of them covers all', async () => {
    const before = metricSum(await metricsOf(service.url), REQUESTS);
    for (let request = 0; request < 10; request += 1) await once(`/v1/payments/none-${request}`);
    const sums: number[] = [];
    for (let scrape = 0; scrape < 4; scrape += 1) sums.push(metricSum(await (await once('/metrics')).text(), REQUESTS));
    // A scrape also counts the scrapes before it.
    expect(sums).to.deep.equal([before + 11, before + 12, before + 13, before + 14]);
  });

  it('one killed under load is replaced: connections are always accepted, and no counter decreases', async () => {
    const [victim] = workerPids();
    if (victim === undefined) throw new Error('no worker');
    const readyBefore = service.log.filter(({ message }) => message === 'worker ready').length;
    let refused = 0;
    let served = 0;
    let isOver = false;
    const counts: number[] = [metricSum(await metricsOf(service.url), REQUESTS)];

    /** Connects for each request: an open connection breaks with its worker, a new one must be accepted. */
    async function keepConnecting(): Promise<void> {
      while (!isOver) {
        try {
          const reply = await once('/v1/payments', {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify(paymentBody({ id: freshId() })),
          });
          await reply.arrayBuffer();
          served += 1;
        } catch (error) {
          const { cause } = error as Error & { cause?: NodeJS.ErrnoException };
          if (cause?.code === 'ECONNREFUSED') refused += 1;
        }
      }
    }

    const load = Array.from({ length: 8 }, keepConnecting);
    counts.push(metricSum(await metricsOf(service.url), REQUESTS));
    process.kill(victim, 'SIGKILL');
    await service.logged(
      ({ message, worker_pid }) => message === 'worker died and is replaced' && worker_pid === victim,
    );
    for (let scrape = 0; scrape < 5; scrape += 1) {
      const text = await (await once('/metrics')).text();
      counts.push(metricSum(text, REQUESTS));
    }
    await until(
      async () => service.log.filter(({ message }) => message === 'worker ready').length,
      (ready) => ready === readyBefore + 1,
    );
    counts.push(metricSum(await metricsOf(service.url), REQUESTS));
    const servedWhenReplaced = served;
    await until(
      async () => served,
      (now) => now > servedWhenReplaced + 20,
    );
    isOver = true;
    await Promise.all(load);

    expect(refused).to.equal(0);
    expect(counts).to.deep.equal([...counts].sort((one, other) => one - other));
    expect(workerPids()).to.have.length(2).and.not.include(victim);
  });
});
