import { once } from 'node:events';
import net from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** What a client sends. */
export interface Work {
  /** The next request, whole. */
  next(): string;
  /** Called with each whole response. @returns whether it is as expected */
  onResponse(response: string): boolean;
}

/**
 * A busy keep-alive client: sends the next request after each response, and reconnects if the server closed. It ends
 * when the server no longer listens, or when it is stopped.
 *
 * @param port - of the service, on the loopback interface
 * @param control - `stop`: set to end after the response in flight
 * @param errors - gets a truncated response, a request without one, a reset, an unexpected response
 */
export async function keepBusy(port: number, control: { stop: boolean }, work: Work, errors: string[]): Promise<void> {
  while (!control.stop) {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    try {
      await once(socket, 'connect');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ECONNREFUSED') errors.push(`connect: ${code}`);
      return;
    }
    await converse(socket, control, work, errors);
    socket.destroy();
  }
}

/** Requests on one connection, one after another. */
function converse(socket: net.Socket, control: { stop: boolean }, work: Work, errors: string[]): Promise<void> {
  return new Promise((resolve) => {
    let received = '';
    let isWaiting = false;
    let isOver = false;

    function sendNext(): void {
      isWaiting = true;
      received = '';
      socket.write(work.next());
    }

    /** If this process stalled, the server may have ended the idle connection: that is read two turns after the response. */
    async function sendUnlessOver(): Promise<void> {
      await nextTurn();
      await nextTurn();
      if (!isOver) sendNext();
    }

    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
      const head = received.indexOf('\r\n\r\n');
      const length = /content-length: (\d+)/i.exec(received)?.[1];
      if (!isWaiting || head < 0 || length === undefined || received.length < head + 4 + Number(length)) return;
      isWaiting = false;
      if (!work.onResponse(received)) errors.push(received);
      if (control.stop) resolve();
      else if (!/^connection: close/im.test(received)) void sendUnlessOver();
    });
    socket.on('end', () => {
      isOver = true;
      if (isWaiting) errors.push(`closed without a response, after ${JSON.stringify(received)}`);
      resolve();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      isOver = true;
      errors.push(`${error.code} ${isWaiting ? 'before' : 'after'} the response`);
      resolve();
    });
    sendNext();
  });
}
