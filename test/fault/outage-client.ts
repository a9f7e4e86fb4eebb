import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { type Client, createClient, type Reply, untilAvailable } from '../history/client.js';

/** The codes of a 503 while the database is unreachable. */
const CODES = ['repository_unavailable', 'overloaded', 'deadline_exceeded', 'outcome_unknown'];
const POLL_MS = 20;
/** A second is promised; the rest is for a machine that stalls. */
const HEALTH_LIMIT_MS = 8_000;

/** A request of each kind, and whether it writes. */
const REQUESTS: readonly { readonly writes: boolean; readonly send: (client: Client) => Promise<Reply> }[] = [
  { writes: false, send: (client) => client.read('a') },
  { writes: false, send: (client) => client.send('GET', '/v1/payments') },
  { writes: false, send: (client) => client.send('GET', '/admin/repo') },
  { writes: true, send: (client) => client.create('b', '1') },
  { writes: true, send: (client) => client.update('a', 7, '1') },
  { writes: true, send: (client) => client.delete('a', 7) },
];

/** A client of a service whose database has failed. */
export class OutageClient {
  readonly #clients: Client[];

  /** @param port - of the service */
  constructor(port: number) {
    this.#clients = REQUESTS.map(() => createClient(port));
  }

  /** All operations concurrently, until none is a 503 and the service has this number of idle connections to the database. On
   * a busy machine a request may take longer than a short timeout. */
  async warm(connections: number): Promise<void> {
    for (;;) {
      const statuses = await Promise.all(this.#sendAll().map(async ({ reply }) => (await reply).status));
      const idle = await this.metric('repository_pool_connections\\{state="idle"\\}');
      if (!statuses.includes(503) && idle >= connections) return;
      await delay(POLL_MS);
    }
  }

  /**
   * All operations concurrently: each must get a 503 with `Retry-After` in time; only the outcome of writes may be
   * unknown.
   *
   * @param limitMs - for each of them
   * @returns the codes
   */
  async expectAway(limitMs: number): Promise<readonly string[]> {
    const replies = await Promise.all(
      this.#sendAll().map(async ({ writes, reply }) => ({ writes, reply: await reply })),
    );
    for (const { writes, reply } of replies) {
      expect(reply.status, JSON.stringify(reply.body)).to.equal(503);
      expect(reply.headers['retry-after']).to.match(/^[1-9]\d*$/);
      expect(reply.durationMs).to.be.below(limitMs);
      expect(reply.body?.code).to.be.oneOf(writes ? CODES : CODES.slice(0, 3));
    }
    return replies.map(({ reply }) => String(reply.body?.code));
  }

  /** Readiness fails soon, and liveness does not. */
  async expectUnhealthy(): Promise<void> {
    const [health, live] = await Promise.all([this.get('/health'), this.get('/health/live')]);
    expect([health.status, health.body]).to.deep.equal([503, { status: 'down' }]);
    expect(health.durationMs).to.be.below(HEALTH_LIMIT_MS);
    expect([live.status, live.body]).to.deep.equal([200, { status: 'up' }]);
    expect(live.durationMs).to.be.below(HEALTH_LIMIT_MS);
  }

  /** Waits until the metric shows an open circuit breaker. */
  async untilBreakerOpens(): Promise<void> {
    while ((await this.metric('repository_breaker_state')) === 0) await delay(POLL_MS);
  }

  /**
   * Waits until service resumes, with health probes only, which do not cause it.
   *
   * @returns how long it took, ms
   */
  async recovery(): Promise<number> {
    const startedMs = performance.now();
    while ((await this.get('/health')).status !== 200) await delay(POLL_MS);
    const tookMs = performance.now() - startedMs;
    expect(await this.metric('repository_breaker_state')).to.equal(0);
    const statuses: number[] = [];
    const id = `recovered-${Math.random()}`;
    for (const send of [
      () => this.get('/v1/payments/a'),
      () => this.get('/v1/payments'),
      () => this.get('/admin/repo'),
      () => this.#first.create(id, '1', `${id}-create`),
      () => this.#first.update(id, 0, '2', `${id}-update`),
      () => this.#first.delete(id, 1, `${id}-delete`),
    ]) {
      statuses.push((await untilAvailable(send)).status);
    }
    expect(statuses).to.deep.equal([200, 200, 200, 201, 200, 204]);
    return tookMs;
  }

  get(path: string): Promise<Reply> {
    return this.#first.send('GET', path);
  }

  /** @param name - as a regular expression, with optional labels */
  async metric(name: string): Promise<number> {
    const text = (await this.get('/metrics')).body?.detail ?? '';
    return Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(text)?.[1]);
  }

  close(): void {
    for (const client of this.#clients) client.close();
  }

  #sendAll(): { readonly writes: boolean; readonly reply: Promise<Reply> }[] {
    return this.#clients.flatMap((client, index) => {
      const request = REQUESTS[index];
      return request ? [{ writes: request.writes, reply: request.send(client) }] : [];
    });
  }

  get #first(): Client {
    const [first] = this.#clients;
    if (!first) throw new Error('there is no client');
    return first;
  }
}
