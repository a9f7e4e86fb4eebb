import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import pg from 'pg';
import { createClient } from '../history/client.js';
import { type Follower, followFeed, readFeed } from '../history/feed.js';
import { startPostgres, type TestPostgres, untilWaiting } from '../support/postgres.js';
import { startService } from '../support/service.js';
import { killAll } from './kill.js';
import { Ledger } from './ledger.js';
import { listAll, startLoad } from './load.js';

const { SOAK } = process.env;
const ROUNDS = SOAK ? 50 : 3;
const CLIENTS = 16;
/** A crash comes after at least this number of writes of a round. */
const WRITES_BEFORE_CRASH = 150;
/** A second is promised; without its own probes the service would never resume. */
const RECOVERY_LIMIT_MS = 20_000;
const POLL_MS = 20;

describe('crashes under load', function () {
  this.timeout(SOAK ? 900_000 : 600_000);
  let folder: string;
  let postgres: TestPostgres;
  /** They run concurrently, because they mostly wait for processes to start. */
  const runs = new Map<string, Promise<void>>();

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'payments-crash-'));
    postgres = await startPostgres();
    runs.set('SQLite, one process', killRepeatedly(['--repo-uri', join(folder, 'one.sqlite3')]));
    runs.set('SQLite, two workers', killRepeatedly(['--repo-uri', join(folder, 'two.sqlite3'), '--workers', '2']));
    const uri = await postgres.createDatabase();
    runs.set('Postgres', killRepeatedly(['--repo', 'postgres', '--repo-uri', uri]));
    // Each has a test that reports it; until then a failure must not count as unhandled.
    for (const run of runs.values()) run.catch(() => {});
  });
  after(async () => {
    await Promise.allSettled(runs.values());
    await postgres.destroy();
    await rm(folder, { recursive: true });
  });

  /** Kills the service repeatedly, and checks each time that all acknowledged writes are there. */
  async function killRepeatedly(flags: readonly string[]): Promise<void> {
    const ledger = new Ledger();
    let follower: Follower | null = null;
    for (let round = 0; ; round += 1) {
      const service = await startService([...flags, '--max-results', '1000', '--log-level', 'info']);
      try {
        ledger.expectKept(await listAll(service.port));
        await repeatPending(service.port, ledger);
        if (follower) follower.move(service.port);
        else follower = followFeed(service.port);
        // One more where no write was in flight at any of the kills.
        if (round >= ROUNDS && ledger.unknown > 0) {
          await expectTaken(service.port, ledger.deletedIds);
          await expectInFeed(service.port, ledger, follower);
          // Its workers too: their folder is removed next.
          await killAll(service);
          break;
        }
        const load = startLoad({ port: service.port, clients: CLIENTS, ledger, prefix: `r${round}` });
        await load.progress(WRITES_BEFORE_CRASH + Math.floor(Math.random() * WRITES_BEFORE_CRASH));
        await killAll(service);
        await load.ended;
      } finally {
        service.kill();
      }
    }
    expect(ledger.acknowledged).to.be.at.least(ROUNDS * WRITES_BEFORE_CRASH);
  }

  for (const name of ['SQLite, one process', 'SQLite, two workers', 'Postgres']) {
    it(`every acknowledged write survives SIGKILL of the whole service, and is in the feed once: ${name}`, () =>
      runs.get(name));
  }

  it('every acknowledged write survives a crash of Postgres and is in the feed once, and service resumes', async () => {
    const uri = await postgres.createDatabase();
    const flags = ['--repo', 'postgres', '--repo-uri', uri, '--max-results', '1000', '--log-level', 'info'];
    const service = await startService(flags);
    const ledger = new Ledger();
    const probe = createClient(service.port);
    const follower = followFeed(service.port);
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const load = startLoad({ port: service.port, clients: CLIENTS, ledger, prefix: `r${round}` });
        await load.progress(WRITES_BEFORE_CRASH + Math.floor(Math.random() * WRITES_BEFORE_CRASH));
        if (round === 0) await holdUpWrites(uri);
        await postgres.stop('immediate');
        await load.progress(CLIENTS);
        load.stop();
        await load.ended;
        await postgres.start();
        const startedMs = performance.now();
        while ((await probe.send('GET', '/health')).status !== 200) {
          expect(performance.now() - startedMs).to.be.below(RECOVERY_LIMIT_MS);
          await delay(POLL_MS);
        }
        ledger.expectKept(await listAll(service.port));
        await repeatPending(service.port, ledger);
      }
      await expectTaken(service.port, ledger.deletedIds);
      await expectInFeed(service.port, ledger, follower);
      expect(ledger.acknowledged).to.be.at.least(ROUNDS * WRITES_BEFORE_CRASH);
      expect(ledger.unknown).to.be.above(0);
    } finally {
      probe.close();
      await service.stop();
    }
  });
});

/** Makes sure that writes are in flight: they wait for a lock until Postgres crashes. */
async function holdUpWrites(uri: string): Promise<void> {
  const holder = new pg.Client({ connectionString: uri });
  holder.on('error', () => {});
  await holder.connect();
  await holder.query('BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
  await untilWaiting(holder, 1);
}

/** Repeats all writes without a response, with their keys. Then every write has taken effect once. */
async function repeatPending(port: number, ledger: Ledger): Promise<void> {
  const client = createClient(port);
  await ledger.repeat(client);
  client.close();
  ledger.expectKept(await listAll(port));
}

/** Each acknowledged write is in the feed once, for a new reader and for one that followed it from the beginning. */
async function expectInFeed(port: number, ledger: Ledger, follower: Follower): Promise<void> {
  await follower.finish();
  const feed = await readFeed(port);
  ledger.expectFeed(feed);
  expect(follower.seen).to.deep.equal(feed);
}

/** An id that was ever used is never free again. */
async function expectTaken(port: number, ids: readonly string[]): Promise<void> {
  const client = createClient(port);
  expect(ids).to.have.length.above(0);
  for (const id of ids) {
    expect((await client.create(id, '1')).body?.code, id).to.equal('payment_exists');
    expect((await client.read(id)).status, id).to.equal(404);
  }
  client.close();
}
