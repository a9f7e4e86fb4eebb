import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { payments, resources } from '../../src/payments/resource.js';
import { openStore } from '../../src/store/open-store.js';
import { newCall, replayOf } from '../repo/conformance/subject.js';
import { bundle } from '../support/bundle.js';
import { configFrom } from '../support/config.js';
import { createDatabase } from '../support/databases.js';
import { startPostgres } from '../support/postgres.js';
import { needsPrograms } from '../support/programs.js';
import { startReplication } from '../support/replication.js';
import { CHANGES_PER_PAYMENT, isPlanned, organisationOf, planned } from './feed-plan.js';
import { startReader, startWalker } from './feed-reader.js';
import type { FeedProgress, FeedWork } from './feed-writer.js';

const { SOAK } = process.env;
const CHANGES = SOAK ? 1_000_000 : 100_000;
const PROCESSES = 4;
const WRITER = fileURLToPath(new URL('./feed-writer.ts', import.meta.url));
let writer: string;

before(async () => {
  writer = await bundle(WRITER);
});

/** Writers in separate processes, which complete the plan even if they are killed. */
class Writers {
  /** The number of acknowledged writes, by payment. */
  readonly #steps: number[];
  readonly #processes: ChildProcess[] = [];
  readonly #acknowledgedOf = Array.from({ length: PROCESSES }, () => 0);
  #waiters: {
    readonly isReached: () => boolean;
    readonly resolve: () => void;
    readonly reject: (error: Error) => void;
  }[] = [];
  #failure: Error | null = null;
  acknowledged = 0;
  replays = 0;

  constructor(
    readonly flags: readonly string[],
    readonly changes: number,
  ) {
    this.#steps = Array.from({ length: changes / CHANGES_PER_PAYMENT }, () => 0);
    for (let index = 0; index < PROCESSES; index += 1) this.#start(index);
  }

  /** Resolves when a share of all writes is acknowledged. */
  progress(share: number): Promise<void> {
    const wanted = Math.floor(this.changes * share);
    return this.#until(() => this.acknowledged >= wanted);
  }

  /** The same for the writes of one process. The processes have different speeds. */
  progressOf(index: number, share: number): Promise<void> {
    const wanted = Math.floor((this.changes / PROCESSES) * share);
    return this.#until(() => (this.#acknowledgedOf[index] ?? 0) >= wanted);
  }

  #until(isReached: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiters.push({ isReached, resolve, reject });
      this.#settle();
    });
  }

  /** Kills a process with SIGKILL during its work, and starts another one for the rest. */
  async kill(index: number): Promise<void> {
    const child = this.#processes[index];
    if (!child?.connected) throw new Error(`process ${index} ended before it could be killed`);
    child.removeAllListeners('disconnect');
    // Its earlier messages are read first.
    const heard = once(child, 'disconnect');
    child.on('message', ({ isReady }: FeedProgress) => isReady && child.kill('SIGKILL'));
    child.send('mute');
    await heard;
    if (child.signalCode !== 'SIGKILL' && child.exitCode !== null) throw new Error(`process ${index} ended by itself`);
    this.#start(index);
  }

  killAll(): void {
    for (const child of this.#processes) {
      child.removeAllListeners('disconnect');
      child.kill('SIGKILL');
    }
  }

  #start(index: number): void {
    const child = fork(writer, { execArgv: [] });
    this.#processes[index] = child;
    const left = this.#steps.flatMap((step, payment) =>
      payment % PROCESSES === index && step < CHANGES_PER_PAYMENT ? [[payment, step] as const] : [],
    );
    child.on('message', (progress: FeedProgress) => this.#note(progress));
    child.on('disconnect', () => {
      const unfinished = left.filter(([payment]) => (this.#steps[payment] ?? 0) < CHANGES_PER_PAYMENT).length;
      if (unfinished > 0) this.#fail(new Error(`a process ended with ${unfinished} payments unfinished`));
    });
    child.send({ flags: this.flags, left } satisfies FeedWork);
  }

  #note({ acknowledged, error }: FeedProgress): void {
    if (error !== null) this.#fail(new Error(error));
    for (const [payment, isReplay] of acknowledged) {
      this.#steps[payment] = (this.#steps[payment] ?? 0) + 1;
      this.acknowledged += 1;
      const index = payment % PROCESSES;
      this.#acknowledgedOf[index] = (this.#acknowledgedOf[index] ?? 0) + 1;
      if (isReplay) this.replays += 1;
    }
    this.#settle();
  }

  #fail(error: Error): void {
    this.#failure ??= error;
    this.#settle();
  }

  #settle(): void {
    this.#waiters = this.#waiters.filter(({ isReached, resolve, reject }) => {
      if (this.#failure) reject(this.#failure);
      else if (!isReached()) return true;
      else resolve();
      return false;
    });
  }
}

/** Failures of the database, by the share of acknowledged writes. */
type Disturbances = readonly (readonly [share: number, disturb: () => Promise<unknown>])[];

