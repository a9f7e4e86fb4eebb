import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { TLSSocket } from 'node:tls';

import { expect } from 'chai';
import pg from 'pg';
import { parseConnectionString } from '../../src/store/postgres/connection/connection-string.js';
import type { HealthProblem } from '../../src/store/postgres/connection/health.js';
import { QueryExecutor } from '../../src/store/postgres/connection/query-executor.js';
import { statement } from '../../src/store/postgres/connection/statement.js';
import { runCommand } from '../cli/support.js';
import { queryPostgres, sharedPostgres, untilWaiting } from '../support/postgres.js';
import { CERTIFICATE, KEY } from './certificate.js';
import { createAll, expectError, newCall, newChange, newPayment, type OpenRows } from './conformance/subject.js';
import { openRows } from './postgres-subject.js';

/** Ten seconds are promised: one until a statement is slow, and five for a connection. */
const START_LIMIT_MS = 20_000;
/** Longer than the limits of a new connection and of a health check. */
const STALL_MS = 2_500;
/** Postgres's message at `pg_terminate_backend`. */
const TERMINATED = Buffer.from('E\0\0\0\x26SFATAL\0VFATAL\0C57P01\0Mterminated\0\0', 'latin1');
const SILENT = 'Postgres did not accept a connection in time';

/** A network between the service and Postgres that loses connections in all the ways networks do. */
class Network {
  readonly #server: Server;
  readonly #links = new Set<readonly [Socket, Socket]>();
  #reachable = true;
  #cutsAt: string | null = null;
  #endsAfter: string | null = null;
  #stalls = false;

