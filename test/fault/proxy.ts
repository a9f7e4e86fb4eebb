import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from '../support/http.js';

/** A proxy to the database that can be cut. */
export interface DatabaseProxy {
  /** The connection string through the proxy. */
  readonly uri: string;
  /** New connections are refused (ECONNREFUSED) and open ones are reset. */
  refuse(): Promise<void>;
  /** New connections are accepted, and reset like the open ones. */
  reset(): void;
  /** Resets open connections, once. */
  cut(): void;
  /** Connections lead to the database again. */
  mend(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a proxy on its own port.
 *
 * @param target - connection string of the database
 */
export async function openProxy(target: string): Promise<DatabaseProxy> {
  const { hostname, port: targetPort } = new URL(target);
  const sockets = new Set<Socket>();
  let resets = false;
  const server: Server = createServer((near) => {
    near.on('error', () => {});
    if (resets) {
      near.resetAndDestroy();
      return;
    }
    const far = connect(Number(targetPort), hostname);
    far.on('error', () => near.destroy());
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    near.pipe(far).pipe(near);
  });
  // While it rejects connections, no other process may get the port.
  const port = await freePort();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const uri = new URL(target);
  uri.port = String(port);

  function cut(): void {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  return {
    uri: uri.href,
    cut,
    async refuse() {
      server.close();
      cut();
      await once(server, 'close');
    },
    reset() {
      resets = true;
      cut();
    },
    async mend() {
      resets = false;
      if (server.listening) return;
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    async close() {
      cut();
      if (!server.listening) return;
      server.close();
      await once(server, 'close');
    },
  };
}
