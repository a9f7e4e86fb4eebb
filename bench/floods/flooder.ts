/** Floods a service until it is killed. It is a separate process, so that the measuring process is not disturbed. */
import http from 'node:http';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '../../test/support/http.js';

/** The targets of the floods: the service and its proxy. */
export interface FloodTarget {
  readonly port: number;
  readonly proxyPort: number;
}

const HEAD = 'HTTP/1.1\r\nHost: flood\r\n';
/** Another client than the polite ones, for the proxy and so for the rate limit. */
const LOCAL_ADDRESS = '127.0.0.2';
const REOPEN_MS = 10;

/** The floods by name. */
export const FLOODS: Readonly<Record<string, (target: FloodTarget) => void>> = {
  '1: 1,024 sockets send one byte of a body': ({ port }) => {
    const head = `POST /v1/payments ${HEAD}Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{`;
    keepOpen(1024, () => net.connect(port, '127.0.0.1'), head);
  },
  '2: 100 clients do not read a list of 18 MiB': ({ port }) => {
    keepOpen(100, () => net.connect(port, '127.0.0.1'), `GET /v1/payments?organisation_id=large ${HEAD}\r\n`);
  },
  '3: one socket pipelines 500 gets every 5 ms': ({ port }) => {
    const batch = `GET /v1/payments?size=1 ${HEAD}\r\n`.repeat(500);
    let current: net.Socket | null = null;
    setInterval(() => {
      if (current === null || current.destroyed)
        current = net
          .connect(port, '127.0.0.1')
          .on('error', () => {})
          .resume();
      if (current.writableLength === 0) current.write(batch);
    }, 5);
  },
  '4: 32 clients behind the proxy are over their limit': ({ proxyPort }) =>
    loop(32, proxyPort, ['/v1/payments?size=1']),
  '5: 64 clients scrape metrics': ({ port }) => loop(64, port, ['/metrics']),
  '6: 16 clients page at the end of a million rows': ({ port }) =>
    loop(16, port, ['/v1/payments?from=999000', '/v1/payments?from=9007199254740991']),
  '7: 1,000 clients follow the feed': ({ port }) => void follow(1000, port),
};

/** Opens sockets that never read, and reopens those that were closed. */
function keepOpen(count: number, connect: () => net.Socket, sent: string): void {
  const open = (): void => {
    const socket = connect().on('error', () => {});
    socket.once('close', () => setTimeout(open, REOPEN_MS));
    socket.write(sent);
  };
  for (let at = 0; at < count; at += 1) open();
}

/** Clients that send the next request after any response. */
function loop(clients: number, port: number, paths: readonly string[]): void {
  const agent = new http.Agent({ keepAlive: true });
  const next = (at: number): void => {
    const path = paths[at % paths.length];
    const again = () => next(at + 1);
    http
      .get({ host: '127.0.0.1', localAddress: LOCAL_ADDRESS, port, agent, path }, (response) => {
        response.resume().once('end', again);
      })
      .once('error', () => setTimeout(again, REOPEN_MS));
  };
  for (let at = 0; at < clients; at += 1) next(at);
}

/** Clients that follow the feed from its end, each on a connection of its own. The polite clients write to it. */
async function follow(clients: number, port: number): Promise<void> {
  const client = createClient(port);
  const id = `follower-${process.pid}`;
  const data = { id, type: 'Payment', version: 0, organisation_id: 'follower', attributes: { amount: '1.00' } };
  await client.post('/v1/payments', { data });
  const [change] = (await client.get(`/v1/payments/${id}/versions`)).json<{ data: { position: string }[] }>().data;
  await Promise.all(
    Array.from({ length: clients }, async () => {
      const { get } = createClient(port);
      for (let target = `/v1/changes?wait=30&after=${change?.position}`; ; ) {
        const page = await get(target);
        if (page.status === 200) target = pathOf(page.json<{ links: { next: string } }>().links.next);
        else await delay(REOPEN_MS);
      }
    }),
  );
}

function pathOf(url: string): string {
  const { pathname, search } = new URL(url);
  return `${pathname}${search}`;
}

process.once('message', ({ name, target }: { name: string; target: FloodTarget }) => FLOODS[name]?.(target));
process.once('disconnect', () => process.exit(0));