  constructor(private readonly target: URL) {
    // Half open: to a network that is cut, the end of a connection is lost too.
    this.#server = createServer({ allowHalfOpen: true }, async (socket) => {
      socket.on('error', () => {});
      this.#stall();
      if (!this.#reachable) {
        socket.on('end', () => socket.end()).resume();
        return;
      }
      const near = this.target.searchParams.get('sslmode') === 'require' ? await acceptTls(socket) : socket;
      const far = connect(Number(this.target.port), this.target.hostname);
      far.on('error', () => {});
      const link = [near, far] as const;
      this.#links.add(link);
      near.on('close', () => this.#links.delete(link));
      near.on('data', (data) => {
        this.#stall();
        if (this.#cutsAt !== null && data.includes(this.#cutsAt)) this.cut();
        if (this.#endsAfter === null || !data.includes(this.#endsAfter)) return;
        this.#endsAfter = null;
        const isLast = (response: Buffer) => near.end(Buffer.concat([response, TERMINATED]));
        far.unpipe(near).once('data', isLast).resume();
      });
      near.pipe(far).pipe(near);
    });
  }

  /** @returns the connection string through it */
  async open(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    const url = new URL(this.target);
    url.port = String(typeof address === 'object' ? address?.port : '');
    return url.href;
  }

  /** Data on existing connections is silently lost; new ones get no response. */
  cut(): void {
    this.#reachable = false;
    for (const [near, far] of this.#links) {
      near.unpipe(far).resume();
      far.unpipe(near).resume();
    }
  }

  /** Cuts at the first statement that contains a text. */
  cutAt(text: string): void {
    this.#cutsAt = text;
  }

  /** Once, the server ends the session together with its response to a statement that contains a text. */
  endAfter(text: string): void {
    this.#endsAfter = text;
  }

  /** At the next connection or statement this process, and so the service, stops for a while. */
  stallOnce(): void {
    this.#stalls = true;
  }

  #stall(): void {
    if (this.#stalls) stall();
    this.#stalls = false;
  }

  /** New connections fail at once. */
  refuse(): void {
    this.#server.close();
  }

  /** New connections work again. The cut ones do not. */
  mend(): void {
    this.#cutsAt = null;
    this.#reachable = true;
  }

  /** A row that ends before its first value. */
  garble(): void {
    for (const [near] of this.#links) near.write(Buffer.from('4400000006ffff', 'hex'));
  }

  reset(): void {
    for (const [near, far] of this.#links) {
      near.resetAndDestroy();
      far.destroy();
    }
  }

  get connections(): number {
    return this.#links.size;
  }

  async close(): Promise<void> {
    this.#server.close();
    this.reset();
    await once(this.#server, 'close');
  }
}

/** Blocks this process. */
function stall(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STALL_MS);
}

/** A client asks for TLS before its first message. */
async function acceptTls(socket: Socket): Promise<Socket> {
  await once(socket, 'data');
  socket.write('S');
  const secured = new TLSSocket(socket, { isServer: true, key: KEY, cert: CERTIFICATE });
  return secured.on('error', () => {});
}

describe('Postgres: a bad network', () => {
  let network: Network;
  let direct: string;
  let repo: OpenRows;
  let states: string[];
  let onState: (() => void) | null;

  beforeEach(async () => {
    direct = await (await sharedPostgres()).createDatabase();
    states = [];
    onState = null;
    await open('');
    await createAll(repo, ['a']);
  });
  afterEach(async () => {
    await repo.close();
    await network.close();
  });

  async function open(parameters: string): Promise<void> {
    network = new Network(new URL(`${direct}${parameters}`));
    repo = await openRows({
      uri: await network.open(),
      table: { schema: null, table: 'payments' },
      events: {
        breaker: (state) => {
          states.push(state);
          onState?.();
        },
      },
    });
  }

  /** Resets the connections, and resolves when the store has noticed. */
  async function resetIdle(): Promise<void> {
    network.reset();
    while (network.connections > 0) {
      await nextTurn();
    }
  }

  async function untilBreaker(state: string): Promise<void> {
    while (states.at(-1) !== state) {
      await new Promise<void>((resolve) => {
        onState = resolve;
      });
    }
  }

  for (const [what, lose, parameters] of [
    ['a reset', () => network.reset(), ''],
    ['bytes that are not the protocol', () => network.garble(), ''],
    ['bytes in TLS that are not the protocol', () => network.garble(), '?sslmode=require'],
  ] as const) {
    it(`${what} during a write: its outcome is unknown; during a read: it is repeated`, async () => {
      if (parameters) {
        await repo.close();
        await network.close();
        await open(parameters);
      }
      const other = new pg.Client({ connectionString: direct });
      await other.connect();
      await other.query('BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
      const write = expectError(repo.create(newPayment('b'), newCall()), 'outcome_unknown');
      const read = repo.find('a', newCall());
      await untilWaiting(other, 2);
      lose();
      await write;
      await other.query('COMMIT');
      expect(await read).to.include({ version: 0 });
      await other.end();
    });
  }

  it('a reset while idle: no call fails', async () => {
    await repo.find('a', newCall());
    await resetIdle();
    expect(await repo.create(newPayment('b'), newCall())).to.deep.equal({ outcome: 'created' });
  });

  it('a session that ends as soon as it has begun: a write is repeated', async () => {
    await resetIdle();
    network.endAfter('transaction_read_only');
    expect(await repo.create(newPayment('b'), newCall())).to.deep.equal({ outcome: 'created' });
  });

  it('a stall of this process while it connects, or waits for a health check, is no outage', async () => {
    await resetIdle();
    network.stallOnce();
    expect(await repo.find('a', newCall())).to.include({ version: 0 });
    network.stallOnce();
    await repo.ping(newCall());
    expect(states).to.deep.equal([]);
  });

  it('a response that arrives while this process stalls is in time, although the deadline has passed', async () => {
    const other = new pg.Client({ connectionString: direct });
    await other.connect();
    await other.query('BEGIN; LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');
    const store = await openRows({ uri: direct, poolSize: 2 });
    const found = store.find('a', newCall(STALL_MS));
    await untilWaiting(other, 1);
    // It waits for the only connection.
    const count = store.count(newCall());
    await nextTurn();
    const committed = other.query('COMMIT');
    stall();
    expect(await found).to.include({ version: 0 });
    expect(await count).to.equal(1);
    await committed;
    await other.end();
    await store.close();
  });

  it('a write on a session that the server has just ended because it was idle is repeated', async () => {
    const name = new URL(direct).pathname.slice(1);
    await queryPostgres(direct, `ALTER DATABASE "${name}" SET idle_session_timeout = '1500ms'`);
    const store = await openRows({ uri: direct });
    await createAll(store, ['b']);
    const created = store.create(newPayment('c'), newCall());
    // It is sent after this, and before the end of the session is read.
    stall();
    expect(await created).to.deep.equal({ outcome: 'created' });
    await store.close();
  });

  it('a connection that ends before a statement is sent: the transaction is repeated', async () => {
    const own = new Network(new URL(direct));
    const one = statement('SELECT 1');
    const executor = await QueryExecutor.open({
      target: parseConnectionString(await own.open()),
      ...{ applicationName: 'test', poolSize: 2, statementTimeoutMs: 10_000, connectionTimeoutMs: 10_000 },
      checks: [statement<HealthProblem>('SELECT 1')],
      events: {},
    });
    let attempts = 0;
    const rows = await executor.transaction(async (query) => {
      await query(one, []);
      attempts += 1;
      if (attempts === 1) own.reset();
      while (attempts === 1 && own.connections > 0) await nextTurn();
      return await query(one, []);
    });
    expect([rows?.length, attempts]).to.deep.equal([1, 2]);
    await executor.close();
    await own.close();
  });

  it('a cut after a write, while others of its batch are looked up: it is not reported as unwritten', async () => {
    network.cutAt('SELECT r.id FROM');
    const written = repo.create(newPayment('b'), newCall(60_000));
    const existing = expectError(repo.create(newPayment('a'), newCall(60_000)), 'unavailable');
    await untilBreaker('open');
    network.mend();
    expect(await written).to.deep.equal({ outcome: 'created' });
    await existing;
    expect(await repo.find('b', newCall())).to.include({ version: 0 });
  });

  it('dead connections while new ones fail: the breaker opens long before statements time out', async () => {
    await Promise.all([repo.find('a', newCall()), repo.count(newCall())]);
    network.cut();
    network.refuse();
    const load = setInterval(() => {
      for (const call of [repo.find('a', newCall()), repo.count(newCall()), repo.lastPosition(newCall())]) {
        call.catch(() => {});
      }
    }, 20);
    const startedMs = performance.now();
    await untilBreaker('open');
    clearInterval(load);
    expect(performance.now() - startedMs).to.be.below(9_000);
  });

  it('dead connections do not delay later calls', async () => {
    const everything = (): Promise<unknown>[] => [
      repo.create(newPayment('b'), newCall(120_000)),
      repo.update(newChange('x', 0), newCall(120_000)),
      repo.delete('x', 0, newCall(120_000)),
      repo.find('x', newCall()),
      repo.list({ kind: 'offset', from: 0, size: 1 }, newCall()),
      repo.count(newCall()),
    ];
    await Promise.all(everything());
    await repo.deleteAll(newCall());
    await createAll(repo, ['a']);
    network.cut();
    const codes = [
      'outcome_unknown',
      'outcome_unknown',
      'outcome_unknown',
      'unavailable',
      'unavailable',
      'unavailable',
    ] as const;
    const rejected = everything().map((call, index) => expectError(call, codes[index] ?? 'broken'));
    await untilBreaker('open');
    network.mend();
    const startedMs = performance.now();
    await untilBreaker('closed');
    expect(await repo.find('a', newCall())).to.include({ version: 0 });
    // Writes on dead connections time out before their deadlines, because they occupy the places of all others.
    expect(await repo.create(newPayment('c'), newCall())).to.deep.equal({ outcome: 'created' });
    // Statements time out after 11 s at the latest, and calls that wait for their places would wait as long.
    expect(performance.now() - startedMs).to.be.below(9_000);
    await Promise.all(rejected);
    expect(states.filter((state) => state === 'closed')).to.have.length(1);
    expect(states.at(-1)).to.equal('closed');
    expect(await repo.find('b', newCall())).to.equal(null);
  });
});

describe('Postgres: a network that is cut in the middle of a start', () => {
  it('at the end of its connection: the start does not wait for it', async () => {
    const network = new Network(new URL(await (await sharedPostgres()).createDatabase()));
    const uri = await network.open();
    network.cutAt('X\0\0\0\u0004');
    const rows = await openRows({ uri });
    network.mend();
    await createAll(rows, ['a']);
    await rows.close();
    await network.close();
  });

  // The first statement; within a migration; after the migrations.
  for (const statement of ['SHOW server_encoding', 'INSERT INTO "payments_changes"', 'has_table_privilege']) {
    it(`at ${statement}: start, check and migrate report it, and nothing is half migrated`, async () => {
      const direct = await (await sharedPostgres()).createDatabase();
      const network = new Network(new URL(direct));
      const uri = await network.open();
      network.cutAt(statement);
      const flags = ['--repo=postgres', '--repo-uri', uri];
      const commands = statement === 'has_table_privilege' ? [] : ['check --listen=127.0.0.1:0', 'migrate up'];
      const startedMs = performance.now();
      const [error, ...ended] = await Promise.all([
        expectError(openRows({ uri, startTimeoutMs: 0 }), 'unavailable'),
        ...commands.map((argv) => runCommand([...argv.split(' '), ...flags])),
      ]);
      expect(performance.now() - startedMs).to.be.below(START_LIMIT_MS);
      expect(error.message).to.equal(`the Postgres database cannot be used: ${SILENT}`);
      for (const { code, stdout, stderr } of ended) {
        expect(stdout + stderr).to.include(SILENT);
        expect(code).to.equal(1);
      }
      await network.close();
      const rows = await openRows({ uri: direct });
      await createAll(rows, ['a']);
      await rows.close();
    });
  }
});
