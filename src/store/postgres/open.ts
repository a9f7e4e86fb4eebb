import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { loadMigrations } from '../migrations/files.js';
import { migrateUp } from '../migrations/run.js';
import type { Purpose, SqlConnection } from '../sql-connection.js';
import { type AnyResource, type DatabaseOptions, quoteTable, type StoreOptions, tableOf, tablesOf } from '../tables.js';
import { type Call, type ResourceStore, type Store, StoreError, type StoreEvents, StoreOpenError } from '../types.js';
import { connectToAny, probe } from './connection/connect.js';
import { parseConnectionString } from './connection/connection-string.js';
import { QueryTimeoutError, toOpenError } from './connection/failure.js';
import { findProblems, healthChecks } from './connection/health.js';
import { QueryExecutor } from './connection/query-executor.js';
import { DistributedRows } from './distributed/rows.js';
import { findDistributed } from './distributed/shards.js';
import { createResourceStore } from './resource-store.js';
import { postgresConnection } from './sql-connection.js';
import { withStandby } from './standby.js';
import { createStatements, TIMELINE_START } from './statements.js';

/** Classes of errors of a function that a server does not have, does not allow, or has disabled. */
const UNSUPPORTED = /^(?:0A|42|XX)/;

/** How long to wait for an unreachable database at start. */
const START_TIMEOUT_MS = 10_000;
const RETRY_PAUSE_MS = 100;
const LONGEST_RETRY_PAUSE_MS = 1_000;
const MIGRATION_CONNECTION_TIMEOUT_MS = 5_000;
const CONNECTION_TIMEOUT_MS = 2_000;
/** Short, because a read that waits for a standby can go to the primary. */
const STANDBY_CONNECTION_TIMEOUT_MS = 500;

/**
 * Opens the resources in a Postgres database, and migrates its schema. Processes that start at the same time wait for
 * each other.
 *
 * @throws StoreOpenError if the settings cannot work (for example a wrong password or missing privileges) or the schema
 *   cannot be migrated, StoreError `unavailable` if the database stays unreachable or read-only
 */
export async function openPostgresStore(
  options: StoreOptions,
  resources: readonly AnyResource[],
  events: StoreEvents,
  startTimeoutMs = START_TIMEOUT_MS,
): Promise<Store> {
  const { repoPoolSize: poolSize, repoStatementTimeoutMs: statementTimeoutMs, repoReadUri } = options;
  const database = databaseOf(options, resources);
  const standbyTarget = repoReadUri ? parseConnectionString(repoReadUri, 'read') : null;
  const migrations = await loadMigrations(join(options.repoMigrations, options.repo));
  const { applicationName, tables } = database;
  const { distributedNames, hasTimelines, checks } = await untilReachable(startTimeoutMs, async () => {
    const connection = await connect(database, events);
    try {
      await migrateUp(connection, migrations);
      const distributedNames = await findDistributed(connection, resources);
      const writes = resources.flatMap((resource) => {
        const own = tableOf(tables, resource.name);
        if (distributedNames.has(resource.name)) return `UPDATE ${quoteTable(own.log)} SET at = at`;
        const { created, updated } = createStatements({ ...resource, tables: own, hasTimelines: false }).write;
        return [created, updated].map(({ keyed }) => keyed.sql.replaceAll(/\$\d+(?=, chr\(31\))/g, "''"));
      });
      const checks = healthChecks(resources, tables, 'write', distributedNames, writes);
      const [problem] = await findProblems(checks, ({ sql }) => connection.query(sql));
      if (problem !== undefined) {
        throw new StoreOpenError(`the Postgres database cannot be used: ${problem.problem} (${problem.code})`);
      }
      return { distributedNames, hasTimelines: await supportsTimelines(connection), checks };
    } finally {
      await connection.close();
    }
  });
  if (standbyTarget !== null && distributedNames.size > 0) {
    throw new StoreOpenError(
      'repo-read-uri: tables that are distributed over several nodes are not read from standbys',
    );
  }
  const limits = { applicationName, poolSize, statementTimeoutMs };
  const primary = await QueryExecutor.open({
    ...limits,
    target: database.target,
    connectionTimeoutMs: CONNECTION_TIMEOUT_MS,
    checks,
    events,
  });
  const distributed = new Map<string, DistributedRows>();
  for (const resource of resources.filter(({ name }) => distributedNames.has(name))) {
    distributed.set(resource.name, await DistributedRows.open(primary, resource, tables, hasTimelines));
  }
  const parts = { executor: primary, tables, events, distributed, hasTimelines };
  const standby =
    standbyTarget &&
    (await QueryExecutor.open({
      ...limits,
      target: standbyTarget,
      connectionTimeoutMs: STANDBY_CONNECTION_TIMEOUT_MS,
      checks: healthChecks(resources, tables, 'read', distributedNames),
      events: standbyEvents(events),
    }));
  const standbys: { close(): void }[] = [];

  function open(description: AnyResource): ResourceStore {
    if (!standby) return createResourceStore(parts, description);
    const opened = withStandby({
      primary: { executor: primary, store: createResourceStore({ ...parts, role: 'primary' }, description) },
      standby: {
        executor: standby,
        store: createResourceStore({ ...parts, executor: standby, events: {}, role: 'standby' }, description),
      },
      tables: tableOf(tables, description.name),
      events: standbyEvents(events),
    });
    standbys.push(opened);
    return opened.store;
  }

  const stores = new Map<string, ResourceStore>();
  return {
    resource(description) {
      const store = stores.get(description.name) ?? open(description);
      stores.set(description.name, store);
      return store;
    },
    ping: (call) => primary.track(call, false, () => primary.ping()),
    ...(standby && { pingStandby: (call: Call) => standby.track(call, false, () => standby.ping()) }),
    async close() {
      for (const opened of [...standbys, ...distributed.values()]) opened.close();
      await standby?.close();
      await primary.close();
    },
  };
}

