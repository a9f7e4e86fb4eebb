import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { RunningService } from '../support/service.js';

const UNTIL_LIMIT_MS = 120_000;

/** A folder for the databases of one test file. */
export interface Folder {
  /** The path of a new database. */
  database(): string;
  remove(): void;
}

export function temporaryFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), 'payments-ops-'));
  let count = 0;
  return {
    database() {
      count += 1;
      return join(path, `${count}.sqlite`);
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

/** Kills a service and waits for its exit. */
export async function end(service: RunningService | null): Promise<void> {
  service?.kill();
  await service?.exited;
}

/**
 * Repeats a query until the result fits.
 *
 * @param fits - whether the result is the wanted one
 * @throws Error with the last result, after a time that is long even for a slow machine
 */
export async function until<T>(ask: () => Promise<T>, fits: (reply: T) => boolean): Promise<T> {
  const deadlineMs = performance.now() + UNTIL_LIMIT_MS;
  for (;;) {
    const reply = await ask();
    if (fits(reply)) return reply;
    if (performance.now() > deadlineMs) throw new Error(`still not as wanted: ${JSON.stringify(reply)}`);
    await delay(20);
  }
}

/** The value of a series, with its labels in the exported order; 0 if missing. */
export function seriesValue(exposition: string, series: string): number {
  const line = exposition.split('\n').find((candidate) => candidate.startsWith(`${series} `));
  return line === undefined ? 0 : Number(line.slice(series.length + 1));
}

/** The sum of all series of a metric. */
export function metricSum(exposition: string, name: string): number {
  let sum = 0;
  for (const line of exposition.split('\n')) {
    if (line.startsWith(`${name}{`) || line.startsWith(`${name} `))
      sum += Number(line.slice(line.lastIndexOf(' ') + 1));
  }
  return sum;
}

export async function metricsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

/** A Redis without persistence. @param password - for clients, optional @param more - further flags */
export async function startRedis(port: number, password?: string, more: readonly string[] = []): Promise<ChildProcess> {
  const flags = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...more];
  const child = spawn('redis-server', [...flags, ...(password === undefined ? [] : ['--requirepass', password])], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child.on('error', () => {});
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.includes('Ready to accept connections')) break;
  }
  if (child.pid === undefined || child.exitCode !== null) throw new Error('redis-server cannot be started');
  child.stdout.resume();
  return child;
}

/** The number of other connections to a Redis. */
export async function redisConnections(port: number, password: string): Promise<number> {
  const redis = new Redis({ port, host: '127.0.0.1', password });
  try {
    const list = String(await redis.client('LIST'));
    return list.trim().split('\n').length - 1;
  } finally {
    redis.disconnect();
  }
}

export async function stopRedis(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
}
