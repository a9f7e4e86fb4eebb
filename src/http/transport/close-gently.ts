import type { Socket } from 'node:net';

/** How long a connection is read after its end was sent, ms. */
const LINGER_MS = 2000;

/**
 * Ends a connection without a reset (RFC 9112, section 9.6): sends what is left and the end, then reads and drops what
 * the client still sends until it closes too. Closing with unread bytes would make the kernel send a reset, which can
 * destroy the answer before the client has read it.
 *
 * @param socket - the connection; nothing on it is parsed any more
 * @param lastBytes - sent before the end
 */
export function closeGently(socket: Socket, lastBytes?: string): void {
  if (socket.destroyed) return;
  // A listener for `data` also takes the bytes away from Node's HTTP parser, which reads the handle directly.
  socket.removeAllListeners('data');
  socket.on('data', drop);
  const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
  socket.once('close', () => clearTimeout(timer));
  if (lastBytes === undefined) socket.end();
  else socket.end(lastBytes);
  socket.resume();
}

function drop(): void {}
