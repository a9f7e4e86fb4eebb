import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * What a folder would have to change to hold exactly the given files.
 *
 * @param folder - path; it need not exist
 * @param wanted - the text of each file, by its name
 * @returns a line for each stale, missing or surplus file; none when the folder is as it should be
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
 * Makes a folder hold exactly the given files. Those that are right already are not touched, so that nothing which
 * watches them wakes up for nothing.
 *
 * @param folder - path; made where it does not exist
 * @param wanted - the text of each file, by its name
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