/** Not every engine that is compatible with Postgres has timelines. */
async function supportsTimelines({ query }: SqlConnection): Promise<boolean> {
  try {
    await query(`SELECT ${TIMELINE_START}`);
    return true;
  } catch (error) {
    if (error instanceof pg.DatabaseError && UNSUPPORTED.test(error.code ?? '')) return false;
    throw error;
  }
}

/** The events of a standby. Pool and breaker metrics are the primary's only. */
function standbyEvents({ failure, standby }: StoreEvents): StoreEvents {
  return {
    ...(failure && { failure: (reason: string, message: string) => failure(reason, `standby: ${message}`) }),
    ...(standby && { standby }),
  };
}

/** Throws StoreOpenError if the settings cannot work, StoreError `unavailable` if the database is unreachable. */
export async function connectPostgres(
  options: Pick<DatabaseOptions, 'repoUri' | 'repoTable'>,
  resources: readonly AnyResource[],
  purpose: Purpose,
): Promise<SqlConnection> {
  const database = databaseOf(options, resources);
  const target = purpose === 'source' ? { ...database.target, accepts: 'any' as const } : database.target;
  const connection = await untilReachable(0, () => connect({ ...database, target }));
  try {
    if (purpose !== 'schema' && (await findDistributed(connection, resources)).size > 0) {
      throw new StoreOpenError('tables that are distributed with Citus cannot be copied, imported or exported');
    }
    return connection;
  } catch (error) {
    await connection.close();
    throw toOpenError(error);
  }
}

/** Throws StoreOpenError for an invalid connection string or table. */
function databaseOf(
  { repoUri, repoTable }: Pick<DatabaseOptions, 'repoUri' | 'repoTable'>,
  resources: readonly AnyResource[],
) {
  return {
    target: parseConnectionString(repoUri),
    tables: tablesOf(resources, repoTable),
    applicationName: `${resources[0]?.name ?? 'contract'}-api`,
  };
}

async function connect(
  { target, tables, applicationName }: ReturnType<typeof databaseOf>,
  events: StoreEvents = {},
): Promise<SqlConnection> {
  const timeoutMs = MIGRATION_CONNECTION_TIMEOUT_MS;
  const options = { target, timeoutMs, settings: { application_name: `${applicationName} migrations` } };
  const { client, host } = await connectToAny(options);
  const onWaiting = (message: string) => events.failure?.('migration_lock', message);
  const onSlow = () =>
    probe(host, options).catch((error: unknown) => {
      if (error instanceof QueryTimeoutError) client.connection.stream.destroy(error);
    });
  const connection = postgresConnection(client, { applicationName, tables, onWaiting, onSlow });
  try {
    const [found] = await connection.query('SHOW server_encoding');
    if (found?.server_encoding === 'UTF8') return connection;
    throw new StoreOpenError(`the Postgres database has the encoding ${found?.server_encoding}; it must be UTF8`);
  } catch (error) {
    await connection.close();
    throw error;
  }
}

async function untilReachable<T>(timeoutMs: number, attempt: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (let pauseMs = RETRY_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_RETRY_PAUSE_MS)) {
    try {
      return await attempt();
    } catch (error) {
      const failure = toOpenError(error);
      if (!(failure instanceof StoreError) || performance.now() + pauseMs > deadline) throw failure;
    }
    await delay(pauseMs);
  }
}
