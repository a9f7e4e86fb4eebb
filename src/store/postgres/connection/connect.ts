import { Socket } from 'node:net';
import pg from 'pg';
import type { ConnectionTarget, Host } from './connection-string.js';
import { NotWritableError, QueryTimeoutError } from './failure.js';

export interface ConnectOptions {
  readonly target: ConnectionTarget;
  /** How long a connection to each host may take, ms. */
  readonly timeoutMs: number;
  /** Further settings of pg. */
  readonly settings: pg.ClientConfig;
}

/** A session that is ready. */
export interface Connected {
  readonly client: pg.Client;
  readonly socket: Socket;
  readonly host: Host;
}

/** After this long without a response, the next host is tried as well, ms. */
const NEXT_HOST_AFTER_MS = 250;

/**
 * Connects to the first host that is accepted. Hosts are tried in order; the next one's turn comes when one has failed, or
 * has not responded for a moment, so that one that hangs holds nobody up for long. Standbys are asked again meanwhile.
 *
 * @param options - the hosts, and what is asked of them
 * @param preferred - the host that is tried first, for example the one that was found the last time
 * @throws the most telling of the errors, one for each host: what the server itself says comes before what the network says
 */
export async function connectToAny(options: ConnectOptions, preferred?: Host): Promise<Connected> {
  const { hosts } = options.target;
  const first = preferred === undefined ? 0 : Math.max(0, hosts.indexOf(preferred));
  const order = [...hosts.slice(first), ...hosts.slice(0, first)];
  if (order.length === 1 && order[0] !== undefined) return await connect(order[0], options);

  return await new Promise((resolve, reject) => {
    const errors: unknown[] = [];
    let started = 0;
    let pending = 0;
    let isOver = false;
    let timer: NodeJS.Timeout | undefined;

    function startNext(): void {
      clearTimeout(timer);
      const host = order[started];
      if (isOver || host === undefined) return;
      started += 1;
      timer = setTimeout(startNext, NEXT_HOST_AFTER_MS);
      attempt(host);
    }

    function attempt(host: Host): void {
      if (isOver) return;
      pending += 1;
      connect(host, options).then(succeed, (error: unknown) => fail(host, error));
    }

    function succeed(connected: Connected): void {
      if (isOver) {
        connected.client.end().catch(() => {});
        return;
      }
      isOver = true;
      clearTimeout(timer);
      resolve(connected);
    }

    function fail(host: Host, error: unknown): void {
      errors.push(error);
      pending -= 1;
      if (isOver) return;
      startNext();
      if (pending > 0) {
        // A standby may be promoted while a host that hangs is waited for.
        if (error instanceof NotWritableError) setTimeout(attempt, NEXT_HOST_AFTER_MS, host);
        return;
      }
      isOver = true;
      reject(
        errors.find((each) => each instanceof pg.DatabaseError) ??
          errors.find((each) => each instanceof QueryTimeoutError) ??
          errors.find((each) => each instanceof NotWritableError) ??
          error,
      );
    }

    startNext();
  });
}

async function connect(host: Host, options: ConnectOptions): Promise<Connected> {
  const { target, timeoutMs, settings } = options;
  const socket = new Socket();
  const ownTimeoutMs = Math.min(timeoutMs, target.config.connectionTimeoutMillis ?? timeoutMs);
  const client = new pg.Client({
    ...settings,
    ...target.config,
    // What is left out here is taken from the environment (PGHOST, PGPORT) by pg.
    ...(host.host !== undefined && { host: host.host }),
    ...(host.port !== undefined && { port: host.port }),
    connectionTimeoutMillis: ownTimeoutMs,
    keepAlive: true,
    stream: () => socket,
  });
  // What is in flight fails by itself; without a listener an error would end the process.
  client.on('error', () => {});
  const startedMs = performance.now();
  // A server that accepts connections may hang all the same at the first query.
  const timer = setTimeout(() => socket.destroy(), ownTimeoutMs);
  try {
    await client.connect();
    // Also true of standbys, and of what is behind a pooler.
    const { rows } = await client.query<{ transaction_read_only: string }>('SHOW transaction_read_only');
    const isReadOnly = rows[0]?.transaction_read_only !== 'off';
    if (target.accepts === 'writable' && isReadOnly) {
      throw new NotWritableError('the server is read-only: a standby, or a primary that was demoted');
    }
    if (target.accepts === 'read-only' && !isReadOnly)
      throw new Error('the server is a primary, and a standby was asked for');
    return { client, socket, host };
  } catch (error) {
    socket.destroy();
    const timedOut = performance.now() - startedMs >= ownTimeoutMs;
    throw timedOut ? new QueryTimeoutError('Postgres did not take a connection in time', { cause: error }) : error;
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Calls back when the server says, with a response, that it has become read-only since the session began. Postgres reports
 * that from version 14 on.
 */
export function onReadOnly(client: pg.Client, listener: () => void): void {
  const connection: unknown = 'connection' in client ? client.connection : undefined;
  if (!(connection instanceof pg.Connection)) return;
  connection.on('parameterStatus', ({ parameterName, parameterValue }: Record<string, unknown>) => {
    const isRole = parameterName === 'in_hot_standby' || parameterName === 'default_transaction_read_only';
    if (isRole && parameterValue === 'on') listener();
  });
}
