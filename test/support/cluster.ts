import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/postgres', import.meta.url));

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
