import { type ChildProcess, spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { keepBusy } from '../support/busy-client.js';

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
  /** Errors, as of `keepBusy`. */
  readonly errors: string[];
}

/** A busy client, until the server no longer listens, or until it is stopped. */
export async function keepPosting(
  port: number,
  control: { stop: boolean },
  report: ClientReport,
): Promise<ClientReport> {
  const work = {
    next: () => 'POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 5\r\n\r\nhello',
    onResponse(response: string) {
      report.replied += 1;
      return response.startsWith('HTTP/1.1 200 ');
    },
  };
  await keepBusy(port, control, work, report.errors);
  return report;
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
