import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { untilAvailable } from '../history/client.js';
import { type CheckedService, freshId, paymentBody, startChecked } from '../support/checked-service.js';
import type { Reply } from '../support/http.js';
import { queryPostgres } from '../support/postgres.js';
import { runProgram } from '../support/program.js';
import { needsPrograms } from '../support/programs.js';
import { type Replication, startReplication } from '../support/replication.js';

const TOKEN = 'consistency-token';
const CLIENTS = 6;
const ROUNDS = 40;

interface Stored {
  readonly id: string;
  readonly version: number;
}

/** A client that writes, sends the token with its next read, and expects its own write. */
class Client {
  readonly id = freshId();
  version = 0;
  /** The number of reads that were repeated because they got a 503. */
  repeated = 0;
  #repeats = false;
  #token = '';

  constructor(private readonly api: CheckedService) {}

  get token(): string {
    return this.#token;
  }

  async create(): Promise<void> {
    this.#noted(await this.api.post('/v1/payments', paymentBody({ id: this.id, organisation_id: this.id })), 201);
  }

  async update(): Promise<void> {
    const body = paymentBody({ id: this.id, version: this.version, organisation_id: this.id });
    this.#noted(await this.api.put(`/v1/payments/${this.id}`, body), 200);
    this.version += 1;
  }

  /** While the primary is down: a service that has stalled looks at the standby again before it reads there. */
  repeatReads(): void {
    this.#repeats = true;
  }

  /** The same for all ways of reading a payment. */
  async expectOwnWrite(): Promise<void> {
    const expected = { id: this.id, version: this.version };
    const found = await this.#read<{ data: Stored }>(`/v1/payments/${this.id}`);
    expect(found.data).to.include(expected);
    const list = await this.#read<{ data: Stored[] }>(`/v1/payments?organisation_id=${this.id}`);
    expect(list.data[0]).to.include(expected);
    const feed = await this.#read<{ data: { payment: Stored }[] }>(`/v1/changes?size=99&organisation_id=${this.id}`);
    expect(feed.data.at(-1)?.payment).to.include(expected);
    const versions = await this.#read<{ data: { payment: Stored }[] }>(`/v1/payments/${this.id}/versions?size=99`);
    expect(versions.data.at(-1)?.payment).to.include(expected);
  }

  async #read<Body>(target: string): Promise<Body> {
    const get = () => this.api.get(target, { [TOKEN]: this.#token });
    let reply = await get();
    if (this.#repeats && reply.status === 503) {
      this.repeated += 1;
      reply = await untilAvailable(get);
    }
    return this.#noted(reply, 200).json() as Body;
  }

  #noted(reply: Reply, status: number): Reply {
    expect(reply.status, reply.text).to.equal(status);
    this.#token = reply.headers[TOKEN] ?? expect.fail('a response without a token');
    return reply;
  }
}

