import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from './http.js';
import { signalPostgres } from './postgres.js';
import { postgresPrograms } from './programs.js';
import { folderOfPostgres } from './replication.js';

const run = promisify(execFile);

/** A leader that does not renew its lease in etcd within this time is replaced, seconds. */
const LEASE_SECONDS = 5;

/** A server and its Patroni. */
export interface PatroniNode {
  readonly name: string;
  readonly url: string;
  /** Of Patroni's REST API. */
  readonly apiPort: number;
  /** Simulates a failed (SIGKILL) or frozen (SIGSTOP) machine: Patroni, the server and all its sessions. */
  signal(name: 'SIGKILL' | 'SIGSTOP'): void;
  /**
   * Simulates a watchdog's reset. Without one, a Patroni 3.0 that wakes up can take the leader's key from the new
   * leader: it writes the key without comparing.
   */
  reset(): void;
}

/** A primary and a synchronous standby under Debian's Patroni, with an etcd. */
export interface PatroniCluster {
  /** A libpq connection string with both. */
  readonly uri: string;
  readonly all: readonly PatroniNode[];
  /** As known to Patroni. */
  nodes(): Promise<{ readonly primary: PatroniNode; readonly standby: PatroniNode }>;
  /** Promotes the standby, and demotes the running primary. */
  switchover(): Promise<void>;
  /** Resolves when commits wait for a standby. */
  untilSynchronous(): Promise<void>;
  destroy(): Promise<void>;
}

/** Starts etcd and two nodes, and waits until commits wait for the standby. */
export async function startPatroni(): Promise<PatroniCluster> {
  const { folder, owner } = folderOfPostgres('patroni');
  const children: ChildProcess[] = [];
  const start = (program: string, args: readonly string[]) => {
    const child = spawn(program, args, { ...owner, cwd: folder, stdio: 'ignore' });
    children.push(child);
    return child;
  };
  const [etcdPort, peerPort] = [await freePort(), await freePort()];
  const [etcd, peer] = [`http://127.0.0.1:${etcdPort}`, `http://127.0.0.1:${peerPort}`];
  start('etcd', [
    ...['--data-dir', join(folder, 'etcd'), '--listen-client-urls', etcd, '--advertise-client-urls', etcd],
    ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', `default=${peer}`],
  ]);

  const configurationOf = (name: string) => join(folder, `${name}.json`);
  async function node(name: string): Promise<PatroniNode> {
    const [port, apiPort] = [await freePort(), await freePort()];
    const data = join(folder, name);
    const api = `127.0.0.1:${apiPort}`;
    const configuration = {
      scope: 'payments',
      name,
      etcd3: { host: `127.0.0.1:${etcdPort}` },
      restapi: { listen: api, connect_address: api },
      bootstrap: {
        dcs: {
          ...{ ttl: LEASE_SECONDS, loop_wait: 1, retry_timeout: 2, primary_start_timeout: 0, synchronous_mode: true },
          // Unacknowledged writes of the old primary are reverted before it follows the new one.
          postgresql: { use_pg_rewind: true, parameters: { max_connections: 60, shared_buffers: '16MB' } },
        },
        initdb: ['no-sync', { encoding: 'UTF8' }, { auth: 'trust' }],
      },
      postgresql: {
        listen: `127.0.0.1:${port}`,
        connect_address: `127.0.0.1:${port}`,
        data_dir: data,
        bin_dir: postgresPrograms(),
        pgpass: join(folder, `${name}.pgpass`),
        authentication: { superuser: { username: 'postgres' }, replication: { username: 'postgres' } },
        parameters: {
          unix_socket_directories: folder,
          fsync: false,
          wal_sender_timeout: '2s',
          wal_receiver_timeout: '2s',
        },
        pg_hba: ['host all all 127.0.0.1/32 trust', 'host replication all 127.0.0.1/32 trust', 'local all all trust'],
      },
    };
    writeFileSync(configurationOf(name), JSON.stringify(configuration));
    if (owner.uid !== undefined && owner.gid !== undefined) chownSync(configurationOf(name), owner.uid, owner.gid);
    let patroni = start('patroni', [configurationOf(name)]);
    const signal = (signalName: NodeJS.Signals) => {
      patroni.kill(signalName);
      signalPostgres(data, signalName);
    };
    return {
      name,
      url: `postgres://postgres@127.0.0.1:${port}/postgres`,
      apiPort,
      signal,
      reset() {
        signal('SIGKILL');
        patroni = start('patroni', [configurationOf(name)]);
      },
    };
  }

  const all = [await node('one'), await node('two')] as const;

  /** As Patroni's REST API says: its command takes half a second of CPU. A node that hangs or has ended says nothing. */
  async function members(): Promise<readonly { readonly name: string; readonly role: string }[]> {
    for (;;) {
      for (const { apiPort } of all) {
        try {
          const signal = AbortSignal.timeout(1_000);
          const response = await fetch(`http://127.0.0.1:${apiPort}/cluster`, { signal });
          const { members: found } = JSON.parse(await response.text());
          if (Array.isArray(found)) return found;
        } catch {
          // The next one may say it.
        }
      }
      await delay(50);
    }
  }

  async function nodes() {
    const leader = (await members()).find(({ role }) => role === 'leader')?.name;
    const [primary, standby] = leader === all[1].name ? [all[1], all[0]] : all;
    return { primary, standby };
  }

  async function untilSynchronous(): Promise<void> {
    while (!(await members()).some(({ role }) => role === 'sync_standby')) await delay(50);
  }

  await untilSynchronous();
  return {
    uri: `postgres://postgres@${all.map(({ url }) => new URL(url).host).join(',')}/postgres?target_session_attrs=read-write`,
    all,
    nodes,
    untilSynchronous,
    async switchover() {
      const args = ['switchover', 'payments', '--candidate', (await nodes()).standby.name, '--force'];
      const { stdout } = await run('patronictl', ['-c', configurationOf('one'), ...args], { cwd: folder });
      if (!stdout.includes('Successfully')) throw new Error(stdout);
    },
    async destroy() {
      for (const each of all) {
        try {
          each.signal('SIGKILL');
        } catch {
          // It has ended already.
        }
      }
      const exits = children.map((child) => (child.exitCode ?? child.signalCode) === null && once(child, 'exit'));
      for (const child of children) child.kill('SIGKILL');
      await Promise.all(exits);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
