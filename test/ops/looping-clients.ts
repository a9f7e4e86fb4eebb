/** Clients that send the next request after each response, in a separate process, until it is killed. */
import { createHash } from 'node:crypto';
import http from 'node:http';

export interface LoopingClients {
  readonly clients: number;
  readonly port: number;
  readonly path: string;
  /** On the loopback network; proxies and rate limits distinguish clients by it. */
  readonly localAddress: string;
}

/** The responses so far; sent after any message but the first. */
export interface LoopingCount {
  readonly byStatus: Readonly<Record<number, number>>;
  /** The number of different bodies. */
  readonly bodies: number;
}

const byStatus: Record<number, number> = {};
const bodies = new Set<string>();

process.once('message', ({ clients, port, path, localAddress }: LoopingClients) => {
  const agent = new http.Agent({ keepAlive: true });
  const next = (): void => {
    const request = http.get({ host: '127.0.0.1', localAddress, port, agent, path }, (response) => {
      const hash = createHash('sha1');
      response.on('data', (part) => hash.update(part));
      response.on('end', () => {
        const { statusCode = 0 } = response;
        byStatus[statusCode] = (byStatus[statusCode] ?? 0) + 1;
        if (bodies.size < 10_000) bodies.add(hash.digest('hex'));
        next();
      });
    });
    request.on('error', () => setTimeout(next, 10));
  };
  for (let at = 0; at < clients; at += 1) next();
  process.on('message', () => process.send?.({ byStatus, bodies: bodies.size } satisfies LoopingCount));
});
process.once('disconnect', () => process.exit(0));
