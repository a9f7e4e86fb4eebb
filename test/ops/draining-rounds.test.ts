import { expect } from 'chai';
import pg from 'pg';
import { openConnection } from '../../src/store/sqlite/connection.js';
import { inLanes } from '../support/lanes.js';
import { sharedPostgres } from '../support/postgres.js';
import { drainRound, type Layout, type Round } from './drain-round.js';
import { temporaryFolder } from './support.js';

const { SOAK } = process.env;
/** Starting three processes takes some seconds of a core: `npm run test:soak` runs fifty rounds of each. */
const ROUNDS = SOAK ? 50 : 2;
const LANES = 2;

describe('SIGTERM under 24 busy connections', function () {
  this.timeout(SOAK ? 1_800_000 : 600_000);
  const folder = temporaryFolder();
  after(() => folder.remove());

  async function onSqlite(workers: number): Promise<Round[]> {
    const paths = Array.from({ length: LANES }, () => folder.database());
    return inLanes(ROUNDS, LANES, (lane) => {
      const path = paths[lane] ?? '';
      return drainRound({ workers, repo: ['--repo-uri', path], storedIds: async () => idsOf(path) });
    });
  }

  async function onPostgres(workers: number): Promise<Round[]> {
    const url = await (await sharedPostgres()).createDatabase();
    const client = new pg.Client(url);
    await client.connect();
    const layout: Layout = {
      workers,
      repo: ['--repo', 'postgres', '--repo-uri', url],
      async storedIds() {
        const { rows } = await client.query<{ id: string }>('SELECT id FROM payments');
        return new Set(rows.map(({ id }) => id));
      },
    };
    try {
      return await inLanes(ROUNDS, LANES, () => drainRound(layout));
    } finally {
      await client.end();
    }
  }

  for (const workers of [1, 2]) {
    const processes = workers === 1 ? 'one process' : `${workers} workers`;
    it(`drops nothing, ${ROUNDS} times: ${processes}, SQLite in a file`, async () => {
      tell(await onSqlite(workers));
    });

    it(`drops nothing, ${ROUNDS} times: ${processes}, Postgres`, async () => {
      tell(await onPostgres(workers));
    });
  }
});

/** Prints the rounds of a soak test. */
function tell(rounds: readonly Round[]): void {
  expect(rounds).to.have.length(ROUNDS);
  if (!SOAK) return;
  const created = rounds.reduce((sum, round) => sum + round.created, 0);
  const longestMs = Math.max(...rounds.map(({ tookMs }) => tookMs));
  process.stdout.write(
    `${rounds.length} drained, ${created} payments kept, at most ${Math.round(longestMs)} ms each\n`,
  );
}

function idsOf(path: string): ReadonlySet<string> {
  const database = openConnection(path, { readonly: true });
  try {
    return new Set(
      database
        .prepare<[], { id: string }>('SELECT id FROM payments')
        .all()
        .map(({ id }) => id),
    );
  } finally {
    database.close();
  }
}
