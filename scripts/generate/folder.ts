import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The changes that would make a folder contain exactly the given files.
 *
 * @param folder - need not exist
 * @param wanted - texts by file name
 * @returns a line for each stale, missing or surplus file
 */
export async function folderDifferences(folder: string, wanted: ReadonlyMap<string, string>): Promise<string[]> {
  const present = await readFolder(folder);
  const differences: string[] = [];
  for (const [name, text] of wanted) {
    if (!present.has(name)) differences.push(`missing: ${name}`);
    else if (present.get(name) !== text) differences.push(`stale: ${name}`);
  }
  for (const name of present.keys()) if (!wanted.has(name)) differences.push(`surplus: ${name}`);
  return differences;
}

/**
 * Makes a folder contain exactly the given files. Unchanged files are not touched, so that file watchers do not react.
 *
 * @param folder - created if missing
 * @param wanted - texts by file name
 */
export async function writeFolder(folder: string, wanted: ReadonlyMap<string, string>): Promise<void> {
  await mkdir(folder, { recursive: true });
  const present = await readFolder(folder);
  for (const [name, text] of wanted) if (present.get(name) !== text) await writeFile(join(folder, name), text);
  for (const name of present.keys()) if (!wanted.has(name)) await rm(join(folder, name));
}

async function readFolder(folder: string): Promise<Map<string, string>> {
  const names = await readdir(folder).catch(absentIsEmpty);
  const texts = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')));
  return new Map(names.map((name, index) => [name, texts[index] ?? '']));
}

function absentIsEmpty(error: unknown): string[] {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
  throw error;
}
