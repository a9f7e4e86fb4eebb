import { Agent, request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import pg from 'pg';
import { createClient } from '../history/client.js';
import { queryPostgres, startPostgres, type TestPostgres, untilWaiting } from '../support/postgres.js';
import { type RunningService, startService } from '../support/service.js';
import { OutageClient } from './outage-client.js';
import { type DatabaseProxy, openProxy } from './proxy.js';

const TIMEOUT_SECONDS = 10;
const SHORT_TIMEOUT_SECONDS = 1;
/** For a machine that stalls; a hung statement times out after 11 s. */
const SLACK_MS = 6_000;
/** The repository gives up slightly before the deadline, so that its error is sent. */
const EARLY_MS = 200;
const MAX_CONNECTIONS = 24;
const FLOOD = 1_500;
const FLOOD_BODY_CHARS = 20_000;
const MEMORY_LIMIT_BYTES = 150 * 2 ** 20;
/** A second is promised; without its own probes the service would never resume. */
const RECOVERY_LIMIT_MS = 20_000;
/** At most a second is promised, and a wait would last until the timeout. */
const AWAY_LIMIT_MS = 8_000;

/** All other sessions; waits until their processes are gone. */
const END_SESSIONS = `SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity
  WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'`;

describe('outages of Postgres, seen over HTTP', () => {
  let postgres: TestPostgres;
  let uri: string;
  let proxy: DatabaseProxy;
  let service: RunningService;
  let impatient: RunningService;
  let client: OutageClient;
  const closers: (() => unknown)[] = [];

  before(async () => {
    postgres = await startPostgres({
      maxConnections: MAX_CONNECTIONS,
      settings: ['superuser_reserved_connections=0'],
    });
    closers.push(() => postgres.destroy());
    uri = await postgres.createDatabase();
    proxy = await openProxy(uri);
    closers.push(() => proxy.close());
    const flags = ['--repo', 'postgres', '--repo-pool-size', '6', '--admin', '--metrics'];
    service = await startService([...flags, '--repo-uri', proxy.uri, '--timeout', String(TIMEOUT_SECONDS)]);
    closers.push(() => service.stop());
    impatient = await startService([...flags, '--repo-uri', uri, '--timeout', String(SHORT_TIMEOUT_SECONDS)]);
    closers.push(() => impatient.stop());
    client = new OutageClient(service.port);
    closers.push(() => client.close());
    const first = createClient(service.port);
    expect((await first.create('a', '1')).status).to.equal(201);
    first.close();
  });
  after(async () => {
    // In reverse order, even if later ones were never opened.
    for (const close of closers.reverse()) await close();
  });

  /** The behaviour from the moment the breaker is open. */
  async function expectFailsFast(): Promise<void> {
    await client.untilBreakerOpens();
    await client.expectAway(AWAY_LIMIT_MS);
    await client.expectUnhealthy();
  }

  it('connection refused: 503 long before the timeout, then recovery', async () => {
    await proxy.refuse();
    await client.expectAway(AWAY_LIMIT_MS);
    await expectFailsFast();
    await proxy.mend();
    expect(await client.recovery()).to.be.below(RECOVERY_LIMIT_MS);
  });

  it('connection reset, again and again', async () => {
    proxy.reset();
    await client.expectAway(AWAY_LIMIT_MS);
    await expectFailsFast();
    await proxy.mend();
    expect(await client.recovery()).to.be.below(RECOVERY_LIMIT_MS);
  });

  it('a reset during a write and a read: the outcome of the write is unknown, the read is repeated', async () => {
    await withLock(uri, async (waiting) => {
      const [writer, reader] = [createClient(service.port), createClient(service.port)];
      const write = writer.create('in-doubt', '1');
      const read = reader.read('a');
      await waiting(2);
      proxy.cut();
      const { status, body, headers } = await write;
      expect([status, body?.code]).to.deep.equal([503, 'outcome_unknown']);
      expect(body?.detail).to.match(/may have happened.*Idempotency-Key, or read/);
      expect(headers['retry-after']).to.match(/^\d+$/);
      return async () => {
        expect((await read).status).to.equal(200);
        writer.close();
        reader.close();
      };
    });
    expect(await client.recovery()).to.be.below(RECOVERY_LIMIT_MS);
  });

  it('a server that hangs: the first 503 within the timeout, later ones at once, memory bounded, then recovery', async () => {
    // One for each read and one more, so that a write is sent as well.
    await client.warm(4);
    postgres.suspend();
    try {
      const codes = await client.expectAway(TIMEOUT_SECONDS * 1000 + SLACK_MS);
      expect(codes).to.include('outcome_unknown');
      await expectFailsFast();
      const before = await client.metric('process_resident_memory_bytes');
      await flood(service.port);
      expect((await client.metric('process_resident_memory_bytes')) - before).to.be.below(MEMORY_LIMIT_BYTES);
      await client.expectUnhealthy();
    } finally {
      postgres.resume();
    }
    expect(await client.recovery()).to.be.below(RECOVERY_LIMIT_MS);
  });

  it('every session ended by pg_terminate_backend: service continues', async () => {
    for (let round = 0; round < 3; round += 1) {
      await queryPostgres(uri, END_SESSIONS);
      expect((await client.get('/health/live')).status).to.equal(200);
      expect(await client.recovery()).to.be.below(RECOVERY_LIMIT_MS);
    }
  });

  it('a full connection limit: 503 long before the timeout, and recovery as soon as there is room', async () => {
    await queryPostgres(uri, END_SESSIONS);
    const others = await takeAllConnections(postgres.url);
    await client.expectAway(AWAY_LIMIT_MS);
    await expectFailsFast();
    await Promise.all(others.map((other) => other.end()));
    expect(await client.recovery()).to.be.below(RECOVERY_LIMIT_MS);
  });

  it('a timeout shorter than the detection of an outage: 503, and the log names the stage of the request', async () => {
    const others = new OutageClient(impatient.port);
    const [reader, writer] = [createClient(impatient.port), createClient(impatient.port)];
    await others.warm(2);
    postgres.suspend();
    try {
      const replies = await Promise.all([reader.read('a'), writer.create('late', '1')]);
      for (const [index, reply] of replies.entries()) {
        expect([reply.status, reply.body?.code]).to.deep.equal([
          503,
          ['repository_unavailable', 'outcome_unknown'][index],
        ]);
        expect(reply.headers['retry-after']).to.match(/^\d+$/);
        expect(reply.durationMs).to.be.within(
          SHORT_TIMEOUT_SECONDS * 1000 - EARLY_MS,
          SHORT_TIMEOUT_SECONDS * 1000 + SLACK_MS,
        );
        const line = await impatient.logged((entry) => entry.request_id === reply.headers['x-request-id']);
        expect(line).to.include({ status: 503, stage: 'handling', error_code: reply.body?.code });
      }
    } finally {
      postgres.resume();
    }
    expect(await others.recovery()).to.be.below(RECOVERY_LIMIT_MS);
    expect(await client.recovery()).to.be.below(RECOVERY_LIMIT_MS);
    for (const each of [others, reader, writer]) each.close();
  });

  it('a client that does not finish sending: 408 at the timeout, and the log names the stage of the request', async () => {
    const socket = connect(impatient.port, '127.0.0.1');
    const head =
      'POST /v1/payments HTTP/1.1\r\nHost: a\r\nX-Request-Id: slow-sender\r\nContent-Type: application/json\r\n';
    const startedMs = performance.now();
    socket.write(`${head}Content-Length: 100\r\n\r\n{"data":`);
    const received = await text(socket);
    expect(performance.now() - startedMs).to.be.within(
      SHORT_TIMEOUT_SECONDS * 1000 - 5,
      SHORT_TIMEOUT_SECONDS * 1000 + SLACK_MS,
    );
    expect(received).to.match(/^HTTP\/1\.1 408 /);
    expect(received)
      .to.include('"code":"request_timeout"')
      .and.to.match(/\r\nconnection: close\r\n/i);
    const line = await impatient.logged((entry) => entry.request_id === 'slow-sender');
    expect(line).to.include({ status: 408, stage: 'receiving', error_code: 'request_timeout' });
  });
});

/**
 * Holds a lock on the table, so that statements wait during the work.
 *
 * @param work - may wait for a number of waiting statements; its result is awaited after the lock is released
 */
async function withLock(
  uri: string,
  work: (waiting: (count: number) => Promise<void>) => Promise<() => Promise<void>>,
): Promise<void> {
  const holder = new pg.Client({ connectionString: uri });
  holder.on('error', () => {});
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
  let finish: () => Promise<void>;
  try {
    finish = await work((count) => untilWaiting(holder, count));
  } finally {
    await holder.end();
  }
  await finish();
}

/** Connects until Postgres accepts no more. */
async function takeAllConnections(url: string): Promise<pg.Client[]> {
  const taken: pg.Client[] = [];
  for (;;) {
    const other = new pg.Client({ connectionString: url });
    other.on('error', () => {});
    try {
      await other.connect();
      taken.push(other);
    } catch (error) {
      expect(error).to.have.property('code', '53300');
      return taken;
    }
  }
}

/** Many concurrent large writes, as before a hung database; all get a 503. */
async function flood(port: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 200 });
  const note = 'x'.repeat(FLOOD_BODY_CHARS);
  const statuses = await Promise.all(
    Array.from({ length: FLOOD }, (_, index) => {
      const attributes = { amount: '1', note };
      const body = JSON.stringify({
        data: { id: `flood-${index}`, type: 'Payment', organisation_id: 'o', attributes },
      });
      return new Promise<number | undefined>((resolve, reject) => {
        const headers = { 'Content-Type': 'application/json', 'Content-Length': body.length };
        const request = httpRequest({ agent, host: '127.0.0.1', port, method: 'POST', path: '/v1/payments', headers });
        request.on('error', reject);
        request.on('response', (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode));
        });
        request.end(body);
      });
    }),
  );
  agent.destroy();
  expect(new Set(statuses)).to.deep.equal(new Set([503]));
}
