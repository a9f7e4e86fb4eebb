import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

/** Two levels below the root, like the sources of tests, so that what is found relative to a module is found here too. */
const FOLDER = fileURLToPath(new URL('../../.tmp/', import.meta.url));
/** Native code. */
const EXTERNAL = ['better-sqlite3', 'pg-native'];
/** For packages that are CommonJS. */
const REQUIRE = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";

const bundles = new Map<string, Promise<string>>();
const folders: string[] = [];
process.on('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/**
 * Bundles a program that tests start: loading it through tsx takes longer than most of them run. The bundle is deleted
 * when this process exits.
 *
 * @param source - the path of its main module
 * @returns the path of the program
 */
export function bundle(source: string): Promise<string> {
  const program = bundles.get(source) ?? make(source);
  bundles.set(source, program);
  return program;
}

async function make(source: string): Promise<string> {
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(join(FOLDER, 'bundle-'));
  folders.push(folder);
  await build({
    ...{ entryPoints: { program: source }, outdir: folder, outExtension: { '.js': '.mjs' }, external: EXTERNAL },
    // What is imported on demand is in files of its own: compiling all of it takes longer than most runs.
    ...{ bundle: true, splitting: true, platform: 'node', format: 'esm', banner: { js: REQUIRE }, logLevel: 'error' },
  });
  return join(folder, 'program.mjs');
}
