import { execFile, execFileSync } from 'node:child_process';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { clusterFolder, createCluster } from './cluster.js';
import { freePort } from './http.js';
import { queryPostgres, signalPostgres } from './postgres.js';
import { postgresPrograms } from './programs.js';

const run = promisify(execFile);

export interface ReplicationNode {
  readonly url: string;
  start(): Promise<unknown>;
  /** `immediate` is a crash. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** SIGSTOP or SIGCONT for the server and all its sessions. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
}

/** A primary with a synchronous standby, from Debian's binaries. */
export interface Replication {
  readonly primary: ReplicationNode;
  readonly standby: ReplicationNode;
  /** A libpq connection string with both, the first primary first. */
  readonly uri: string;
  /** Promotes the standby. Resolves when it is writable. */
  promote(): Promise<void>;
  /** Starts the stopped first primary as a standby of the promoted one. */
  restartAsStandby(): Promise<void>;
  destroy(): Promise<void>;
}

/** A folder that belongs to Postgres's user, because Postgres does not run as root. */
export function folderOfPostgres(name: string): {
  readonly folder: string;
  readonly owner: { uid?: number; gid?: number };
} {
  const folder = clusterFolder(name);
  if (process.getuid?.() !== 0) return { folder, owner: {} };
  const owner = { uid: idOf('-u'), gid: idOf('-g') };
  chownSync(folder, owner.uid, owner.gid);
  return { folder, owner };
}

/** Starts both, and waits until commits wait for the standby. */
export async function startReplication(): Promise<Replication> {
  const { folder, owner } = folderOfPostgres('replication');
  const postgres = (program: string, args: readonly string[]) =>
    run(join(postgresPrograms(), program), [...args], { ...owner, cwd: folder });

  async function node(nodeName: string, settings: readonly string[]) {
    const port = await freePort();
    const data = join(folder, nodeName);
    const options = [
      ...[`port=${port}`, 'listen_addresses=127.0.0.1', `unix_socket_directories=${folder}`, 'fsync=off'],
      ...['shared_buffers=16MB', ...settings],
    ];
    const flags = options.map((option) => `-c ${option}`).join(' ');
    return {
      port,
      data,
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      start: () =>
        postgres('pg_ctl', ['-D', data, '-w', '-s', '-l', join(folder, `${nodeName}.log`), '-o', flags, 'start']),
      async stop(mode: 'fast' | 'immediate') {
        await postgres('pg_ctl', ['-D', data, '-w', '-s', '-m', mode, 'stop']);
      },
      signal: (name: 'SIGSTOP' | 'SIGCONT') => signalPostgres(data, name),
    };
  }

  const primary = await node('primary', ["synchronous_standby_names='*'", 'wal_keep_size=64MB']);
  const standby = await node('standby', ['hot_standby=on']);
  const flags = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--no-sync'];
  await run('mkdir', ['-m', '700', primary.data], owner);
  await createCluster(primary.data, [postgresPrograms(), ...flags], () =>
    postgres('initdb', ['-D', primary.data, ...flags]),
  );
  writeFileSync(
    join(primary.data, 'pg_hba.conf'),
    'host all all 127.0.0.1/32 trust\nhost replication all 127.0.0.1/32 trust\n',
  );
  // The primary has not run yet: a copy is a base backup, without the work of pg_basebackup.
  await run('cp', ['-a', primary.data, standby.data]);
  follow(standby.data, primary.port);
  await primary.start();
  await standby.start();
  const states = () => queryPostgres<{ sync_state: string }>(primary.url, 'SELECT sync_state FROM pg_stat_replication');
  while ((await states())[0]?.sync_state !== 'sync') await delay(100);

  return {
    primary,
    standby,
    uri: `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/postgres?target_session_attrs=read-write`,
    async promote() {
      await queryPostgres(standby.url, 'SELECT pg_promote(true)');
    },
    async restartAsStandby() {
      follow(primary.data, standby.port);
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

/** Makes the server of a data directory a standby at its next start. */
function follow(data: string, port: number): void {
  writeFileSync(join(data, 'standby.signal'), '');
  writeFileSync(join(data, 'postgresql.auto.conf'), `primary_conninfo = 'host=127.0.0.1 port=${port} user=postgres'\n`);
}

function idOf(flag: '-u' | '-g'): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
}
