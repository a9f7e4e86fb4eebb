import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { StoreError } from '../../src/store/types.js';
import { exportedLines, runCommand } from '../cli/support.js';
import { expectError, newCall, newChange, newPayment, type OpenRows } from '../repo/conformance/subject.js';
import { openRows } from '../repo/postgres-subject.js';
import { startHaProxy } from '../support/haproxy.js';
import { queryPostgres } from '../support/postgres.js';
import { needsPrograms } from '../support/programs.js';
import { type Replication, startReplication } from '../support/replication.js';
import { busyMsUntil } from './busy.js';

const CLIENTS = 8;
/** Between a client's writes: a loop without a pause takes a core. */
const PAUSE_MS = 10;
/** After a failure: while there is no primary, all of them fail immediately. */
const FAILED_PAUSE_MS = 20;
/** From the promotion to the first write. */
const RESUME_LIMIT_MS = 2_000;

/** Resolves once a health check succeeds: on a busy machine one may take too long. */
async function untilHealthy(rows: OpenRows): Promise<void> {
  while (
    await rows.ping(newCall()).then(
      () => false,
      () => true,
    )
  )
    await delay(20);
}

/** Resolves once a write is acknowledged. Fails if that took too long, apart from the time for which the machine was busy. */
async function expectResumed(load: Load, { standby }: Replication): Promise<void> {
  const promotedMs = performance.now();
  const resumedMs = () => load.createdAtMs.find((atMs) => atMs > promotedMs);
  const busyMs = await busyMsUntil(standby.url, () => resumedMs() !== undefined);
  expect((resumedMs() ?? 0) - promotedMs).to.be.below(RESUME_LIMIT_MS + busyMs);
}

/** Clients that create rows until they are stopped, and the outcomes. */
class Load {
  readonly outcomes = new Map<string, string>();
  readonly createdAtMs: number[] = [];
  #isOver = false;
  readonly #clients: Promise<void>[];

  constructor(private readonly rows: OpenRows) {
    this.#clients = Array.from({ length: CLIENTS }, (_, client) => this.#run(client));
  }

  /** Resolves when a number of further writes was acknowledged. */
  async untilCreated(count = 1): Promise<void> {
    const wanted = this.createdAtMs.length + count;
    while (this.createdAtMs.length < wanted) await delay(1);
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#clients);
  }

  async #run(client: number): Promise<void> {
    for (let number = 0; !this.#isOver; number += 1) {
      const id = `${client}-${number}`;
      const outcome = await this.rows.create(newPayment(id), newCall(5_000)).then(
        (result) => result.outcome,
        (error: unknown) => (error instanceof StoreError ? error.code : String(error)),
      );
      this.outcomes.set(id, outcome);
      if (outcome === 'created') this.createdAtMs.push(performance.now());
      await delay(outcome === 'created' ? PAUSE_MS : FAILED_PAUSE_MS);
    }
  }
}

/** How the servers are reached. */
type Way = (servers: Replication) => Promise<{ readonly uri: string; stop(): Promise<void> }>;

const hostList: Way = async ({ uri }) => ({ uri, stop: async () => {} });
const haProxy: Way = ({ primary, standby }) => startHaProxy([primary.url, standby.url]);

