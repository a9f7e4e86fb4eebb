import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { BENCH_DIR, ROOT_DIR } from './paths.js';

/** The machine and the software of a run. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
  /** Load average of the last minute before the run, which shows other work on the machine. */
  readonly loadBefore: number;
  readonly date: string;
  readonly commit: string;
  /** Versions of the compared packages. */
  readonly packages: Readonly<Record<string, string>>;
}

const PACKAGES = [
  'better-sqlite3',
  'express',
  'express-openapi-validator',
  'fastify',
  'koa',
  'openapi-backend',
  'pg',
  'slonik',
] as const;

export function describeMachine(): Machine {
  const git = spawnSync('git', ['describe', '--always', '--dirty'], { cwd: ROOT_DIR, encoding: 'utf8' });
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()}`,
    node: process.version,
    loadBefore: Math.round((loadavg()[0] ?? 0) * 10) / 10,
    date: new Date().toISOString().slice(0, 10),
    commit: git.status === 0 ? git.stdout.trim() : 'unknown',
    packages: Object.fromEntries(PACKAGES.map((name) => [name, versionOf(name)])),
  };
}

/** Packages shared by peers and service are installed in the folder above. */
function versionOf(name: string): string {
  for (const folder of [BENCH_DIR, ROOT_DIR]) {
    const path = `${folder}node_modules/${name}/package.json`;
    if (!existsSync(path)) continue;
    const manifest: unknown = JSON.parse(readFileSync(path, 'utf8'));
    if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  }
  return 'unknown';
}
