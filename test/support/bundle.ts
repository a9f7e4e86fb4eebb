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

/**
 * Bundles a program that tests start many times: loading it through tsx takes longer than most of
 * them run.
 *
 * @param source - the path of its main module
 */
export async function bundle(source: string): Promise<{ readonly file: string; remove(): void }> {
  mkdirSync(FOLDER, { recursive: true });
  const folder = mkdtempSync(join(FOLDER, 'bundle-'));
  const file = join(folder, 'program.mjs');
  await build({
    ...{ entryPoints: { program: source }, outdir: folder, outExtension: { '.js': '.mjs' }, external: EXTERNAL },
    // What is imported on demand is in files of its own: compiling all of it takes longer than most runs.
    ...{ bundle: true, splitting: true, platform: 'node', format: 'esm', banner: { js: REQUIRE }, logLevel: 'error' },
  });
  return { file, remove: () => rmSync(folder, { recursive: true }) };
}
