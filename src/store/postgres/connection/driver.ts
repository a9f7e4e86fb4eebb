import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import pg from 'pg';
import type { DriverClient, DriverClientEventEmitter, DriverFactory } from 'slonik';
import { setTimeoutWithoutStalls } from '../../../scheduling/turn.js';
import { type Connected, connectToAny, end, lastRows, onReadOnly, onUnreplicated } from './connect.js';
import type { ConnectionTarget, Host } from './connection-string.js';
import { endsSession, Failure, NotWritableError, QueryTimeoutError } from './failure.js';

export interface DriverOptions {
  readonly target: ConnectionTarget;
  readonly applicationName: string;
  /** The time after which the server cancels a statement. */
  readonly statementTimeoutMs: number;
  /** The time limit for a new connection; called for each. */
  readonly connectionTimeoutMs: () => number;
  /** The time after which a connection without a response to a statement counts as hung. */
  readonly queryTimeoutMs: (sql: string) => number;
  /** Called once when prepared statements are disabled, because a pooler loses them. */
  readonly onUnnamed: (reason: string) => void;
}

/** The state of a connection that Slonik does not expose. */
interface DriverConnection {
  readonly host: Host;
  /** When the statement in flight was sent (`performance.now()`), or null. */
  readonly busySinceMs: number | null;
  /** Closes the socket at once; a statement in flight fails as hung. */
  abort(): void;
  /** Closes the connection when no statement is in flight. */
  retire(): void;
}

export type PostgresDriver = ReturnType<typeof createPostgresDriver>;

const TAKEOVER_GRACE_MS = 500;
const BOOLEAN_OID = 16;
const isTrue = (text: string) => text === 't';
const asText = (text: string) => text;

/** The error of PgBouncer, unless its `ignore_startup_parameters` names the parameter. `queryTimeoutMs` limits statements too. */
const NO_STATEMENT_TIMEOUT = /startup parameter: statement_timeout/;

/**
 * A Slonik driver over pg that replaces Slonik's own. That one waits for a hung server before it releases a connection,
 * loses a place in the pool for each connection that dies during a statement, and opens another connection at start to
 * look up type names. It supports neither prepared statements, nor all values of `sslmode`, nor lists of hosts.
 *
 * Values are the text that the server sends, except booleans: a bigint never becomes a number.
 *
 * @param options - where to connect, and the time limits
 */
export function createPostgresDriver(options: DriverOptions) {
  const connections = new Set<DriverConnection>();
  const names = statementNames(options.onUnnamed);
  let lastHost: Host | undefined;
  let isLimited = true;

  const connect = () =>
    connectToAny(
      {
        target: options.target,
        timeoutMs: options.connectionTimeoutMs(),
        settings: {
          application_name: options.applicationName,
          ...(isLimited && { statement_timeout: options.statementTimeoutMs }),
          types: { getTypeParser: (oid: number) => (oid === BOOLEAN_OID ? isTrue : asText) },
        },
      },
      lastHost,
    );

  const createClient = async (): Promise<DriverClient> => {
    const { client, host } = await connect().catch((error: unknown) => {
      if (!(error instanceof pg.DatabaseError && NO_STATEMENT_TIMEOUT.test(error.message))) throw error;
      isLimited = false;
      return connect();
    });
    if (lastHost !== undefined && host !== lastHost) abandon(lastHost);
    lastHost = host;
    return driverClient({ client, host }, options, connections, names);
  };

  /** After a failover, gives statements in flight to the old host a grace period, then closes their connections. */
  function abandon(host: Host): void {
    const old = [...connections].filter((connection) => connection.host === host);
    for (const connection of old) connection.retire();
    setTimeout(() => {
      for (const connection of old) if (connections.has(connection)) connection.abort();
    }, TAKEOVER_GRACE_MS).unref();
  }

  const factory: DriverFactory = async () => ({ createClient });
  return { factory, connections };
}

type StatementNames = ReturnType<typeof statementNames>;

/**
 * The first loss may be an accident, such as a person's `DISCARD ALL`; after the second nothing is prepared any more.
 */
const LOST_NAMES_LIMIT = 2;

/**
 * Names are hashes of the text, table included: a pooler's clients share sessions, and a name must have one meaning.
 */
function statementNames(onUnnamed: (reason: string) => void) {
  const names = new Map<string, string>();
  let lost = 0;
  return {
    /** Undefined if the statement is not to be prepared. */
    nameOf(sql: string): string | undefined {
      if (lost >= LOST_NAMES_LIMIT) return undefined;
      let name = names.get(sql);
      if (name === undefined) {
        name = `s_${createHash('sha256').update(sql).digest('hex').slice(0, 40)}`;
        names.set(sql, name);
      }
      return name;
    },
    /** The server did not know a name, or knew it already. */
    reportLost(reason: string): void {
      lost += 1;
      if (lost === LOST_NAMES_LIMIT) onUnnamed(reason);
    },
  };
}

