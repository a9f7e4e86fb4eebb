import type { Bench } from './bench.js';
import { type RunningServer, type ServerName, startServer } from './servers.js';
import { COMPARED_WORKS, type ComparedWork } from './works.js';

export interface Pooled {
  readonly server: RunningServer;
  /** Whether an earlier work has filled its database. */
  readonly isSeeded: boolean;
}

/** The servers of works. A sparing run keeps them for the next work on the same kind of database, to save starts. */
export interface ServerPool {
  /** @throws if one does not start; the others are stopped again */
  take(work: ComparedWork, names: readonly ServerName[]): Promise<readonly Pooled[]>;
  /** Called after a work, successful or not. */
  giveBack(servers: readonly Pooled[], isSound: boolean): Promise<void>;
}

export function createServerPool(bench: Bench): ServerPool {
  const kept = new Map<string, RunningServer>();

  async function get(work: ComparedWork, name: ServerName): Promise<Pooled> {
    const { repo } = COMPARED_WORKS[work];
    const key = `${repo}${'isLarge' in COMPARED_WORKS[work] ? ' large' : ''} ${name}`;
    const known = kept.get(key);
    if (known !== undefined) return { server: known, isSeeded: true };
    const server = await start(bench, work, name);
    if (bench.options.isSparing) kept.set(key, server);
    return { server, isSeeded: false };
  }

  async function end(servers: readonly Pooled[]): Promise<void> {
    for (const [key, server] of kept) if (servers.some((pooled) => pooled.server === server)) kept.delete(key);
    await Promise.all(servers.map(({ server }) => server.kill()));
  }

  return {
    async take(work, names) {
      const starting = await Promise.allSettled(names.map((name) => get(work, name)));
      const servers = starting.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
      const failed = starting.find((result) => result.status === 'rejected');
      if (failed === undefined) return servers;
      await end(servers);
      throw failed.reason;
    },
    async giveBack(servers, isSound) {
      if (!isSound || !bench.options.isSparing) await end(servers);
    },
  };
}

/**
 * Starts a server for a work, with an empty database.
 *
 * @param suffix - makes the name of the database unique, if the server is started several times
 * @param nodeFlags - flags of Node itself
 */
export async function start(
  bench: Bench,
  work: ComparedWork,
  name: ServerName,
  { suffix = '', nodeFlags = [] as readonly string[] } = {},
): Promise<RunningServer> {
  const { repo } = COMPARED_WORKS[work];
  const core = bench.cores.server;
  const database = `${work}-${name}${suffix}`;
  if (repo === 'postgres') {
    const repoUri = await (await bench.postgres()).create(database);
    return startServer(bench.children, name, { repo: 'postgres', repoUri, core, nodeFlags });
  }
  const repoUri = repo === 'file' ? bench.file(database) : ':memory:';
  return startServer(bench.children, name, { repo: 'sqlite3', repoUri, core, nodeFlags });
}
