import type { Bench } from '../bench.js';
import { type RunningServer, type ServerName, type ServerOptions, startServer } from '../servers.js';

/** The peers that growth is shown for beside the service; all of them would make the plots unreadable. */
const SHOWN: readonly ServerName[] = ['service', 'handmade', 'fastify', 'fastify-tuned'];

/** The servers of this run that growth is shown for. */
export function shownServers(bench: Bench): readonly ServerName[] {
  return SHOWN.filter((name) => bench.options.servers.includes(name));
}

/** A server to be started: its name and its database. */
export type Wanted = Pick<ServerOptions, 'repo' | 'repoUri'> & { readonly name: ServerName };

/**
 * Starts servers, does something with them and ends them, whatever happens.
 *
 * @param work - is given them in the order of `wanted`
 */
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