/** The whole proof on one database. */
async function prove(flags: readonly string[], changes: number, disturbances: Disturbances): Promise<void> {
  const writers = new Writers(flags, changes);
  try {
    const acknowledged = () => writers.acknowledged;
    const readers = [
      startReader(flags, { size: 1000, acknowledged }),
      startReader(flags, { size: 137, acknowledged }),
      startReader(flags, { size: 500, filter: organisationOf(3), acknowledged }),
    ];
    const walker = startWalker(flags, 100);
    const kills = Array.from({ length: PROCESSES }, async (_, index) => {
      await writers.progressOf(index, 0.1 + 0.1 * index);
      await writers.kill(index);
    });
    const crashes = disturbances.map(async ([share, disturb]) => {
      await writers.progress(share);
      await disturb();
    });
    await Promise.all([...kills, ...crashes]);
    await writers.progress(1);
    expect(writers.acknowledged).to.equal(changes);
    expect(writers.replays, 'writes that were executed, and whose outcome nobody had heard').to.be.above(0);
    const [first = expect.fail(), second, filtered] = await Promise.all(readers.map((reader) => reader.finish()));
    // Each reader compared all changes with the plan, so this is the number of all changes, each once.
    expect(first.changes).to.equal(changes);
    expect(second).to.include({ changes, digest: first.digest });
    expect(filtered?.digest).to.equal(first.digestOf.get(organisationOf(3)));
    // A reader of the list sees every payment once, except those deleted before.
    const met = await walker.finish();
    for (let payment = 1; payment < changes / CHANGES_PER_PAYMENT; payment += 2) {
      if (!met.has(planned(payment, 0).id)) expect.fail(`payment ${payment} was not listed`);
    }
    await expectKeysOnce(flags, changes);
  } finally {
    writers.killAll();
  }
}

/** Each key belongs to the one planned change, and repeating the write changes nothing. */
async function expectKeysOnce(flags: readonly string[], changes: number): Promise<void> {
  const store = await openStore(configFrom(flags), resources, {});
  try {
    const rows = store.resource(payments);
    const last = await rows.lastPosition(newCall());
    for (let sample = 0; sample < 200; sample += 1) {
      const payment = Math.floor((Math.random() * changes) / CHANGES_PER_PAYMENT);
      const [versions, replays] = await Promise.all([
        rows.versions(`payment ${payment}`, { after: '0', size: 9 }, newCall()),
        Promise.all(
          Array.from({ length: CHANGES_PER_PAYMENT }, (_, step) => replayOf(rows, planned(payment, step).idempotency)),
        ),
      ]);
      expect(replays).to.deep.equal(versions?.map((change) => ({ outcome: 'replayed', change })));
      for (const [step, change] of versions?.entries() ?? []) {
        expect(isPlanned(change, planned(payment, step))).to.equal(true);
      }
      const { row, idempotency } = planned(payment, 0);
      expect(await rows.create(row, newCall(), idempotency)).to.deep.equal(replays[0]);
    }
    expect(await rows.changes({ after: last, size: 9 }, newCall())).to.deep.equal([]);
    expect(await rows.count(newCall())).to.equal(changes / CHANGES_PER_PAYMENT / 2);
  } finally {
    await store.close();
  }
}

describe('one order of changes', function () {
  this.timeout(SOAK ? 3_600_000 : 600_000);

  it(`has each of ${CHANGES} writes once, in every feed: a file of SQLite, whose writers are killed`, async () => {
    const database = await createDatabase('sqlite3');
    try {
      await prove(database.flags, CHANGES, []);
    } finally {
      database.dispose();
    }
  });

  it(`has each of ${CHANGES} writes once, in every feed: Postgres, which crashes, and whose writers are killed`, async () => {
    const postgres = await startPostgres();
    try {
      const uri = await postgres.createDatabase();
      const flags = ['--repo', 'postgres', '--repo-uri', uri, '--repo-pool-size', '4'];
      const crash = async () => {
        await postgres.stop('immediate');
        await postgres.start();
      };
      await prove(flags, CHANGES, [
        [0.2, crash],
        [0.6, crash],
      ]);
    } finally {
      await postgres.destroy();
    }
  });
});

const CHANGES_OF_A_PAIR = SOAK ? 200_000 : 10_000;
const pair = describe('one order of changes, of a pair of servers', function () {
  this.timeout(SOAK ? 1_800_000 : 600_000);

  it(`has each of ${CHANGES_OF_A_PAIR} writes once, in every feed: the primary crashes and the standby is promoted`, async () => {
    const servers = await startReplication();
    try {
      const flags = ['--repo', 'postgres', '--repo-uri', servers.uri, '--repo-pool-size', '4'];
      const failOver = async () => {
        await servers.primary.stop('immediate');
        await servers.promote();
      };
      await prove(flags, CHANGES_OF_A_PAIR, [[0.4, failOver]]);
    } finally {
      await servers.destroy();
    }
  });
});
needsPrograms(['initdb'], pair);