/** Tests that do not depend on this use a list of hosts. */
const failover = (way: Way) =>
  function (this: Mocha.Suite) {
    let servers: Replication;
    let rows: OpenRows;
    let reached: Awaited<ReturnType<Way>>;
    /** The load of the test, which continues if the test fails. */
    let load: Load | null = null;

    beforeEach(async () => {
      servers = await startReplication();
      reached = await way(servers);
      rows = await openRows({ uri: reached.uri });
    });
    afterEach(async () => {
      await load?.stop();
      load = null;
      await rows?.close();
      await reached?.stop();
      await servers?.destroy();
    });

    /** No acknowledged write is lost, no rejected write was executed, and all writes are in the log once. */
    async function expectConsistent({ outcomes }: Load): Promise<void> {
      const stored = await queryPostgres<{ id: string }>(servers.standby.url, 'SELECT id FROM payments');
      const logged = await queryPostgres<{ id: string }>(
        servers.standby.url,
        'SELECT id FROM payments_changes ORDER BY position',
      );
      const ids = new Set(stored.map(({ id }) => id));
      for (const [id, outcome] of outcomes) {
        expect(outcome).to.be.oneOf(['created', 'unavailable', 'deadline_exceeded', 'outcome_unknown']);
        if (outcome !== 'outcome_unknown') expect(ids.has(id), `${id} ${outcome}`).to.equal(outcome === 'created');
      }
      expect(logged.map(({ id }) => id).sort()).to.deep.equal([...ids].sort());
    }

    for (const [how, end] of [
      ['crashes', (nodes: Replication) => nodes.primary.stop('immediate')],
      ['is stopped', (nodes: Replication) => nodes.primary.stop('fast')],
      ['hangs', async (nodes: Replication) => nodes.primary.signal('SIGSTOP')],
    ] as const) {
      it(`the primary ${how} under load: nothing is lost, and writes resume within 2 s of the promotion`, async () => {
        load = new Load(rows);
        await load.untilCreated(200);
        await end(servers);
        await delay(300);
        await servers.promote();
        await expectResumed(load, servers);
        await load.untilCreated();
        await load.stop();
        await expectConsistent(load);
        await untilHealthy(rows);
      });
    }

    // A proxy cannot tell which of two primaries is the old one.
    if (way !== hostList) return;

    it('the primary hangs for long before the standby is promoted: its hosts are not tried one after another', async () => {
      const states: string[] = [];
      const observed = await openRows({ uri: servers.uri, events: { breaker: (state) => states.push(state) } });
      load = new Load(observed);
      await load.untilCreated();
      const frozenMs = performance.now();
      servers.primary.signal('SIGSTOP');
      while (!states.includes('open')) await delay(1);
      // A statement is suspicious after a second, and the health check times out after 900 ms; otherwise it would take 11 s.
      expect(performance.now() - frozenMs).to.be.below(9_000);
      // Earlier findings must be repeated.
      const seen = states.length;
      while (!states.slice(seen).includes('half_open')) await delay(1);
      await delay(300);
      await servers.promote();
      await expectResumed(load, servers);
      await load.stop();
      await expectConsistent(load);
      await observed.close();
    });

    it('a commit is not acknowledged if its wait for the standby was cancelled', async () => {
      await untilHealthy(rows);
      servers.standby.signal('SIGSTOP');
      const created = expectError(rows.create(newPayment('a'), newCall()), 'outcome_unknown');
      const cancel = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
      while ((await queryPostgres(servers.primary.url, cancel)).length === 0) await delay(20);
      await created;
    });

    it('an import does not count rows whose wait for the standby was cancelled, and can be resumed', async () => {
      const importing = () => runCommand(['import', '--repo=postgres', '--repo-uri', servers.uri], exportedLines(3));
      servers.standby.signal('SIGSTOP');
      const ended = importing();
      const cancel = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
      while ((await queryPostgres(servers.primary.url, cancel)).length === 0) await delay(20);
      const { code, stderr } = await ended;
      expect(stderr).to.match(/^incomplete: .*\n.*standby was cancelled.*\n$/);
      expect(code).to.equal(1);
      servers.standby.signal('SIGCONT');
      expect((await importing()).stderr).to.equal('imported 0 rows, 3 were there already, 0 lines rejected\n');
    });

    it('a reader that has seen a change that the promoted standby lacks sees all later ones', async () => {
      await untilHealthy(rows);
      await servers.standby.stop('fast');
      const unknown = expectError(rows.create(newPayment('lost'), newCall()), 'outcome_unknown');
      const end = `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'SyncRep'`;
      while ((await queryPostgres(servers.primary.url, end)).length === 0) await delay(20);
      await unknown;
      const changesAfter = async (after: string) =>
        await rows.changes({ after, size: 10_000, filter: undefined }, newCall());
      const [seen] = await changesAfter('0');
      expect(seen?.row.id).to.equal('lost');
      await servers.primary.stop('immediate');
      await servers.standby.start();
      await servers.promote();
      load = new Load(rows);
      await load.untilCreated();
      await load.stop();
      const created = [...load.outcomes].filter(([, outcome]) => outcome === 'created').map(([id]) => id);
      const later = await changesAfter(seen?.position ?? '');
      expect(later.map(({ row }) => row.id)).to.include.members(created);
    });

    it('an old primary that comes back is not read from', async () => {
      expect(await rows.create(newPayment('a'), newCall())).to.deep.equal({ outcome: 'created' });
      // Several connections to the first one, which stay open while it hangs.
      await Promise.all([rows.find('a', newCall()), rows.count(newCall()), rows.lastPosition(newCall())]);
      servers.primary.signal('SIGSTOP');
      const reads = Array.from({ length: 4 }, () => rows.find('a', newCall(5_000)).catch(() => null));
      await servers.promote();
      await Promise.all(reads);
      let version = 0;
      while ((await rows.update(newChange('a', version), newCall(2_000)).catch(() => null)) === null) await delay(10);
      servers.primary.signal('SIGCONT');
      for (version = 1; version < 50; version += 1) {
        const [found, updated] = [
          await rows.find('a', newCall()),
          await rows.update(newChange('a', version), newCall()),
        ];
        expect(found).to.include({ version });
        expect(updated).to.deep.equal({ outcome: 'updated', version: version + 1 });
      }
    });

    it('a primary that was demoted to a standby is skipped', async () => {
      await rows.create(newPayment('a'), newCall());
      await servers.primary.stop('fast');
      await servers.promote();
      await servers.restartAsStandby();
      while ((await rows.update(newChange('a', 0), newCall(2_000)).catch(() => null)) === null) await delay(10);
      const other = await openRows({ uri: servers.uri });
      try {
        expect(await other.find('a', newCall())).to.include({ version: 1 });
        expect(await other.update(newChange('a', 1), newCall())).to.deep.equal({ outcome: 'updated', version: 2 });
        await other.ping(newCall());
      } finally {
        await other.close();
      }
      const opening = openRows({ uri: servers.primary.url, startTimeoutMs: 300 });
      const error = await expectError(opening, 'unavailable');
      expect(error).to.have.property('reason', '25006');
      expect(error.message).to.include('read-only');
    });
  };

needsPrograms(['initdb'], describe('Failover', failover(hostList)));
needsPrograms(['initdb', 'haproxy'], describe('Failover through HAProxy', failover(haProxy)));
