import type { Bench } from '../bench.js';
import { type RunningServer, type ServerName, type ServerOptions, startServer } from '../servers.js';

/** The peers in plots of growth; all of them would make the plots unreadable. */
const SHOWN: readonly ServerName[] = ['service', 'handmade', 'fastify', 'fastify-tuned'];

export function shownServers(bench: Bench): readonly ServerName[] {
  return SHOWN.filter((name) => bench.options.servers.includes(name));
}

/** A server to start: its name and its database. */
export type Wanted = Pick<ServerOptions, 'repo' | 'repoUri'> & { readonly name: ServerName };

/** Starts servers, runs `work` with them, and stops them in any case. */
export async function withServers<T>(
  bench: Bench,
  wanted: readonly Wanted[],
  work: (servers: readonly RunningServer[]) => Promise<T>,
): Promise<T> {
  const servers: RunningServer[] = [];
  try {
    for (const { name, repo, repoUri } of wanted) {
      servers.push(await startServer(bench.children, name, { repo, repoUri, core: bench.cores.server }));
    }
    return await work(servers);
  } finally {
    await Promise.all(servers.map((server) => server.stop()));
  }
}
