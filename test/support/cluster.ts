import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, statfsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/postgres', import.meta.url));

/** In memory on Linux, but in a container this may be 64 MiB. */
const MEMORY = '/dev/shm';
const ENOUGH_BYTES = 4 * 2 ** 30;

/**
 * Creates a folder for clusters, in memory if there is enough. Each cluster and database has hundreds of files. On a
 * disk with ext4, a new file takes the longer the more were deleted in the last seconds: 25 s of CPU in all tests.
 */
export function clusterFolder(name: string): string {
  return mkdtempSync(join(hasMemory() ? MEMORY : tmpdir(), `${name}-`));
}

function hasMemory(): boolean {
  if (!existsSync(MEMORY)) return false;
  const { bavail, bsize } = statfsSync(MEMORY);
  return bavail * bsize >= ENOUGH_BYTES;
}

/**
 * Fills an empty folder with a new Postgres cluster: a copy of the first one of its kind, because `initdb` takes almost
 * a second of CPU.
 *
 * @param folder - its owner becomes the owner of the copy
 * @param kind - what distinguishes clusters: the version of Postgres, and flags
 * @param initdb - creates the first one in the folder
 */
export async function createCluster(
  folder: string,
  kind: readonly string[],
  initdb: () => Promise<unknown>,
): Promise<void> {
  const model = `${CACHE}-${createHash('sha1').update(kind.join('\0')).digest('hex').slice(0, 12)}`;
  if (existsSync(model)) return copy(model, folder);
  await initdb();
  mkdirSync(dirname(CACHE), { recursive: true });
  const unfinished = mkdtempSync(`${model}-`);
  await copy(folder, unfinished);
  // Another process may have created it.
  await rename(unfinished, model).catch(() => rm(unfinished, { recursive: true }));
}

/** With owners and permissions, which Postgres checks. */
async function copy(from: string, to: string): Promise<void> {
  await promisify(execFile)('cp', ['-a', `${from}/.`, to]);
}
