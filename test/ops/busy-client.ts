import { once } from 'node:events';
import net from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { freshId, paymentBody } from '../support/checked-service.js';

/** The results of a client. */
export interface ClientReport {
  /** The ids whose creation got a 201. */
  readonly created: string[];
  /** Errors: a truncated response, a request without one, a reset, another status. */
  readonly errors: string[];
}

export function newReport(): ClientReport {
  return { created: [], errors: [] };
}

/**
 * A busy keep-alive client: creates the next payment after each response, and reconnects if the server closed. It ends
 * when the server refuses connections, or when it is stopped.
 *
 * @param port - of the service, on the loopback interface
 * @param control - `stop`: set to end after the response in flight
 * @param report - updated continuously
 */
export async function keepCreating(
  port: number,
  control: { stop: boolean },
  report: ClientReport = newReport(),
): Promise<ClientReport> {
  while (!control.stop) {
    const socket = net.connect({ port, host: '127.0.0.1', noDelay: true });
    try {
      await once(socket, 'connect');
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code !== 'ECONNREFUSED') report.errors.push(`connect: ${code}`);
      return report;
    }
    await converse(socket, control, report);
    socket.destroy();
  }
  return report;
}

/** Requests on one connection, one after another. */
function converse(socket: net.Socket, control: { stop: boolean }, { created, errors }: ClientReport): Promise<void> {
  return new Promise((resolve) => {
    let received = '';
    let waitsFor: string | null = null;
    let isOver = false;

    function ask(): void {
      const id = freshId();
      const body = JSON.stringify(paymentBody({ id }));
      waitsFor = id;
      received = '';
      socket.write(
        `POST /v1/payments HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    }

    /** If this process stalled, the server may have ended the idle connection: that is read two turns after the response. */
    async function askUnlessOver(): Promise<void> {
      await nextTurn();
      await nextTurn();
      if (!isOver) ask();
    }

    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString('latin1');
      const head = received.indexOf('\r\n\r\n');
      const length = /content-length: (\d+)/i.exec(received)?.[1];
      if (waitsFor === null || head < 0 || length === undefined || received.length < head + 4 + Number(length)) return;
      if (received.startsWith('HTTP/1.1 201 ')) created.push(waitsFor);
      else errors.push(received);
      waitsFor = null;
      if (control.stop) resolve();
      else if (!/^connection: close/im.test(received)) void askUnlessOver();
    });
    socket.on('end', () => {
      isOver = true;
      if (waitsFor !== null) errors.push(`closed without a response, after ${JSON.stringify(received)}`);
      resolve();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      isOver = true;
      errors.push(`${error.code} ${waitsFor === null ? 'after' : 'before'} the response`);
      resolve();
    });
    ask();
  });
}
