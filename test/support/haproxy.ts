import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './http.js';

/** Debian's HAProxy in front of a pair of servers; it finds the writable one. */
export interface HaProxy {
  /** Leads to the writable server. */
  readonly uri: string;
  stop(): Promise<void>;
}

/** A message of Postgres's protocol: an optional type, the length, and the content. */
function message(type: string, content: Buffer): string {
  const length = Buffer.alloc(4);
  length.writeInt32BE(content.length + 4);
  return Buffer.concat([Buffer.from(type), length, content]).toString('hex');
}

const PROTOCOL = Buffer.from([0, 3, 0, 0]);
const STARTUP = message('', Buffer.concat([PROTOCOL, Buffer.from('user\0postgres\0database\0postgres\0\0')]));
const IS_READ_ONLY = message('Q', Buffer.from('SHOW transaction_read_only\0'));
const READY = '5a0000000549';
/** The length of the only value, and the value: off. */
const WRITABLE = '000000036f6666';

/**
 * Starts it with a check of each server, and waits until it accepts connections.
 *
 * @param servers - connection strings without passwords
 */
export function startHaProxy(servers: readonly string[]): Promise<HaProxy> {
  return start(`
  option tcp-check
  timeout check 300ms
  tcp-check connect
  tcp-check send-binary ${STARTUP}
  tcp-check expect binary ${READY}
  tcp-check send-binary ${IS_READ_ONLY}
  tcp-check expect binary ${WRITABLE}
  tcp-check send-binary ${message('X', Buffer.alloc(0))}
  default-server check inter 100ms fall 2 rise 1 on-marked-down shutdown-sessions
${servers.map((url, index) => `  server s${index} ${new URL(url).host}`).join('\n')}`);
}

/**
 * The same with a check of Patroni, as in `docs/failover.md`.
 *
 * @param nodes - the servers, with the ports of Patroni's REST API
 * @see https://patroni.readthedocs.io/en/latest/rest_api.html
 */
export function startHaProxyForPatroni(
  nodes: readonly { readonly name: string; readonly url: string; readonly apiPort: number }[],
): Promise<HaProxy> {
  const [, recipe] = /```\n( *option httpchk[\s\S]*?)```/.exec(readFileSync('docs/failover.md', 'utf8')) ?? [];
  if (recipe === undefined) throw new Error('docs/failover.md has no recipe for HAProxy and Patroni');
  const settings = recipe.split('\n').filter((line) => !line.trim().startsWith('server '));
  const servers = nodes.map(({ name, url, apiPort }) => `  server ${name} ${new URL(url).host} check port ${apiPort}`);
  return start([...settings, ...servers].join('\n'));
}

async function start(backend: string): Promise<HaProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'haproxy-'));
  const port = await freePort();
  const configuration = `
global
  maxconn 200
defaults
  mode tcp
  timeout connect 500ms
  timeout client 1h
  timeout server 1h
listen postgres
  bind 127.0.0.1:${port}
${backend}
`;
  const file = join(folder, 'haproxy.cfg');
  writeFileSync(file, configuration);
  const child = spawn('haproxy', ['-f', file, '-db'], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  while (!(await accepts(port))) await delay(20);
  return {
    uri: `postgres://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true });
    },
  };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
