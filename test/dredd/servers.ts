import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { bundle } from '../support/bundle.js';
import { startPostgres } from '../support/postgres.js';
import { type RunningService, startService } from '../support/service.js';

/**
 * The servers that together send all documented responses:
 *
 * - `open`: with everything switched on, working
 * - `closed`: without admin and metrics
 * - `guarded`: with a token for operators' endpoints
 * - `limited`: with an exhausted rate limit
 * - `unreachable`: with a stopped database
 * - `throwing`, `hanging`: see failing-service.ts
 */
export type ServerName = 'open' | 'closed' | 'guarded' | 'limited' | 'unreachable' | 'throwing' | 'hanging';

/** Servers that are started on the first call. */
export interface Servers {
  /** @returns `http://host:port` */
  urlOf(name: ServerName): Promise<string>;
  /** Stops all that were started. */
  close(): Promise<void>;
}

/** Prepares the servers without starting them. */
export function createServers(): Servers {
  const started: Promise<unknown>[] = [];
  const cleanUps: (() => unknown)[] = [];

  function lazily<T>(start: () => Promise<T>): () => Promise<T> {
    let running: Promise<T> | null = null;
    return () => {
      if (!running) {
        running = start();
        started.push(running);
      }
      return running;
    };
  }

  async function service(...flags: readonly string[]): Promise<RunningService> {
    const running = await startService(flags);
    cleanUps.push(() => running.stop());
    return running;
  }

  async function startLimited(): Promise<string> {
    const { url } = await service('--admin', '--limit', '1-H');
    await fetch(`${url}/v1/payments`);
    return url;
  }

  async function startUnreachable(): Promise<string> {
    const postgres = await startPostgres();
    cleanUps.push(() => postgres.destroy());
    const database = await postgres.createDatabase();
    const { url } = await service('--admin', '--repo', 'postgres', '--repo-uri', database);
    await postgres.stop('fast');
    return url;
  }

  const failing = lazily(async () => {
    const { child, urls } = await startFailing();
    cleanUps.push(() => stopFailing(child));
    return urls;
  });

  const servers: Record<ServerName, () => Promise<string>> = {
    open: lazily(async () => (await service('--admin', '--metrics')).url),
    closed: lazily(async () => (await service()).url),
    guarded: lazily(async () => (await service('--admin', '--metrics', '--admin-token', 'a-token-of-dredd-0001')).url),
    limited: lazily(startLimited),
    unreachable: lazily(startUnreachable),
    throwing: async () => (await failing()).throwing,
    hanging: async () => (await failing()).hanging,
  };

  return {
    urlOf: (name) => servers[name](),
    async close() {
      await Promise.allSettled(started);
      // A service is stopped before its database and files.
      for (const cleanUp of cleanUps.reverse()) await cleanUp();
    },
  };
}

async function startFailing(): Promise<{ child: ChildProcess; urls: Record<'throwing' | 'hanging', string> }> {
  const program = await bundle(join('test', 'dredd', 'failing-service.ts'));
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'ignore'] });
  const ended = once(child, 'close').then(() => Promise.reject(new Error('the failing service did not start')));
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
  return { child, urls: JSON.parse(line) };
}

async function stopFailing(child: ChildProcess): Promise<void> {
  child.stdin?.end();
  if (child.exitCode === null) await once(child, 'close');
}