const suite = describe('Reads from a standby', () => {
  let servers: Replication;
  let api: CheckedService;

  before(async () => {
    servers = await startReplication();
    api = await startChecked(flags(servers.standby.url));
  });
  after(async () => {
    await api?.stop();
    await servers?.destroy();
  });

  function flags(readUri: string): string[] {
    const uris = ['--repo-uri', servers.primary.url, '--repo-read-uri', readUri];
    return ['--repo', 'postgres', ...uris, '--metrics', '--max-results', '99', '--repo-pool-size', '4'];
  }

  const replay = (what: 'pause' | 'resume') => queryPostgres(servers.standby.url, `SELECT pg_wal_replay_${what}()`);

  /** The number of reads tried on a standby, by outcome. */
  async function standbyReads(outcome: string): Promise<number> {
    const { text } = await api.get('/metrics');
    return Number(
      new RegExp(`^repository_standby_reads_total\\{outcome="${outcome}"\\} (\\d+)`, 'm').exec(text)?.[1] ?? 0,
    );
  }

  /** Reads until the standby has served one. */
  async function untilServed(client: Client): Promise<void> {
    const before = await standbyReads('served');
    while ((await standbyReads('served')) === before) await client.expectOwnWrite();
  }

  async function newClient(): Promise<Client> {
    const client = new Client(api);
    await client.create();
    return client;
  }

  it('are not older than the token of a write, whatever the standby has replayed', async () => {
    const clients = await Promise.all(Array.from({ length: CLIENTS }, newClient));
    await untilServed(clients[0] ?? expect.fail());
    let isOver = false;
    const pauses = (async () => {
      while (!isOver) {
        await replay('pause');
        await delay(Math.random() * 300);
        await replay('resume');
        await delay(Math.random() * 300);
      }
    })();
    const before = { served: await standbyReads('served'), lagging: await standbyReads('lagging') };
    try {
      // Until it was asked at both a good and a bad moment.
      do
        await Promise.all(
          clients.map(async (client) => {
            for (let round = 0; round < ROUNDS; round += 1) {
              await client.update();
              await client.expectOwnWrite();
            }
          }),
        );
      while ((await standbyReads('served')) === before.served || (await standbyReads('lagging')) === before.lagging);
    } finally {
      isOver = true;
      await pauses;
    }
  });

  it('are at most about a second old without a token, and the log reports that the standby lags', async () => {
    const client = await newClient();
    await untilServed(client);
    await replay('pause');
    try {
      await client.update();
      // The standby is checked every 400 ms, and may serve for a second after it had the last change.
      await delay(2_000);
      const { data } = (await api.get(`/v1/payments/${client.id}`)).json<{ data: Stored }>();
      expect(data).to.include({ version: 1 });
      await api.service.logged(({ code }) => code === 'standby_lag');
    } finally {
      await replay('resume');
    }
    await untilServed(client);
  });

  it('with wait, return a change that the standby does not have yet', async () => {
    const client = await newClient();
    await untilServed(client);
    await replay('pause');
    try {
      const last = (await api.get(`/v1/payments/${client.id}/versions`)).json<{ data: { position: string }[] }>();
      const target = `/v1/changes?wait=20&after=${last.data[0]?.position}&organisation_id=${client.id}`;
      const waiting = api.get(target);
      await client.update();
      const { data } = (await waiting).json<{ data: { payment: Stored }[] }>();
      expect(data.map(({ payment }) => payment.version)).to.deep.equal([1]);
    } finally {
      await replay('resume');
    }
  });

  it('go to the primary after a write that was rejected, and with the token latest', async () => {
    const client = await newClient();
    await untilServed(client);
    await replay('pause');
    try {
      await client.update();
      const body = paymentBody({ id: client.id, version: 0 });
      const rejected = await api.put(`/v1/payments/${client.id}`, body);
      expect([rejected.status, rejected.headers[TOKEN]]).to.deep.equal([409, 'latest']);
      const ruledOut = await api.put(`/v1/payments/${client.id}`, body, { 'if-match': '"1"' });
      expect(ruledOut.json()).to.include({ code: 'version_conflict', detail: 'The payment is at version 1, not 0.' });
      const { headers, ...found } = await api.get(`/v1/payments/${client.id}`, { [TOKEN]: 'latest' });
      expect(found.json<{ data: Stored }>().data).to.include({ version: 1 });
      expect(headers[TOKEN]).to.match(/^\d+-\d+$/);
      // All tokens of a list count.
      const both = await api.get(`/v1/payments/${client.id}`, { [TOKEN]: `1-1, ${client.token}` });
      expect(both.json<{ data: Stored }>().data).to.include({ version: 1 });
    } finally {
      await replay('resume');
    }
    expect((await api.get('/v1/payments', { [TOKEN]: 'no token!' })).status).to.equal(400);
  });

  it('go to the primary while the standby is down or hangs, and then to the standby again', async () => {
    const client = await newClient();
    for (const [stop, start] of [
      [() => servers.standby.stop('fast'), () => servers.standby.start()],
      [async () => servers.standby.signal('SIGSTOP'), async () => servers.standby.signal('SIGCONT')],
    ] as const) {
      await untilServed(client);
      await stop();
      const startedMs = performance.now();
      for (let read = 0; read < 20; read += 1) await client.expectOwnWrite();
      // If each of them waited for the standby, it were minutes.
      expect(performance.now() - startedMs).to.be.below(20_000);
      await start();
      await untilServed(client);
    }
  });

  it('continue while the primary is down', async () => {
    const organisation = freshId();
    const attributes = { amount: '1', reference: 'long'.repeat(75_000) };
    for (const id of ['one', 'two'].map((name) => `${name} of ${organisation}`)) {
      const body = paymentBody({ id, organisation_id: organisation, attributes });
      expect((await api.post('/v1/payments', body)).status).to.equal(201);
    }
    const client = await newClient();
    await untilServed(client);
    await servers.primary.stop('immediate');
    try {
      expect((await api.get('/health')).status).to.equal(503);
      client.repeatReads();
      for (let read = 0; read < 20; read += 1) await client.expectOwnWrite();
      expect(client.repeated, 'of 80 reads').to.be.below(40);
      // The circuit breaker is open by then, and the lag was checked again.
      await delay(2_000);
      await client.expectOwnWrite();
      expect((await untilAvailable(() => api.get(`/v1/payments/${client.id}`))).status).to.equal(200);
      // Rows that are too large for their page are read later.
      const page = await untilAvailable(() => api.get(`/v1/payments?organisation_id=${organisation}`));
      const large = page.json<{ data: object[] }>();
      expect(large.data.map((payment) => Reflect.get(payment, 'attributes'))).to.deep.equal([attributes, attributes]);
      expect((await api.put(`/v1/payments/${client.id}`, paymentBody({ id: client.id, version: 0 }))).status).to.equal(
        503,
      );
    } finally {
      await servers.primary.start();
    }
    while ((await api.get('/health')).status !== 200) await delay(50);
    await client.update();
    await client.expectOwnWrite();
  });

  it('are found impossible by check', async () => {
    const database = 'postgres://postgres@127.0.0.1:1/postgres';
    const preferred = `${servers.standby.url}?target_session_attrs=prefer-standby`;
    const works = await runProgram(['check', ...flags(preferred), '--listen', '127.0.0.1:0']);
    expect(works.stdout).to.match(/^ok +standby +responds, and can be read$/m);
    const fails = await runProgram(['check', ...flags(database), '--listen', '127.0.0.1:0']);
    expect([fails.code, fails.stdout]).to.satisfy(
      ([code, text]: [number, string]) => code === 1 && /^failed +standby +.*ECONNREFUSED/m.test(text),
    );
    const misspelled = await runProgram(['check', ...flags(`${database}?target_session_attrs=primary`)]);
    expect([misspelled.code, misspelled.stdout]).to.satisfy(
      ([code, text]: [number, string]) => code === 2 && text.includes('target_session_attrs'),
    );
  });

  // The last test: afterwards the two servers have different histories.
  it('never come from a standby with another history', async () => {
    // Without its standby the primary would wait for one.
    await api.stop();
    await queryPostgres(servers.primary.url, 'ALTER ROLE postgres SET synchronous_commit = local');
    api = await startChecked(flags(servers.standby.url));
    const client = await newClient();
    await untilServed(client);
    await servers.promote();
    const lost = await startChecked(['--repo', 'postgres', '--repo-uri', servers.standby.url]);
    try {
      // Its changes have the same positions as those of the primary.
      for (let count = 0; count < 20; count += 1) {
        expect((await lost.post('/v1/payments', paymentBody())).status).to.equal(201);
      }
    } finally {
      await lost.stop();
    }
    for (let count = 0; count < 5; count += 1) {
      await client.update();
      await client.expectOwnWrite();
    }
  });
});
needsPrograms(['initdb'], suite);
