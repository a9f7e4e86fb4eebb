import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

/** An event on a fixture's standard output. */
export interface Said {
  readonly event: string;
  readonly pid: number;
  readonly [fact: string]: unknown;
}

export const FIXTURE = fileURLToPath(new URL('fixtures/service.ts', import.meta.url));

/** A running fixture. */
export class Service {
  readonly said: Said[] = [];
  readonly exited: Promise<[number | null, NodeJS.Signals | null]>;
  readonly #events = new EventEmitter();

  private constructor(readonly child: ChildProcess) {
    this.exited = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    if (!child.stdout) throw new Error('no stdout');
    createInterface(child.stdout).on('line', (line) => {
      const said = JSON.parse(line) as Said;
      this.said.push(said);
      this.#events.emit(said.event, said);
    });
  }

  static start(file: string, env: Record<string, string>): Service {
    const child = spawn(process.execPath, [file], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
      // A separate process group, to be signalled like a terminal's.
      detached: true,
    });
    return new Service(child);
  }

  /** The next, or an earlier, event of this name. */
  async saying(event: string, count = 1): Promise<Said> {
    for (;;) {
      const found = this.said.filter((said) => said.event === event)[count - 1];
      if (found) return found;
      await once(this.#events, event);
    }
  }

  async port(): Promise<number> {
    return Number((await this.saying('listening')).port);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('not started');
    return this.child.pid;
  }

  /** Kills whatever is left of it, its workers too. */
  async end(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) process.kill(-this.pid, 'SIGKILL');
    await this.exited;
  }
}

/** The results of a client. */
export interface ClientReport {
  replied: number;
  /** Errors: a truncated response, a request without one, a reset. */
  readonly errors: string[];
}

/**
 * A busy keep-alive client: sends the next request after each response, and reconnects if the server closed. It ends
 * when the server refuses connections, or when it is stopped.
 *
 * @param port - of the service, on this machine
 * @param control - `stop`: set to end after the response in flight
 * @param report - updated continuously
 */
export async function keepBusy(port: number, control: { stop: boolean }, report: ClientReport): Promise<ClientReport> {
  while (!control.stop) {
    const socket = net.connect({ port, host: '127.0.0.1' });
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
function converse(socket: net.Socket, control: { stop: boolean }, report: ClientReport): Promise<void> {
  return new Promise((resolve) => {
    let received = '';
    let hasReply = true;
    let isOver = false;

    function ask(): void {
      hasReply = false;
      received = '';
      socket.write('POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello');
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
      if (head < 0 || length === undefined || received.length < head + 4 + Number(length)) return;
      if (!received.startsWith('HTTP/1.1 200 ')) report.errors.push(received);
      hasReply = true;
      report.replied += 1;
      if (control.stop) resolve();
      else if (!/connection: close/i.test(received)) void askUnlessOver();
    });
    socket.on('end', () => {
      isOver = true;
      if (!hasReply) report.errors.push(`closed without a response, after: ${JSON.stringify(received)}`);
      resolve();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => {
      isOver = true;
      report.errors.push(`${error.code} ${hasReply ? 'after' : 'before'} the response`);
      resolve();
    });
    ask();
  });
}

/** A request on a new connection. */
export async function get(port: number, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { Connection: 'close' } });
  return response.text();
}

/** Resolves when the process has ended. */
export async function gone(pid: number): Promise<void> {
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
}

/** A dead orphan stays a zombie until init reaps it; its state in /proc shows that, if available. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' && !existsSync('/proc/self');
  }
}
