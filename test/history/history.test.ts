import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { createDistributedDatabase, TEST_CITUS_URL, terminateWorkerSessions, untilLogged } from '../support/citus.js';
import { queryPostgres, sharedPostgres } from '../support/postgres.js';
import { startService } from '../support/service.js';
import { findFeedViolation, findViolation } from './checker.js';
import { followFeed, readFeed } from './feed.js';
import { type Recorded, type Recording, recordHistories } from './recorder.js';

const { SOAK } = process.env;
/** A program that harms the cluster of `TEST_CITUS_URL`, for example kills a node and restarts it. */
const { TEST_CITUS_FAULT } = process.env;
const LOAD: Omit<Recording, 'port' | 'onOperation'> = {
  clients: 16,
  operationsPerClient: SOAK ? 6_000 : 150,
  payments: 3,
  operationsPerGeneration: 25,
};
/** Causes a failure after this number of operations, so that some writes have unknown outcomes. */
const OPERATIONS_PER_FAILURE = 100;
const TERMINATE = `
  SELECT pg_terminate_backend(pid) FROM pg_stat_activity
  WHERE application_name = 'payments-api' AND datname = current_database()`;

describe('histories of concurrent clients', function () {
  this.timeout(600_000);
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'payments-history-'));
  });
  after(() => rm(folder, { recursive: true }));

  function expectLinearizable({ histories, outcomes }: Recorded): void {
    for (const [id, history] of histories) {
      const violation = findViolation(history);
      if (violation === null) continue;
      const lines = history
        .toSorted((one, other) => one.invokedMs - other.invokedMs)
        .map((line) => JSON.stringify(line));
      expect.fail(`${id}: ${violation}\n${lines.join('\n')}`);
    }
    // A history without conflicts would prove nothing.
    const met = ['create done', 'create exists', 'update done', 'update conflict', 'delete done', 'read seen'];
    expect([...outcomes.keys()]).to.include.members(met);
    expect(outcomes.get('update conflict')).to.be.above(LOAD.clients);
  }

  /** Records histories while a reader follows the feed, and compares everything. */
  async function record(
    port: number,
    harm: () => Promise<unknown> = async () => {},
    settled: () => Promise<void> = async () => {},
  ): Promise<void> {
    const follower = followFeed(port);
    let operations = 0;
    let harmed = Promise.resolve<unknown>(null);
    function onOperation(): void {
      operations += 1;
      if (operations % OPERATIONS_PER_FAILURE === 0) harmed = harmed.then(harm);
    }
    const recorded = await recordHistories({ ...LOAD, port, onOperation });
    await harmed;
    await settled();
    await follower.finish();
    expectLinearizable(recorded);
    const feed = await readFeed(port);
    expect(follower.seen).to.deep.equal(feed);
    const entries = feed.map(({ kind, payment: { id, version, attributes } }) => {
      return { kind, id, version, value: attributes.amount };
    });
    expect(findFeedViolation(recorded.histories, entries)).to.equal(null);
  }

  for (const workers of [1, 2]) {
    it(`are linearizable for each payment, and the feed has them in one order: SQLite in a file, worker processes: ${workers}`, async () => {
      const file = join(folder, `${workers}.sqlite3`);
      const service = await startService(['--repo-uri', file, '--workers', String(workers), '--log-level', 'info']);
      try {
        await record(service.port);
      } finally {
        await service.stop();
      }
      expect(service.log.filter(({ level }) => level === 'error')).to.deep.equal([]);
    });

    it(`are linearizable for each payment, and the feed has them in one order: Postgres, whose sessions are ended now and then, worker processes: ${workers}`, async () => {
      const uri = await (await sharedPostgres()).createDatabase();
      const flags = ['--repo', 'postgres', '--repo-uri', uri, '--repo-pool-size', '4'];
      const service = await startService([...flags, '--workers', String(workers)]);
      try {
        await record(service.port, () => queryPostgres(uri, TERMINATE));
      } finally {
        await service.stop();
      }
    });

    if (TEST_CITUS_URL) {
      const error = TEST_CITUS_FAULT ?? 'whose workers end all sessions now and then';
      it(`are linearizable for each payment, and the feed has them in one order: Citus, ${error}, worker processes: ${workers}`, async () => {
        const uri = await createDistributedDatabase();
        const flags = ['--repo', 'postgres', '--repo-uri', uri, '--repo-statement-timeout', '5'];
        const service = await startService([...flags, '--workers', String(workers)]);
        const harm = () => (TEST_CITUS_FAULT ? promisify(execFile)(TEST_CITUS_FAULT) : terminateWorkerSessions(uri));
        try {
          await record(service.port, harm, () => untilLogged(uri));
        } finally {
          await service.stop();
        }
      });
    }
  }
});
