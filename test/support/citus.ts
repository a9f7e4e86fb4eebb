import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { OpenRows } from '../repo/conformance/subject.js';
import { openRows } from '../repo/postgres-subject.js';
import { stopAtEnd } from './at-end.js';
import { queryPostgres, signalPostgres } from './postgres.js';

/**
 * The coordinator of a Citus cluster with at least one worker, as a superuser of all nodes. Without it, tests that need
 * it are skipped.
 */
export const { TEST_CITUS_URL } = process.env;

/** The SQL in `docs/citus.md` that starts with this: `BEGIN` distributes the payments, `GRANT` is for the service's role. */
export function recipe(start: 'BEGIN' | 'GRANT'): string {
  const [, found] =
    new RegExp(`\`\`\`sql\\n(${start}[\\s\\S]*?)\`\`\``).exec(readFileSync('docs/citus.md', 'utf8')) ?? [];
  if (found === undefined) throw new Error(`docs/citus.md has no SQL that starts with ${start}`);
  return found;
}

const created: { readonly nodes: readonly string[]; readonly name: string }[] = [];

/**
 * Creates an empty database on every node of the cluster.
 *
 * @param workerLimit - the number of workers to register; `addWorkers` registers the others
 * @returns its connection string on the coordinator
 */
export async function createCitusDatabase(workerLimit = Number.POSITIVE_INFINITY): Promise<string> {
  const coordinator = TEST_CITUS_URL ?? '';
  const workers = await workerUrls(coordinator);
  const name = `test_${randomBytes(8).toString('hex')}`;
  const at = (url: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;
  created.push({ nodes: [coordinator, ...workers], name });
  for (const url of [coordinator, ...workers]) {
    await queryPostgres(url, `CREATE DATABASE "${name}" TEMPLATE template0 ENCODING 'UTF8'`);
    await queryPostgres(at(url), 'CREATE EXTENSION citus');
  }
  const own = new URL(coordinator);
  await queryPostgres(at(coordinator), `SELECT citus_set_coordinator_host('${own.hostname}', ${own.port || 5432})`);
  await addWorkers(at(coordinator), workers.slice(0, workerLimit));
  return at(coordinator);
}

/** Registers workers with the coordinator of a database; default all. */
export async function addWorkers(uri: string, workers?: readonly string[]): Promise<void> {
  for (const url of workers ?? (await workerUrls(TEST_CITUS_URL ?? ''))) {
    const { hostname, port } = new URL(url);
    await queryPostgres(uri, `SELECT citus_add_node('${hostname}', ${port || 5432})`);
  }
}

/**
 * Creates a database with the payments distributed over the workers, as documented.
 *
 * @param before - runs before they are distributed
 * @param workerLimit - the number of workers
 */
export async function createDistributedDatabase(
  before?: (rows: OpenRows) => Promise<void>,
  workerLimit?: number,
): Promise<string> {
  const uri = await createCitusDatabase(workerLimit);
  const rows = await openRows({ uri });
  await before?.(rows);
  await rows.close();
  const client = new pg.Client({ connectionString: uri });
  await client.connect();
  try {
    for (const each of recipe('BEGIN').split(/;\n/)) await client.query(each);
  } finally {
    await client.end();
  }
  return uri;
}

/** The workers of a cluster. */
export async function workerUrls(coordinator: string): Promise<readonly string[]> {
  const nodes = await queryPostgres<{ nodename: string; nodeport: number }>(
    coordinator,
    'SELECT nodename, nodeport FROM pg_dist_node WHERE groupid <> 0 AND isactive ORDER BY groupid',
  );
  return nodes.map(({ nodename, nodeport }) => {
    return Object.assign(new URL(coordinator), { hostname: nodename, port: String(nodeport) }).href;
  });
}

/** Signals the processes of a worker, which must run on this machine. */
export async function signalWorker(url: string): Promise<(name: 'SIGSTOP' | 'SIGCONT') => void> {
  const [found] = await queryPostgres<{ folder: string }>(url, `SELECT current_setting('data_directory') AS folder`);
  return (name) => signalPostgres(found?.folder ?? '', name);
}

/** Ends all sessions of the coordinator in a worker's database. */
export async function terminateWorkerSessions(uri: string): Promise<void> {
  for (const url of await workerUrls(uri)) {
    await queryPostgres(
      url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
      WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()`,
    );
  }
}

/** Resolves when the log has the last write of each row. */
export async function untilLogged(uri: string): Promise<void> {
  const versions = async (table: string) => {
    const rows = await queryPostgres(uri, `SELECT id, version::text, deleted FROM ${table}`);
    return JSON.stringify(rows.map((row) => JSON.stringify(row)).sort());
  };
  while ((await versions('payments')) !== (await versions('payments_current'))) await delay(50);
}

stopAtEnd(async () => {
  for (const { nodes, name } of created) {
    for (const url of nodes) await queryPostgres(url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
  }
});
