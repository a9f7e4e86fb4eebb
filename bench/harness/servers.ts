import type { ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Children } from './children.js';
import { pin } from './cores.js';
import { GO_PROGRAM } from './go.js';
import { DIST_DIR, ROOT_DIR, SERVICE_MAIN } from './paths.js';
import { freePort } from './ports.js';
import { cpuTimeMs, peakMemoryMiB, processTree, residentMemoryMiB } from './proc.js';

/** The service and its peers. */
export const SERVERS = {
  service: { title: 'this service', program: null },
  'service-compress': { title: 'this service, `--compress` on', program: null },
  /** Only the database: no validation, log, metrics, limit or request ids. `checkDuties` skips it. */
  floor: { title: 'bare node:http', program: 'floor' },
  handmade: { title: 'node:http by hand, same features', program: 'handmade' },
  fastify: { title: 'Fastify as taught', program: 'fastify' },
  'fastify-tuned': { title: 'Fastify tuned', program: 'fastify-tuned' },
  hono: { title: 'Hono on Node', program: 'hono' },
  express: { title: 'Express + express-openapi-validator', program: 'express' },
  go: { title: 'Go: chi, oapi-codegen, database/sql', program: 'go' },
  koa: { title: 'Koa + openapi-backend (+ Slonik)', program: 'koa' },
} as const;

export type ServerName = keyof typeof SERVERS;
export const SERVER_NAMES = Object.keys(SERVERS).filter(isServerName);

export function isServerName(name: string): name is ServerName {
  return Object.hasOwn(SERVERS, name);
}

export interface ServerOptions {
  readonly repo: 'sqlite3' | 'postgres';
  readonly repoUri: string;
  /** taskset's list of cores, or null. */
  readonly core: string | null;
  /** The service only; the peers are a single process. */
  readonly workers?: number;
  /** Flags of Node itself. */
  readonly nodeFlags?: readonly string[];
  /** Standard output is ignored, unless the log is read. */
  readonly log?: 'pipe' | 'ignore';
}

/** A server that responds. */
export interface RunningServer {
  readonly name: ServerName;
  readonly port: number;
  readonly child: ChildProcess;
  /** CPU time of the process and its workers so far. */
  cpuMs(): number;
  peakMemoryMiB(): number;
  residentMemoryMiB(): number;
  stop(): Promise<void>;
  /** Kills it, if its database is no longer needed. */
  kill(): Promise<void>;
}

/** Far more than any server needs: a busy machine is no reason to give up. */
const START_LIMIT_MS = 60_000;

/** Whether a server is the service, not a peer. */
export function isOwn(name: ServerName): boolean {
  return SERVERS[name].program === null;
}

export function isServiceBuilt(): boolean {
  return existsSync(SERVICE_MAIN);
}

/**
 * Starts a server and waits until it responds on /health.
 *
 * @throws Error with its output, if it does not start
 */
export async function startServer(
  children: Children,
  name: ServerName,
  options: ServerOptions,
): Promise<RunningServer> {
  const port = await freePort();
  const { log = 'ignore' } = options;
  // Go would start as many threads as there were cores before it was pinned.
  const env = { ...process.env, NODE_ENV: 'production', ...(options.core !== null && { GOMAXPROCS: '1' }) };
  const child = children.spawn(command(name, port, options), ['ignore', log, 'pipe'], env);
  let printed = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    printed = (printed + text).slice(-4000);
  });
  const deadline = performance.now() + START_LIMIT_MS;
  while (!(await isUp(port))) {
    if (child.exitCode !== null || child.signalCode !== null || performance.now() > deadline) {
      await children.stop(child, 1000);
      throw new Error(`${SERVERS[name].title} did not start:\n${printed}`);
    }
    await sleep(20);
  }
  // Pinned only now, so that several servers can start at once on all cores.
  pin(child.pid, options.core);
  // Read anew each time: workers may still be starting when the first of them responds.
  const pids = () => processTree(child.pid ?? 0);
  return {
    name,
    port,
    child,
    cpuMs: () => cpuTimeMs(pids()),
    peakMemoryMiB: () => peakMemoryMiB(pids()),
    residentMemoryMiB: () => residentMemoryMiB(pids()),
    stop: () => children.stop(child, 5000),
    kill: () => children.stop(child, 0),
  };
}

/** The command line of a server. */
export function command(
  name: ServerName,
  port: number,
  { repo, repoUri, workers = 1, nodeFlags = [] }: ServerOptions,
): readonly string[] {
  const listen = ['--listen', `127.0.0.1:${port}`, '--repo', repo, '--repo-uri', repoUri];
  const { program } = SERVERS[name];
  if (program === 'go') return [GO_PROGRAM, ...listen];
  if (program !== null) return [process.execPath, ...nodeFlags, `${DIST_DIR}peers/${program}.js`, ...listen];
  const url = `http://127.0.0.1:${port}`;
  const duties = ['--metrics', '--limit', '1000000000-S', '--external-url', url, '--workers', String(workers)];
  const folder = ['--repo-migrations', `${ROOT_DIR}schema`];
  // Set explicitly, because config/production.json (NODE_ENV=production) turns it on: no peer compresses.
  const compression = name === 'service-compress' ? '--compress' : '--no-compress';
  return [process.execPath, ...nodeFlags, SERVICE_MAIN, ...listen, ...duties, ...folder, compression];
}

async function isUp(port: number): Promise<boolean> {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/health`, { signal: AbortSignal.timeout(2000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
