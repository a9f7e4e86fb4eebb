import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { setTimeoutWithoutStalls } from '../../../scheduling/turn.js';
import type { ConnectionTarget, Host } from './connection-string.js';
import { NotWritableError, QueryTimeoutError } from './failure.js';

interface ConnectOptions {
  readonly target: ConnectionTarget;
  /** To each host. */
  readonly timeoutMs: number;
  readonly settings: pg.ClientConfig;
}

export interface Connected {
  readonly client: pg.Client;
  readonly host: Host;
}

/** Without a response after this time, the next host is tried as well. */
const NEXT_HOST_AFTER_MS = 250;

/** After this time without traffic the kernel probes the host, even while a statement without a time limit runs. */
const KEEP_ALIVE_DELAY_MS = 5_000;

const END_TIMEOUT_MS = 500;

/**
 * Connects to the first acceptable host. Hosts are tried in order. The next one is tried when one has failed or has not
 * responded in time, so a hung host causes little delay. Standbys are retried meanwhile.
 *
 * @param options - the hosts, and which are acceptable
 * @param preferred - the host to try first, for example the last one that worked
 * @throws the most informative error of all hosts: errors of the server come before errors of the network
 */
export async function connectToAny(options: ConnectOptions, preferred?: Host): Promise<Connected> {
  const { hosts } = options.target;
  const first = preferred === undefined ? 0 : Math.max(0, hosts.indexOf(preferred));
  const errors: unknown[] = [];
  let found: Connected | null = null;
  let pending = 0;

  async function attempt(host: Host): Promise<Connected> {
    while (found === null) {
      pending += 1;
      try {
        const connected = await connect(host, options);
        if (found) void end(connected.client);
        found ??= connected;
        return found;
      } catch (error) {
        errors.push(error);
        // A standby may be promoted while a hung host is waited for.
        if (!(error instanceof NotWritableError) || pending === 1 || found) throw error;
      } finally {
        pending -= 1;
      }
      await delay(NEXT_HOST_AFTER_MS);
    }
    return found;
  }

  const attempts: Promise<Connected>[] = [];
  for (const host of [...hosts.slice(first), ...hosts.slice(0, first)]) {
    const own = attempt(host);
    attempts.push(own);
    await Promise.race([own, Promise.any(attempts), delay(NEXT_HOST_AFTER_MS)]).catch(() => {});
    if (found) return found;
  }
  const informative = [pg.DatabaseError, QueryTimeoutError, NotWritableError];
  return await Promise.any(attempts).catch(() => {
    throw informative.flatMap((kind) => errors.filter((error) => error instanceof kind))[0] ?? errors.at(-1);
  });
}

/** pg's parser throws at bytes that are not Postgres's protocol. Here they end the connection, not the process. */
function endAtParserErrors(stream: Duplex): void {
  const emit = stream.emit.bind(stream);
  stream.emit = (event: string, ...parts: unknown[]) => {
    if (event !== 'data') return emit(event, ...parts);
    try {
      return emit(event, ...parts);
    } catch (cause) {
      stream.destroy(new Error('the server sent bytes that are not its protocol', { cause }));
      return true;
    }
  };
}

/** Ends a connection, even if its server hangs. */
export async function end(client: pg.Client): Promise<void> {
  const timer = setTimeout(() => client.connection.stream.destroy(), END_TIMEOUT_MS);
  await client.end().catch(() => {});
  clearTimeout(timer);
}

/** Throws QueryTimeoutError if the host does not accept another connection in time. A pooler responds for its servers. */
export async function probe(host: Host, options: ConnectOptions): Promise<void> {
  const { client } = await connect(host, options, async () => {});
  void end(client);
}

async function connect(host: Host, options: ConnectOptions, check = checkRole): Promise<Connected> {
  const { target, timeoutMs, settings } = options;
  const ownTimeoutMs = Math.min(timeoutMs, target.config.connectionTimeoutMillis ?? timeoutMs);
  const client = new pg.Client({
    ...settings,
    // pg takes missing values from the environment (PGHOST, PGPORT).
    ...target.config,
    ...host,
    // As in libpq: no other machine can read from a Unix socket, and Postgres has no TLS there.
    ssl: !host.host?.startsWith('/') && target.config.ssl,
    application_name: target.config.application_name ?? settings.application_name,
    // The timer below also limits the first query, at which a server that accepts connections may hang.
    connectionTimeoutMillis: 0,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_DELAY_MS,
  });
  const { connection } = client;
  endAtParserErrors(connection.stream);
  // TLS replaces the stream.
  connection.on('sslconnect', () => endAtParserErrors(connection.stream));
  // Statements in flight fail on their own; without a listener the error would end the process.
  client.on('error', () => {});
  const timer = setTimeoutWithoutStalls(() => {
    connection.stream.destroy(new QueryTimeoutError('Postgres did not accept a connection in time'));
  }, ownTimeoutMs);
  try {
    await client.connect();
    await check(client, target);
    return { client, host };
  } catch (error) {
    connection.stream.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

async function checkRole(client: pg.Client, { accepts }: ConnectionTarget): Promise<void> {
  // Detects standbys too, also through a pooler.
  const { rows } = await client.query<{ transaction_read_only: string }>('SHOW transaction_read_only');
  const isReadOnly = rows[0]?.transaction_read_only !== 'off';
  if (accepts === 'writable' && isReadOnly) {
    throw new NotWritableError('the server is read-only: a standby, or a primary that was demoted');
  }
  if (accepts === 'read-only' && !isReadOnly) throw new Error('the server is a primary, but a standby was requested');
}

/** The rows of the last statement of a text: pg returns a result for each. */
export function lastRows(results: pg.QueryResult | readonly pg.QueryResult[]): Record<string, unknown>[] {
  return (Array.isArray(results) ? results.at(-1) : results).rows;
}

/** Called when the server has become read-only since the session began. Postgres reports it from version 14 on. */
export function onReadOnly(client: pg.Client, listener: () => void): void {
  client.connection.on('parameterStatus', ({ parameterName, parameterValue }: Record<string, unknown>) => {
    const isRole = parameterName === 'in_hot_standby' || parameterName === 'default_transaction_read_only';
    if (isRole && parameterValue === 'on') listener();
  });
}

/** Called when a commit's wait for the synchronous standby was cancelled: it succeeded, but a failover would undo it. */
export function onUnreplicated(client: pg.Client, listener: () => void): void {
  client.on('notice', ({ routine }) => {
    if (routine === 'SyncRepWaitForLSN') listener();
  });
}
