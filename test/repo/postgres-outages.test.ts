import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import pg from 'pg';
import type { StoreEvents } from '../../src/store/types.js';
import { queryPostgres, startPostgres, type TestPostgres, untilWaiting } from '../support/postgres.js';
import {
  countOutcomes,
  createAll,
  expectError,
  newCall,
  newChange,
  newPayment,
  numbered,
  type OpenRows,
} from './conformance/subject.js';
import { openRows, table } from './postgres-subject.js';

const POOL_SIZE = 6;
const MAX_CONNECTIONS = 16;
/** A second is promised, the rest is for a machine that stalls; a waiting call would take 15 s. */
const REJECTION_LIMIT_MS = 10_000;
/** Probes come every half second. */
const RECOVERY_LIMIT_MS = 20_000;
/** Like `REFUSED_LIMIT_MS`, while the server hangs: statements time out after 11 s. */
const HANGING_LIMIT_MS = 8_000;

/** The duration of the work, ms. */
async function duration(work: () => Promise<unknown>): Promise<number> {
  const startedMs = performance.now();
  await work();
  return performance.now() - startedMs;
}

describe('Postgres: outages', () => {
  let server: TestPostgres;
  let uri: string;
  let repo: OpenRows;
  let states: string[];
  let onState: (() => void) | null;

  before(async () => {
    server = await startPostgres({ maxConnections: MAX_CONNECTIONS, settings: ['superuser_reserved_connections=0'] });
  });
  after(() => server.destroy());

  beforeEach(async () => {
    uri = await server.createDatabase();
    states = [];
    onState = null;
    const events: StoreEvents = {
      breaker: (state) => {
        states.push(state);
        onState?.();
      },
    };
    repo = await openRows({ uri, table, poolSize: POOL_SIZE, events });
    await createAll(repo, ['a']);
  });
  afterEach(() => repo.close());

  /** Resolves when the breaker has reached a state after `from` changes. */
  async function untilBreaker(state: string, from = 0): Promise<void> {
    while (!states.slice(from).includes(state)) {
      await new Promise<void>((resolve) => {
        onState = resolve;
      });
    }
  }

  /** All methods fail while the database is unreachable. */
  async function expectAllRejected(): Promise<void> {
    const attempts: (() => Promise<unknown>)[] = [
      () => repo.find('a', newCall()),
      () => repo.create(newPayment('b'), newCall()),
      () => repo.update(newChange('a', 0), newCall()),
      () => repo.delete('a', 0, newCall()),
      () => repo.list({ kind: 'offset', from: 0, size: 1 }, newCall()),
      () => repo.count(newCall()),
      () => repo.deleteAll(newCall()),
      () => repo.ping(newCall()),
    ];
    for (const attempt of attempts) {
      expect(await duration(() => expectError(attempt(), 'unavailable'))).to.be.below(REJECTION_LIMIT_MS);
    }
  }

  /** They fail without waiting: before the event loop turns. */
  async function expectAllRejectedAtOnce(): Promise<void> {
    let hasTurned = false;
    setImmediate(() => {
      hasTurned = true;
    });
    await expectAllRejected();
    expect(hasTurned).to.equal(false);
  }

  /** Ends all sessions of the service, and resolves when their processes are gone. */
  const endSessions = () =>
    queryPostgres(
      server.url,
      `SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE application_name LIKE 'payments-api%'`,
    );

  async function expectRecovered(): Promise<void> {
    expect(await repo.find('a', newCall())).to.include({ version: 0 });
    expect(await repo.create(newPayment('recovered'), newCall())).to.deep.equal({ outcome: 'created' });
    await repo.ping(newCall());
    const countSessions = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'payments-api'`;
    let sessions: unknown[];
    // Closed ones end a moment later.
    do sessions = await queryPostgres(server.url, countSessions);
    while (sessions.length > POOL_SIZE);
    expect(sessions).to.have.length.above(0);
  }

  it('a server that is gone: rejects soon, at once when the breaker is open, and recovers', async () => {
    await server.stop('fast');
    await expectAllRejected();
    await untilBreaker('open');
    await expectAllRejectedAtOnce();
    await server.start();
    expect(await duration(() => untilBreaker('closed'))).to.be.below(RECOVERY_LIMIT_MS);
    expect(states.slice(0, 2)).to.deep.equal(['open', 'half_open']);
    await expectRecovered();
  });

  it('a clock that is set back while the breaker is open: service resumes all the same', async () => {
    const now = Date.now;
    await server.stop('fast');
    await expectAllRejected();
    await untilBreaker('open');
    try {
      Date.now = () => now() - 3_600_000;
      await server.start();
      expect(await duration(() => untilBreaker('closed'))).to.be.below(RECOVERY_LIMIT_MS);
      await expectRecovered();
    } finally {
      Date.now = now;
    }
  });

  it('a server that crashes under load: every certain outcome is right', async () => {
    const outcomes = new Map<string, string>();
    const create = async (id: string): Promise<void> => {
      const outcome = await repo.create(newPayment(id), newCall()).then(
        (result) => result.outcome,
        (error: { code: string }) => error.code,
      );
      outcomes.set(id, outcome);
    };
    const load = numbered('p', 2_000).map(async (id, index) => {
      await delay(index % 200);
      await create(id);
    });
    while (outcomes.size < 200) await delay(1);
    await server.stop('immediate');
    await Promise.all([...load, ...numbered('late', 200).map(create)]);
    // Enough failures to open the breaker, however much of the load came before the crash.
    await expectAllRejected();
    await server.start();
    await untilBreaker('closed');
    const rows = await queryPostgres<{ id: string }>(uri, 'SELECT id FROM payments');
    const stored = new Set(rows.map(({ id }) => id));
    for (const [id, outcome] of outcomes) {
      expect(outcome).to.be.oneOf(['created', 'unavailable', 'overloaded', 'outcome_unknown']);
      if (outcome !== 'outcome_unknown') {
        expect(stored.has(id), `${id} ${outcome}`).to.equal(outcome === 'created');
      }
    }
    const seen = new Set(outcomes.values());
    expect([...seen]).to.include.members(['created', 'unavailable']);
    await expectRecovered();
  });

  it('a server that hangs: every call ends by its deadline, and the breaker opens', async () => {
    const writeTimeoutMs = 3_000;
    // Enough connections, so that no new one is needed.
    await Promise.all([createAll(repo, ['x']), repo.find('a', newCall()), repo.count(newCall())]);
    server.suspend();
    try {
      const write = newCall(writeTimeoutMs);
      const unknown = duration(() => expectError(repo.create(newPayment('b'), write), 'outcome_unknown'));
      const unsent = newCall(60_000);
      // Once one write is in flight the next ones are queued.
      while (write.pendingWrites === 0) await delay(1);
      const rejected = expectError(repo.create(newPayment('c'), unsent), 'unavailable');
      const read = expectError(repo.find('a', newCall(60_000)), 'unavailable');
      expect(await duration(() => untilBreaker('open'))).to.be.below(HANGING_LIMIT_MS);
      await Promise.all([rejected, read]);
      expect(unsent.pendingWrites).to.equal(0);
      await expectAllRejectedAtOnce();
      expect(await unknown).to.be.within(writeTimeoutMs - 200, HANGING_LIMIT_MS);
      expect(write.pendingWrites).to.equal(1);
      await untilBreaker('half_open');
    } finally {
      server.resume();
    }
    const from = states.length;
    expect(await duration(() => untilBreaker('closed', from))).to.be.below(RECOVERY_LIMIT_MS);
    await expectRecovered();
    // It was sent and not rejected, so the server executed it when it resumed; the unsent one was not executed.
    expect(await repo.create(newPayment('b'), newCall())).to.deep.equal({ outcome: 'exists' });
    expect(await repo.find('c', newCall())).to.equal(null);
  });

  it('a ping does not wait long for a server that hangs', async () => {
    server.suspend();
    try {
      const tookMs = await duration(() => expectError(repo.ping(newCall()), 'unavailable'));
      expect(tookMs).to.be.within(800, HANGING_LIMIT_MS);
      await untilBreaker('open');
      await expectAllRejectedAtOnce();
    } finally {
      server.resume();
    }
    await untilBreaker('closed');
    await repo.ping(newCall());
  });

  it('limits the queue while a lock delays every write', async () => {
    const stuck = new pg.Client({ connectionString: uri });
    await stuck.connect();
    await stuck.query('BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
    const first = repo.find('a', newCall());
    await untilWaiting(stuck, 1);
    const outcomes = Promise.all(
      numbered('p', 6_000).map((id) =>
        repo.create(newPayment(id), newCall()).then(
          ({ outcome }) => outcome,
          ({ code }: { code: string }) => code,
        ),
      ),
    );
    await untilWaiting(stuck, 2);
    await stuck.query('COMMIT');
    await stuck.end();
    await first;
    const counts = { created: 0, overloaded: 0 };
    for (const outcome of await outcomes) {
      expect(outcome).to.be.oneOf(['created', 'overloaded']);
      counts[outcome === 'created' ? 'created' : 'overloaded'] += 1;
    }
    expect(counts.overloaded).to.be.greaterThan(0);
    expect(await repo.count(newCall())).to.equal(counts.created + 1);
  });

  it('a full connection limit: rejects soon, and recovers as soon as there is room', async () => {
    await endSessions();
    const others: pg.Client[] = [];
    for (let full = false; !full; ) {
      const client = new pg.Client({ connectionString: server.url });
      client.on('error', () => {});
      await client.connect().then(
        () => others.push(client),
        (error: pg.DatabaseError) => {
          full = error.code === '53300' || expect.fail(error.message);
        },
      );
    }
    await expectAllRejected();
    await untilBreaker('open');
    const from = states.length;
    await Promise.all(others.map((client) => client.end()));
    expect(await duration(() => untilBreaker('closed', from))).to.be.below(RECOVERY_LIMIT_MS);
    await expectRecovered();
  });

  it('a connection limit that others have used up: calls share the only connection', async () => {
    await endSessions();
    await createAll(repo, ['only']);
    const others: pg.Client[] = [];
    for (let isFull = false; !isFull; ) {
      const client = new pg.Client({ connectionString: server.url });
      client.on('error', () => {});
      await client.connect().then(
        () => others.push(client),
        () => {
          isFull = true;
        },
      );
    }
    try {
      for (let round = 0; round < 20; round += 1) {
        const ids = numbered(`round-${round}`, 5);
        await Promise.all([
          createAll(repo, ids),
          repo.find('a', newCall()),
          repo.update(newChange('a', round), newCall()),
          repo.list({ kind: 'offset', from: 0, size: 5 }, newCall()),
          repo.changes({ after: '0', size: 5 }, newCall()),
          repo.count(newCall()),
          repo.ping(newCall()),
        ]);
      }
      expect(states).to.deep.equal([]);
      expect(await repo.find('a', newCall())).to.include({ version: 20 });
    } finally {
      await Promise.all(others.map((client) => client.end()));
    }
  });

  it('sessions that are all ended under load: service continues', async () => {
    let created = 0;
    const create = async (id: string) => {
      const result = await repo.create(newPayment(id), newCall());
      created += 1;
      return result;
    };
    let isOver = false;
    const load = numbered('p', 20).map(async (id) => {
      for (let number = 0; !isOver; number += 1) {
        await create(`${id}-${number}`).catch((error) => expect(error).to.have.property('code', 'outcome_unknown'));
        await delay(1);
      }
    });
    while (created < 100) await delay(1);
    await endSessions();
    isOver = true;
    await Promise.all(load);
    expect(states).to.deep.equal([]);
    expect(countOutcomes(await Promise.all(numbered('q', 150).map(create)))).to.deep.equal({ created: 150 });
    await expectRecovered();
  });

  it('closes at once while the database is unreachable', async () => {
    await server.stop('immediate');
    await expectAllRejected();
    expect(await duration(() => repo.close())).to.be.below(REJECTION_LIMIT_MS);
    await server.start();
  });

  it('closes while the server hangs, after the last call ended', async () => {
    server.suspend();
    const rejected = expectError(repo.create(newPayment('b'), newCall(500)), 'outcome_unknown');
    try {
      expect(await duration(() => repo.close())).to.be.below(HANGING_LIMIT_MS);
      await rejected;
    } finally {
      server.resume();
    }
  });

  it('an outage causes no unhandled rejection in the process', async () => {
    const unexpected: unknown[] = [];
    const listen = (error: unknown): void => void unexpected.push(error);
    process.on('unhandledRejection', listen);
    const warnings: Error[] = [];
    const warn = (warning: Error): void => void warnings.push(warning);
    process.on('warning', warn);
    try {
      await Promise.allSettled(numbered('p', 20).map((id) => repo.find(id, newCall())));
      await server.stop('immediate');
      await expectAllRejected();
      await untilBreaker('open');
      await server.start();
      await untilBreaker('closed');
    } finally {
      process.off('unhandledRejection', listen);
      process.off('warning', warn);
    }
    expect(unexpected).to.deep.equal([]);
    expect(warnings).to.deep.equal([]);
  });
});
