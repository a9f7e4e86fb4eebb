import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the package. */
export const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** The built program. */
export const MAIN = join(ROOT, 'dist/src/main.js');

const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Kills a process if this one exits first. */
export function killAtExit(child: ChildProcess): void {
  running.add(child);
  child.once('close', () => running.delete(child));
}

/** The result of a command. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramOptions extends Pick<SpawnOptions, 'cwd' | 'uid' | 'gid'> {
  /** Besides this process's own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Another program than the built one. */
  readonly main?: string;
}

/** Starts the built program with pipes for its standard streams. */
export function startProgram(argv: readonly string[], { env, main = MAIN, ...place }: ProgramOptions = {}) {
  const child = spawn(process.execPath, [main, ...argv], {
    ...place,
    env: { ...process.env, NODE_ENV: '', ...env },
    stdio: 'pipe',
  });
  killAtExit(child);
  const text = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (chunk: string) => {
      text[name] += chunk;
    });
  }
  // A command that ends before it has read everything closes the pipe.
  child.stdin.on('error', () => {});
  const ended = once(child, 'close').then(([code]): Ended => {
    return { code: typeof code === 'number' ? code : null, ...text };
  });
  return { child, ended };
}

/** Runs the built program until it exits. */
export function runProgram(
  argv: readonly string[],
  { stdin = '', ...options }: ProgramOptions & { readonly stdin?: string } = {},
): Promise<Ended> {
  const { child, ended } = startProgram(argv, options);
  child.stdin.end(stdin);
  return ended;
}
