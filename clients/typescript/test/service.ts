import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../test/support/http.js';

/** The service as a separate process, as in production. */
export interface RunningService {
  /** Its URL, without a trailing slash. */
  readonly url: string;
  /** Stops it as an orchestrator does, and waits for its exit. */
  stop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/**
 * Starts the service on a free port, which is also its external URL, with payments in memory.
 *
 * @param args - further arguments, which override those set here
 */
export async function startService(...args: string[]): Promise<RunningService> {
  const address = `127.0.0.1:${await freePort()}`;
  const url = `http://${address}`;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', 'src/main.ts', '--listen', address, '--external-url', url, ...args],
    { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await listening(child);
  return {
    url,
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      await once(child, 'exit');
    },
  };
}

/** Waits until it listens; later lines are discarded, so that the pipe never fills. */
async function listening(child: ChildProcess): Promise<void> {
  if (!child.stdout) throw new Error('the service was started without a pipe');
  const lines: string[] = [];
  const reader = createInterface({ input: child.stdout });
  await new Promise<void>((resolve, reject) => {
    reader.on('line', (line) => {
      if (lines.push(line) <= 50 && /"message":"listening"/.test(line)) resolve();
    });
    child.once('exit', (code) => reject(new Error(`the service ended with ${code}:\n${lines.join('\n')}`)));
  });
}
