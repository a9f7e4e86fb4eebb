import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import pg from 'pg';
import { type HaProxy, startHaProxyForPatroni } from '../support/haproxy.js';
import { createClient } from '../support/http.js';
import { type PatroniCluster, type PatroniNode, startPatroni } from '../support/patroni.js';
import { queryPostgres } from '../support/postgres.js';
import { needsPrograms } from '../support/programs.js';
import { type RunningService, startService } from '../support/service.js';
import { busyMsUntil } from './busy.js';

/** For each way to reach the servers. */
const CLIENTS = 4;
/** From the promotion, as Postgres reports it, to the first write. */
const RESUME_LIMIT_MS = 2_000;
/** Between a client's requests: a loop without a pause takes a core. */
const PAUSE_MS = 60;
/** After a write that failed: while there is no primary, all of them fail immediately. */
const FAILED_PAUSE_MS = 50;
/** The code of a write that may have been executed. */
const UNKNOWN = 'outcome_unknown';

/** The state of one payment: its last certain version, and the possible one after it. */
interface Known {
  version: number;
  possible: number | null;
}

/** Clients that each create payments over HTTP, update them, and read their own writes. */
class Load {
  readonly known = new Map<string, Known>();
  readonly writtenAtMs: number[] = [];
  /** Responses that are always wrong. */
  readonly wrong: string[] = [];
  #isOver = false;
  readonly #clients: Promise<void>[];

  constructor(
    private readonly service: RunningService,
    readonly name: string,
  ) {
    this.#clients = Array.from({ length: CLIENTS }, (_, client) => this.#run(`${name}-${client}`));
  }

  /** Resolves when a new write was acknowledged. */
  async untilWritten(): Promise<number> {
    const before = this.writtenAtMs.length;
    while (this.writtenAtMs.length === before) await delay(1);
    return this.writtenAtMs[before] ?? 0;
  }

  /** The time of the first acknowledged write after a point in time. */
  resumedMs(afterMs: number): number | undefined {
    return this.writtenAtMs.find((atMs) => atMs > afterMs);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  async #run(prefix: string): Promise<void> {
    const client = createClient(this.service.port);
    for (let number = 0; !this.#isOver; number += 1) {
      const id = `${prefix}-${number}`;
      const body = (version: number) => ({
        data: { id, version, type: 'Payment', organisation_id: 'o', attributes: { amount: '1', of: version } },
      });
      if (!(await this.#write(id, 0, () => client.post('/v1/payments', body(0))))) {
        await delay(FAILED_PAUSE_MS);
        continue;
      }
      for (let version = 0; version < 3; version += 1) {
        if (!(await this.#write(id, version + 1, () => client.put(`/v1/payments/${id}`, body(version))))) break;
        const { status, text } = await client.get(`/v1/payments/${id}`);
        if (status !== 503 && !text.includes(`"version":${version + 1},`)) this.wrong.push(`${id} ${status} ${text}`);
      }
    }
    client.close();
  }

  /** @returns whether it was acknowledged */
  async #write(id: string, version: number, send: () => Promise<{ status: number; text: string }>): Promise<boolean> {
    await delay(PAUSE_MS);
    const { status, text } = await send();
    if (status === 200 || status === 201) {
      this.known.set(id, { version, possible: null });
      this.writtenAtMs.push(performance.now());
      return true;
    }
    if (status !== 503) this.wrong.push(`${id} ${status} ${text}`);
    const before = this.known.get(id)?.version ?? -1;
    this.known.set(id, { version: before, possible: text.includes(UNKNOWN) ? version : null });
    return false;
  }
}

const suite = describe('Failover by Patroni and etcd', () => {
  let cluster: PatroniCluster;
  let haProxy: HaProxy;
  /** One with a list of hosts, and one with HAProxy. */
  const services: RunningService[] = [];

  before(async () => {
    cluster = await startPatroni();
    haProxy = await startHaProxyForPatroni(cluster.all);
    for (const uri of [cluster.uri, haProxy.uri]) {
      services.push(await startService(['--repo', 'postgres', '--repo-uri', uri, '--timeout', '5']));
    }
  });
  after(async () => {
    for (const service of services) await service.stop();
    await haProxy?.stop();
    await cluster?.destroy();
  });

  /** The time of the server's promotion, by `performance.now()`. */
  async function promotion({ url }: PatroniNode): Promise<number> {
    const client = new pg.Client({ connectionString: url });
    // A query in flight rejects as well, which the test reports.
    client.on('error', () => {});
    await client.connect();
    try {
      while ((await client.query('SELECT pg_is_in_recovery() AS standby')).rows[0]?.standby) await delay(2);
      return performance.now();
    } finally {
      await client.end();
    }
  }

  async function expectConsistent({ known, wrong, name }: Load, { url }: PatroniNode): Promise<void> {
    expect(wrong).to.deep.equal([]);
    const rows = await queryPostgres<{ id: string; version: string }>(
      url,
      `SELECT id, version FROM payments WHERE id LIKE '${name}-%'`,
    );
    const stored = new Map(rows.map(({ id, version }) => [id, Number(version)]));
    for (const [id, { version, possible }] of known) {
      expect(stored.get(id) ?? -1, id).to.be.oneOf([version, possible ?? version]);
      stored.delete(id);
    }
    expect([...stored.keys()], 'payments that nobody created').to.deep.equal([]);
    const changes = await queryPostgres<{ id: string; version: string }>(
      url,
      `SELECT id, max(version) AS version, count(*) AS changes FROM payments_changes WHERE id LIKE '${name}-%' GROUP BY id`,
    );
    expect(new Map(changes.map(({ id, version }) => [id, version]))).to.deep.equal(
      new Map(rows.map(({ id, version }) => [id, version])),
    );
  }

  for (const [name, how, end, mend] of [
    ['switch', 'is demoted alive (patronictl switchover)', () => cluster.switchover(), () => {}],
    [
      'freeze',
      'is frozen, and its machine is reset later',
      (primary: PatroniNode) => primary.signal('SIGSTOP'),
      (primary: PatroniNode) => primary.reset(),
    ],
    ['kill', 'is killed', (primary: PatroniNode) => primary.signal('SIGKILL'), () => {}],
  ] as const) {
    it(`the primary ${how}, under load: nothing is lost, no read is stale, writes resume within 2 s`, async () => {
      await cluster.untilSynchronous();
      const { primary, standby } = await cluster.nodes();
      const loads = services.map((service, way) => new Load(service, `${name}-${way}`));
      for (const load of loads) await load.untilWritten();
      await delay(300);
      const promoted = promotion(standby);
      const ending = end(primary);
      const promotedMs = await promoted;
      const resumedMs = () => loads.map((load) => load.resumedMs(promotedMs));
      const busyMs = await busyMsUntil(standby.url, () => !resumedMs().includes(undefined));
      await ending;
      mend(primary);
      for (const load of loads) {
        for (let more = 0; more < 100; more += 1) await load.untilWritten();
      }
      for (const load of loads) await load.stop();
      for (const atMs of resumedMs()) expect((atMs ?? 0) - promotedMs).to.be.below(RESUME_LIMIT_MS + busyMs);
      for (const load of loads) await expectConsistent(load, standby);
      for (const { port } of services) {
        const client = createClient(port);
        expect((await client.get('/health')).status).to.equal(200);
        client.close();
      }
    });
  }
});
needsPrograms(['patroni', 'etcd', 'initdb', 'haproxy'], suite);