/** pg's error for a statement on a connection that has ended: it may end before anything listens to it. */
const NOT_SENT = / is not queryable$/;

/** invalid_sql_statement_name, duplicate_prepared_statement: the statement was not executed. */
const LOST_NAME = /^(?:26000|42P05)$/;

/** "cached plan must not change result type", after a schema change: the statement was not executed. */
const STALE_PLAN = '0A000';

/** Texts of several statements. */
const BEGINS_TRANSACTION = /^(?:BEGIN|SET LOCAL)\b/;

/** Reads, whose result may be discarded. */
const READS = /^\s*(?:SELECT|SHOW)\b/;

function driverClient(
  { client, host }: Connected,
  { queryTimeoutMs, target }: DriverOptions,
  connections: Set<DriverConnection>,
  names: StatementNames,
): DriverClient {
  const id = randomUUID();
  const events: DriverClientEventEmitter = new EventEmitter();
  // Acquired from the start: otherwise another caller could find it idle before Slonik's own acquire().
  let state: 'ACQUIRED' | 'IDLE' | 'DESTROYED' = 'ACQUIRED';
  let usable = true;
  let isReadOnly = false;
  let busySinceMs: number | null = null;
  /** Why results of the connection are no longer valid. */
  let failure: Error | null = null;

  const connection: DriverConnection = {
    host,
    get busySinceMs() {
      return busySinceMs;
    },
    abort() {
      failure = new QueryTimeoutError('Postgres did not respond in time; the connection was closed');
      usable = false;
      client.connection.stream.destroy();
    },
    retire() {
      usable = false;
      if (state === 'IDLE') void destroy();
    },
  };

  const destroy = async (): Promise<void> => {
    if (state === 'DESTROYED') return;
    state = 'DESTROYED';
    connections.delete(connection);
    events.emit('destroy');
    if (busySinceMs !== null || failure !== null) client.connection.stream.destroy();
    else await end(client);
  };

  // A statement in flight fails with the same error.
  client.on('error', () => {
    usable = false;
    if (busySinceMs === null) void destroy();
  });
  onUnreplicated(client, () => {
    failure = new Error('the wait for the synchronous standby was cancelled');
    usable = false;
  });
  if (target.accepts === 'writable') {
    onReadOnly(client, () => {
      isReadOnly = true;
      usable = false;
    });
  }

  /** Sends a statement, and again without a name if its name is lost or its plan is stale. */
  const send = async (text: string, values: readonly unknown[], name: string | undefined) => {
    try {
      const rows = lastRows(await client.query({ ...(name !== undefined && { name }), text, values: [...values] }));
      return { command: 'SELECT' as const, fields: [], rows, rowCount: rows.length };
    } catch (error) {
      const code = error instanceof pg.DatabaseError ? (error.code ?? '') : '';
      if (name === undefined) throw error;
      if (LOST_NAME.test(code)) names.reportLost(code);
      else if (code === STALE_PLAN) usable = false;
      else throw error;
      return await send(text, values, undefined);
    }
  };

  connections.add(connection);
  return {
    id: () => id,
    state: () => state,
    on: events.on.bind(events),
    off: events.off.bind(events),
    removeListener: events.removeListener.bind(events),
    destroy,
    acquire: () => {
      state = 'ACQUIRED';
      events.emit('acquire');
    },
    release: async () => {
      if (state !== 'ACQUIRED') return;
      if (!usable || client.getTransactionStatus() !== 'I') return await destroy();
      state = 'IDLE';
      events.emit('release');
    },
    query: async (text, values = []) => {
      busySinceMs = performance.now();
      const timer = setTimeoutWithoutStalls(connection.abort, queryTimeoutMs(text));
      try {
        // In a transaction nothing can be retried after an error, so nothing is prepared.
        const isPrepared = !BEGINS_TRANSACTION.test(text) && client.getTransactionStatus() === 'I';
        const result = await send(text, values, isPrepared ? names.nameOf(text) : undefined);
        if (failure) throw failure;
        if (isReadOnly && READS.test(text)) throw new NotWritableError('the server became read-only');
        return result;
      } catch (error) {
        usable &&= !endsSession(error);
        if (error instanceof Error && NOT_SENT.test(error.message))
          throw new Failure('transient', 'connection_ended', error);
        throw failure ?? error;
      } finally {
        clearTimeout(timer);
        busySinceMs = null;
      }
    },
    stream: () => {
      throw new Error('this driver does not stream');
    },
  };
}
