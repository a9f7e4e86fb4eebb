import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from './http.js';

export interface Pgbouncer {
  /** The connection string of a database through the pooler. */
  urlOf(databaseUrl: string): string;
  stop(): Promise<void>;
}

/**
 * Starts a PgBouncer in transaction mode in front of a Postgres: server sessions change clients after each transaction.
 *
 * @param serverUrl - a connection string with user and password
 * @param settings - further lines for the `[pgbouncer]` section
 */
export async function startPgbouncer(serverUrl: string, settings: readonly string[] = []): Promise<Pgbouncer> {
  const { hostname, port: serverPort, username, password } = new URL(serverUrl);
  const folder = mkdtempSync(join(tmpdir(), 'pgbouncer-'));
  const port = await freePort();
  const file = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    chmodSync(join(folder, name), 0o644);
    return join(folder, name);
  };
  chmodSync(folder, 0o755);
  const users = file('users.txt', `"${username}" "${password}"\n`);
  const config = file(
    'pgbouncer.ini',
    [
      '[databases]',
      `* = host=${hostname} port=${serverPort}`,
      '[pgbouncer]',
      'listen_addr = 127.0.0.1',
      `listen_port = ${port}`,
      'unix_socket_dir =',
      'auth_type = plain',
      `auth_file = ${users}`,
      'pool_mode = transaction',
      'default_pool_size = 4',
      ...settings,
      '',
    ].join('\n'),
  );
  // It does not run as root.
  const asUser = process.getuid?.() === 0 ? ['-u', 'nobody'] : [];
  const child: ChildProcess = spawn('pgbouncer', [...asUser, '-q', config], { stdio: 'ignore' });
  const exited = once(child, 'exit');
  await untilListening(port, child);
  return {
    urlOf(databaseUrl) {
      const url = new URL(databaseUrl);
      url.port = String(port);
      return url.href;
    },
    async stop() {
      child.kill('SIGKILL');
      await exited;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilListening(port: number, child: ChildProcess): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`pgbouncer ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const isOpen = await Promise.race([once(socket, 'connect'), once(socket, 'error')]).then(
      () => !socket.destroyed && socket.readyState === 'open',
      () => false,
    );
    socket.destroy();
    if (isOpen) return;
    await delay(10);
  }
}
