import { type AddressInfo, createServer, type ListenOptions, Server } from 'node:net';

/** Connections the kernel keeps while the process is busy; it caps this itself (`net.core.somaxconn`). */
const BACKLOG = 1024;
/** Out of file descriptors, every connection fails: one report in this time says enough, ms. */
const REPORT_AGAIN_MS = 1000;
/** A flood of new connections must not keep the listener open forever. */
const TURNS_LIMIT = 50;
const QUIET_TURNS = 2;

/** Where to listen: an address, or what holds one already. */
export type ListenTarget = ListenOptions | Server;

/** An address that was given without a host is that of all interfaces, of whichever kinds there are. */
export function listenOptions({ host, port }: { readonly host?: string | undefined; readonly port: number }) {
  return host === undefined ? { port } : { host, port };
}

/**
 * Chooses a free port and holds it, for one who must know it before it is served. Nobody else does, so who connects is lost.
 *
 * @throws as `startListening`
 */
export async function holdPort(options: ListenOptions): Promise<{ readonly held: Server; readonly port: number }> {
  const held = createServer((socket) => socket.destroy());
  return { held, port: (await startListening(held, options, () => {})).port };
}

/**
 * Listens.
 *
 * @param server - not listening yet
 * @param target - where
 * @param onAcceptError - told, now and then, that connections cannot be accepted; the server continues
 * @returns the address, even if the port was chosen by the kernel
 * @throws what `net.Server` gives as its error, such as `EADDRINUSE`
 */
export function startListening(
  server: Server,
  target: ListenTarget,
  onAcceptError: (error: Error) => void,
): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    let reportedAtMs = -REPORT_AGAIN_MS;
    server.once('error', reject);
    server.listen(target instanceof Server ? target : { backlog: BACKLOG, ...target }, () => {
      server.off('error', reject);
      server.on('error', (error) => {
        if (performance.now() - reportedAtMs < REPORT_AGAIN_MS) return;
        reportedAtMs = performance.now();
        onAcceptError(error);
      });
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('The server listens on no TCP port.'));
      else resolve(address);
    });
  });
}

/**
 * Closes a listener without losing a connection the kernel has established already: those wait in its queue, and would
 * be reset with it, so the event loop turns until a turn brings none. The listener is closed right after such a turn's
 * poll, when the queue is as empty as it can be known to be.
 *
 * Open connections are left alone, unlike by `http.Server.close()`, which destroys idle ones even if the next
 * request is on its way.
 *
 * @param server - listening, or not
 */
export async function stopListening(server: Server): Promise<void> {
  if (!server.listening) return;
  let quietTurns = 0;
  const noteConnection = () => {
    quietTurns = 0;
  };
  server.on('connection', noteConnection);
  for (let turn = 0; turn < TURNS_LIMIT && quietTurns < QUIET_TURNS; turn += 1) {
    quietTurns += 1;
    await new Promise(setImmediate);
  }
  server.off('connection', noteConnection);
  if (server.listening) Server.prototype.close.call(server);
}
