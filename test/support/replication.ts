import { execFile, execFileSync } from 'node:child_process';
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './http.js';
import { queryPostgres } from './postgres.js';

const run = promisify(execFile);

/** One server of a pair. */
export interface ReplicationNode {
  readonly url: string;
  start(): Promise<unknown>;
  /** `immediate` is a crash. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** SIGSTOP or SIGCONT for the server and all its sessions. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
}

/** A primary with a synchronous standby, made of Debian's binaries. */
export interface Replication {
  readonly primary: ReplicationNode;
  readonly standby: ReplicationNode;
  /** Names both, the first primary first, as libpq reads it. */
  readonly uri: string;
  /** Makes the standby a primary. Resolves once it can be written. */
  promote(): Promise<void>;
  /** Starts the stopped first primary as a standby of the one that was promoted. */
  restartAsStandby(): Promise<void>;
  destroy(): Promise<void>;
}

/** Where Debian keeps what is not on the PATH. */
function binary(name: string): string {
  const [version] = readdirSync('/usr/lib/postgresql').sort((a, b) => Number(b) - Number(a));
  return join('/usr/lib/postgresql', version ?? '', 'bin', name);
}

/** Starts both, and waits until commits wait for the standby. */
export async function startReplication(): Promise<Replication> {
  const folder = mkdtempSync(join(tmpdir(), 'replication-'));
  const asRoot = process.getuid?.() === 0;
  // Postgres refuses to run as root.
  const owner = asRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const postgres = (program: string, args: readonly string[]) =>
    run(binary(program), [...args], { ...owner, cwd: folder });

  async function node(name: string, settings: readonly string[]) {
    const port = await freePort();
    const data = join(folder, name);
    const options = [
      ...[`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off'],
      ...['shared_buffers=16MB', 'max_connections=60', 'wal_sender_timeout=2s', 'wal_receiver_timeout=2s', ...settings],
    ];
    const flags = options.map((option) => `-c ${option}`).join(' ');
    return {
      port,
      data,
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      start: () =>
        postgres('pg_ctl', ['-D', data, '-w', '-s', '-l', join(folder, `${name}.log`), '-o', flags, 'start']),
      async stop(mode: 'fast' | 'immediate') {
        await postgres('pg_ctl', ['-D', data, '-w', '-s', '-m', mode, 'stop']);
      },
      signal(signal: 'SIGSTOP' | 'SIGCONT') {
        const postmaster = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
        const children = execFileSync('ps', ['-o', 'pid=', '--ppid', String(postmaster)], { encoding: 'utf8' });
        for (const pid of [postmaster, ...children.split('\n').map(Number)]) if (pid > 0) process.kill(pid, signal);
      },
    };
  }

  const primary = await node('primary', ["synchronous_standby_names='*'", 'wal_keep_size=64MB']);
  const standby = await node('standby', ['hot_standby=on']);
  await postgres('initdb', ['-D', primary.data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync']);
  writeFileSync(
    join(primary.data, 'pg_hba.conf'),
    'host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n',
  );
  await primary.start();
  await postgres('pg_basebackup', ['-D', standby.data, '-R', '-c', 'fast', '-d', primary.url, '--no-sync']);
  await standby.start();
  const states = () => queryPostgres<{ sync_state: string }>(primary.url, 'SELECT sync_state FROM pg_stat_replication');
  while ((await states())[0]?.sync_state !== 'sync') await delay(20);

  return {
    primary,
    standby,
    uri: `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres?target_session_attrs=read-write`,
    async promote() {
      await queryPostgres(standby.url, 'SELECT pg_promote(true)');
    },
    async restartAsStandby() {
      writeFileSync(join(primary.data, 'standby.signal'), '');
      writeFileSync(
        join(primary.data, 'postgresql.auto.conf'),
        `primary_conninfo = 'host=127.0.0.1 port=${standby.port} user=postgres'\n`,
      );
      await primary.start();
    },
    async destroy() {
      for (const { signal, stop } of [primary, standby]) {
        try {
          signal('SIGCONT');
          await stop('immediate');
        } catch {
          // It has ended already.
        }
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
}
