import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from './bench.js';
import { freePort } from './ports.js';
import { command, SERVERS, type ServerName } from './servers.js';
import { type Spread, spread } from './stats.js';

/** Time from the start of a process to its first response, SQLite in memory, in ms. */
export type Starts = Partial<Record<ServerName, Spread>>;

const LIMIT_MS = 20_000;
const ASK_AGAIN_MS = 2;

/**
 * Starts every server repeatedly, in turns, and polls its health until it responds. Nothing is pinned: a starting
 * process has the whole machine.
 *
 * @throws Error if one does not respond
 */
export async function measureStarts(bench: Bench): Promise<Starts> {
  const { options } = bench;
  // A sparing run measures only servers with a target.
  const names = options.isSparing ? options.servers.filter((name) => name === 'service') : options.servers;
  const times = new Map<ServerName, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < options.starts; round += 1) {
    for (const [name, seen] of times) seen.push(await startOnce(bench, name));
  }
  const starts = [...times].map(([name, seen]): [ServerName, Spread] => [name, spread(seen)]);
  for (const [name, { median, low, high }] of starts) {
    bench.log(`${'start'.padEnd(22)}${name.padEnd(17)}${median.toFixed(0)} ms (${low.toFixed(0)}–${high.toFixed(0)})`);
  }
  return Object.fromEntries(starts);
}

async function startOnce(bench: Bench, name: ServerName): Promise<number> {
  const port = await freePort();
  const program = command(name, port, { repo: 'sqlite3', repoUri: ':memory:', core: null });
  const startedAt = performance.now();
  const child = bench.children.spawn(program, ['ignore', 'ignore', 'ignore'], {
    ...process.env,
    NODE_ENV: 'production',
  });
  try {
    while (!(await isResponding(port))) {
      if (child.exitCode !== null || child.signalCode !== null || performance.now() - startedAt > LIMIT_MS) {
        throw new Error(`${SERVERS[name].title} did not start`);
      }
      await sleep(ASK_AGAIN_MS);
    }
    return performance.now() - startedAt;
  } finally {
    await bench.children.stop(child, 0);
  }
}

/** With a bare socket: a larger client would still be warming up itself. */
function isResponding(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () =>
      socket.write('GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
    );
    socket.once('data', (head) => {
      socket.destroy();
      resolve(head.toString('latin1').startsWith('HTTP/1.1 200'));
    });
    socket.once('error', () => resolve(false));
    socket.once('close', () => resolve(false));
  });
}
