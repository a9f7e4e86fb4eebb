import { createHash, randomUUID } from 'node:crypto';
import { EventEmitter } from 'node:events';
import pg from 'pg';
import type { DriverClient, DriverClientEventEmitter, DriverFactory } from 'slonik';
import { type Connected, connectToAny, onReadOnly } from './connect.js';
import type { ConnectionTarget, Host } from './connection-string.js';
import { endsSession, NotWritableError, QueryTimeoutError } from './failure.js';

export interface DriverOptions {
  readonly target: ConnectionTarget;
  readonly applicationName: string;
  /** How long the server may work on a statement before it cancels it. */
  readonly statementTimeoutMs: number;
  /** How long a connection may take to be made; asked for each. */
  readonly connectionTimeoutMs: () => number;
  /** How long to wait for the response to a statement before its connection is given up as hung. */
  readonly queryTimeoutMs: (sql: string) => number;
  /** Told once when prepared statements are given up, because a pooler between here and the server loses them. */
  readonly onUnnamed?: (reason: string) => void;
}

/** What is known of a connection beside Slonik's own view of it. */
export interface DriverConnection {
  readonly host: Host;
  /** When the statement in flight was sent (`performance.now()`), or null. */
  readonly busySinceMs: number | null;
  /** Closes the socket at once; a statement in flight fails as hung. */
  abort(): void;
  /** Closes the connection as soon as nothing is in flight on it. */
  retire(): void;
}

export type PostgresDriver = ReturnType<typeof createPostgresDriver>;

const KEEP_ALIVE_DELAY_MS = 5_000;
const GOODBYE_TIMEOUT_MS = 500;
const TAKEOVER_GRACE_MS = 500;
const BOOLEAN_OID = 16;

/**
 * Slonik's driver over pg, in place of Slonik's own. That one waits for the response of a hung server before it lets a
 * connection go, loses a place in the pool for each connection that dies under a statement, opens one more at start
 * to look up type names, and knows neither prepared statements nor all of `sslmode` nor lists of hosts.
 *
 * Values come as the text the server sends, but for booleans: a bigint becomes no number unnoticed.
 *
 * @param options - where to connect, and the time limits
 */
export function createPostgresDriver(options: DriverOptions) {
  const connections = new Set<DriverConnection>();
  const names = statementNames(options.onUnnamed);
  let lastHost: Host | undefined;

  const createClient = async (): Promise<DriverClient> => {
    const { client, socket, host } = await connectToAny(
      {
        target: options.target,
        timeoutMs: options.connectionTimeoutMs(),
        settings: {
          application_name: options.applicationName,
          statement_timeout: options.statementTimeoutMs,
          keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
          types: { getTypeParser: (oid: number) => (oid === BOOLEAN_OID ? isTrue : asText) },
        },
      },
      lastHost,
    );
    if (lastHost !== undefined && host !== lastHost) abandon(lastHost);
    lastHost = host;
    return driverClient({ client, socket, host }, options, connections, names);
  };

  /** Another host has taken over: what is in flight to the one before is given a moment, and then given up. */
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

/** One lost name may be an accident, such as `DISCARD ALL` by a person; after the second nothing is named any more. */
const LOST_NAMES_LIMIT = 2;

/**
 * Names follow from the text, table included. With a transaction pooler clients share the server's sessions, and a name
 * must never mean another client's statement.
 */
function statementNames(onUnnamed: (reason: string) => void = () => {}) {
  const names = new Map<string, string>();
  let lost = 0;
  return {
    /** Undefined if the statement is to stay unnamed. */
    nameOf(sql: string): string | undefined {
      if (lost >= LOST_NAMES_LIMIT) return undefined;
      let name = names.get(sql);
      if (name === undefined) {
        name = `s_${createHash('sha256').update(sql).digest('hex').slice(0, 40)}`;
        names.set(sql, name);
      }
      return name;
    },
    /** A name meant nothing to the server, or something already. */
    reportLost(reason: string): void {
      lost += 1;
      if (lost === LOST_NAMES_LIMIT) onUnnamed(reason);
    },
  };
}

/** invalid_sql_statement_name, duplicate_prepared_statement: the statement was not executed. */
const LOST_NAME = /^(?:26000|42P05)$/;

/** "cached plan must not change result type", after a change of the schema: the statement was not executed. */
const STALE_PLAN = '0A000';

/** Those that only read, so that the result can be thrown away. */
const READS = /^\s*(?:SELECT|SHOW)\b/;

function driverClient(
  { client, socket, host }: Connected,
  { queryTimeoutMs, target }: DriverOptions,
  connections: Set<DriverConnection>,
  names: StatementNames,
): DriverClient {
  const id = randomUUID();
  const events: DriverClientEventEmitter = new EventEmitter();
  // Born acquired: between its birth and Slonik's own acquire() another caller could find it idle.
  let state: 'ACQUIRED' | 'IDLE' | 'DESTROYED' = 'ACQUIRED';
  let usable = true;
  let isReadOnly = false;
  let isInTransaction = false;
  let busySinceMs: number | null = null;
  let timeout: QueryTimeoutError | null = null;

  const connection: DriverConnection = {
    host,
    get busySinceMs() {
      return busySinceMs;
    },
    abort() {
      timeout = new QueryTimeoutError('Postgres did not respond in time; the connection was given up');
      usable = false;
      socket.destroy();
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
    if (busySinceMs !== null || timeout !== null) {
      socket.destroy();
      return;
    }
    // A server that hangs does not respond to an orderly end.
    const timer = setTimeout(() => socket.destroy(), GOODBYE_TIMEOUT_MS);
    await client.end().catch(() => {});
    clearTimeout(timer);
  };

  // An error under a statement fails that as well.
  client.on('error', () => {
    usable = false;
    if (busySinceMs === null) void destroy();
  });
  if (target.accepts === 'writable') {
    onReadOnly(client, () => {
      isReadOnly = true;
      usable = false;
    });
  }

  const send = async (text: string, values: readonly unknown[], name: string | undefined) => {
    const { rows, rowCount } = await client.query<Record<string, unknown>>({
      ...(name !== undefined && { name }),
      text,
      values: [...values],
    });
    return { command: 'SELECT' as const, fields: [], rows, rowCount };
  };

  /** A statement whose name is lost, or whose plan is out of date, is sent once more without a name. */
  const sendPrepared = async (text: string, values: readonly unknown[]) => {
    const name = names.nameOf(text);
    try {
      return await send(text, values, name);
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
      if (!usable || isInTransaction) {
        await destroy();
        return;
      }
      state = 'IDLE';
      events.emit('release');
    },
    query: async (text, values = []) => {
      busySinceMs = performance.now();
      const timer = setTimeout(() => {
        // If this process itself stood still, the response is waiting to be read: it is, before this runs.
        setImmediate(() => busySinceMs !== null && connection.abort());
      }, queryTimeoutMs(text));
      try {
        if (text === 'BEGIN') isInTransaction = true;
        // Within a transaction nothing can be tried again after an error, so nothing is prepared.
        const result = await (isInTransaction ? send(text, values, undefined) : sendPrepared(text, values));
        if (text === 'COMMIT' || text === 'ROLLBACK') isInTransaction = false;
        if (isReadOnly && READS.test(text)) throw new NotWritableError('the server became read-only');
        return result;
      } catch (error) {
        usable &&= !endsSession(error);
        throw timeout ?? error;
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

function isTrue(value: string): boolean {
  return value === 't';
}

function asText(value: string): string {
  return value;
}
