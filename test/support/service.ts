import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { freePort } from './http.js';
import { killAtExit, MAIN } from './program.js';

/** Generous: several processes start on a machine that may be busy with other tests. */
const LINE_LIMIT_MS = 120_000;

/** A line of the service's log. */
export type LogLine = Readonly<Record<string, unknown>> & { readonly level: string; readonly message: string };

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** The built service as a separate process, as users run it. */
export interface RunningService {
  /** `http://127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  /** All lines logged so far. */
  readonly log: readonly LogLine[];
  readonly exited: Promise<Exit>;
  /** The first line that fits, already logged or still to come. */
  logged(fits: (line: LogLine) => boolean): Promise<LogLine>;
  kill(signal?: NodeJS.Signals): void;
  /** Sends SIGTERM and waits for the exit. */
  stop(): Promise<Exit>;
}

/**
 * Starts the built service on a free port of the loopback interface, and waits until it listens.
 *
 * @param flags - besides `--listen` and `--external-url`; one worker by default
 * @param env - besides this process's own environment
 * @param command - one of the commands that serve
 * @throws Error with the exit code and the output, if it ends instead
 */
export async function startService(
  flags: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
  command: 'serve' | 'mock' = 'serve',
): Promise<RunningService> {
  // A constant external URL: the port differs at each start, and tests compare replies of different services.
  const anyPort = ['--listen', '127.0.0.1:0', '--external-url', 'http://localhost:8080'];
  const listen = flags.some((flag) => flag.startsWith('--listen')) ? [] : anyPort;
  const workers = flags.some((flag) => flag.startsWith('--workers')) ? [] : ['--workers', '1'];
  const child = spawn(process.execPath, [MAIN, command, ...listen, ...workers, ...flags], {
    env: { ...process.env, NODE_ENV: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  killAtExit(child);
  const log: LogLine[] = [];
  const waiters = new Set<(line: LogLine) => void>();
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = parseLine(text);
    log.push(line);
    for (const waiter of waiters) waiter(line);
  });
  const exited = once(child, 'close').then(([code, signal]): Exit => {
    return { code, signal, stderr };
  });

  function logged(fits: (line: LogLine) => boolean): Promise<LogLine> {
    const found = log.find(fits);
    if (found) return Promise.resolve(found);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => finish(() => reject(new Error('the line was not logged in time'))), LINE_LIMIT_MS);
      const waiter = (line: LogLine) => {
        if (fits(line)) finish(() => resolve(line));
      };
      function finish(settle: () => void): void {
        clearTimeout(timer);
        waiters.delete(waiter);
        settle();
      }
      waiters.add(waiter);
    });
  }

  const listening = await Promise.race([logged(({ message }) => message === 'listening'), exited]).catch((error) => {
    child.kill('SIGKILL');
    throw error;
  });
  if (!('message' in listening)) {
    throw new Error(`the service ended with ${listening.code ?? listening.signal}: ${listening.stderr}`);
  }
  const port = Number(listening.port);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: Number(child.pid),
    log,
    exited,
    logged,
    kill: (signal = 'SIGKILL') => void child.kill(signal),
    stop() {
      child.kill('SIGTERM');
      return exited;
    },
  };
}

/**
 * Starts the built service with its own address as its external URL, so that its links and pages lead to it.
 *
 * @param flags - as for `startService`
 */
export async function startAtItsUrl(flags: readonly string[] = []): Promise<RunningService> {
  const address = `127.0.0.1:${await freePort()}`;
  return startService(['--listen', address, '--external-url', `http://${address}`, ...flags]);
}

function parseLine(text: string): LogLine {
  try {
    return JSON.parse(text);
  } catch {
    return { level: 'none', message: text };
  }
}
