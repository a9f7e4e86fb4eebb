import { once } from 'node:events';
import * as http from 'node:http';
import { type AddressInfo, createServer, type ListenOptions, Server } from 'node:net';
import { quietly } from '../../observe/quietly.js';
import { BufferedRequest } from './buffered-request.js';
import { HEADER_COUNT_LIMIT } from './request-target.js';
import { SingleWriteResponse } from './single-write-response.js';

/** The length of the accept queue; the kernel caps it (`net.core.somaxconn`). */
const BACKLOG = 1024;
const QUIET_TURNS = 2;

export type ListenTarget = ListenOptions | Server;

/** Holds a free port for a process that must know it first. Connections are dropped. Throws like `startListening`. */
export async function holdPort(options: ListenOptions): Promise<{ readonly held: Server; readonly port: number }> {
  const held = createServer((socket) => socket.destroy());
  return { held, port: (await startListening(held, options, () => {})).port };
}

/** Throws like `startListening` if the port cannot be used. */
export async function requireFreePort(options: ListenOptions): Promise<void> {
  const { held } = await holdPort(options);
  await once(held.close(), 'close');
}

/**
 * Listens.
 *
 * @param server - not listening yet
 * @param onAcceptError - called, at most once in ten seconds, if connections cannot be accepted; the server continues
 * @returns the address, even if the kernel chose the port
 * @throws the error of `net.Server`, such as `EADDRINUSE`
 */
export function startListening(
  server: Server,
  target: ListenTarget,
  onAcceptError: (error: Error) => void,
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(target instanceof Server ? target : { backlog: BACKLOG, ...target }, () => {
      server.off('error', reject);
      // Without file descriptors every connection fails.
      server.on(
        'error',
        quietly((_suppressed, error: Error) => onAcceptError(error)),
      );
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('The server listens on no TCP port.'));
      else resolve(address);
    });
  });
}

/**
 * Closes a listener without losing connections that the kernel has established: closing would reset those in its queue.
 * So it waits for an event loop turn without a new connection, and closes right after that turn's poll. Each earlier turn
 * accepts at least one connection, so as many turns as the queue holds connections are enough, even in a flood.
 *
 * Open connections stay open, unlike with `http.Server.close()`, which destroys idle ones even if their next request is
 * about to arrive.
 *
 * @param limitMs - the most that it waits
 */
export async function stopListening(server: Server, limitMs: number): Promise<void> {
  if (!server.listening) return;
  const endMs = performance.now() + limitMs;
  let quietTurns = 0;
  const noteConnection = () => {
    quietTurns = 0;
  };
  server.on('connection', noteConnection);
  for (let turn = 0; turn < BACKLOG && quietTurns < QUIET_TURNS && performance.now() < endMs; turn += 1) {
    quietTurns += 1;
    await new Promise(setImmediate);
  }
  server.off('connection', noteConnection);
  if (server.listening) Server.prototype.close.call(server);
}

/** The request line and the headers together. */
const HEADER_LIMIT_BYTES = 16 * 1024;

/** Without Node's timeouts, which check the clock before pending input is read (see `slow-clients.ts`). */
export function createNodeServer(): http.Server<typeof BufferedRequest, typeof SingleWriteResponse> {
  const server = http.createServer<typeof BufferedRequest, typeof SingleWriteResponse>({
    IncomingMessage: BufferedRequest,
    ServerResponse: SingleWriteResponse,
    requestTimeout: 0,
    headersTimeout: 0,
    keepAliveTimeout: 0,
    maxHeaderSize: HEADER_LIMIT_BYTES,
    insecureHTTPParser: false,
    // `headError` checks it.
    requireHostHeader: false,
    noDelay: true,
  });
  // One more than accepted, so that an excess is detected.
  server.maxHeadersCount = HEADER_COUNT_LIMIT + 1;
  // A client that closes its sending side after a request still gets its response.
  Object.assign(server, { httpAllowHalfOpen: true });
  return server;
}
