import { createServer } from 'node:net';
import { startListening, stopListening } from '../http/transport/listening.js';
import type { Logger } from '../observe/logger.js';
import type { Accepted } from './worker-process.js';

/** Where connections are accepted. */
export interface Listener {
  /** Tells workers by which listener a connection came. */
  readonly name: string;
  /** All interfaces where it is undefined. */
  readonly host?: string | undefined;
  readonly port: number;
}

export type OpenListener = Awaited<ReturnType<typeof openListener>>;

/**
 * Accepts connections and reads nothing from them, so that another process can.
 *
 * @param log - told where accepting fails
 * @throws what `net.Server` gives as its error, such as `EADDRINUSE`
 */
export async function openListener(
  { name, host, port }: Listener,
  onAccepted: (accepted: Accepted) => void,
  log: Pick<Logger, 'warn'>,
) {
  const server = createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy());
    onAccepted({ listener: name, socket });
  });
  const address = await startListening(server, { port, ...(host !== undefined && { host }) }, (error) =>
    log.warn('a connection could not be accepted', { listener: name, error }),
  );
  /** Resolves when nothing more will be accepted. */
  const close = () => stopListening(server);
  return { address, close };
}
