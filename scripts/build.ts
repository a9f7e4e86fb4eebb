/**
 * `npm run build`: bundles the service into `dist/`, and its browser pages into `dist/browser/`. Without a bundle, most
 * of the start is spent on finding, reading and compiling about 900 module files. Code that not every run needs (the
 * other database, Redis, commands other than `serve`) is in separate files, loaded on demand.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type OutputFile, transform } from 'esbuild';
import { loadedLate } from './build/late.js';
import { bundledLicenses, withDependencies } from './build/licenses.js';
import { withoutUnused } from './build/unused.js';
import { markFresh } from './ensure-built.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Native code, loaded from `node_modules`. */
const EXTERNAL = ['better-sqlite3', 'pg-native'];

/**
 * openapi-backend's own validation, references, mocks and queries, which compiled tables replace; prom-client's push
 * gateway and trace links.
 */
const UNUSED = {
  'openapi-backend': ['./refparser', 'ajv', 'mock-json-schema', 'openapi-schema-validator', 'qs'],
  'prom-client': ['./lib/pushgateway', '@opentelemetry/api'],
};

/**
 * Koa, type-is and accepts each bring a table of media types, in three versions. One is enough, and it is loaded when
 * first used.
 */
const LATE = { 'mime-types': createRequire(import.meta.resolve('koa')).resolve('mime-types') };

/** Winston depends on a package with Node's streams, twice, and on colours for its own diagnostics. */
const ALIASES = {
  'readable-stream/lib/_stream_writable.js': `${root}scripts/build/writable.cjs`,
  'readable-stream': 'node:stream',
  '@dabh/diagnostics': '@dabh/diagnostics/node/production.js',
};

/** The docs page loads this package's own bundle. */
const EXPLORER = 'openapi-explorer';

const TARGET = 'node20.19';

const CODE_CACHE_LIMIT_MS = 60_000;

/** The output until it is complete: another build may run, and a service may still load files of the last one. */
const OUTPUT = `dist.${process.pid}`;
process.on('exit', () => rmSync(root + OUTPUT, { recursive: true, force: true }));

const { metafile, outputFiles } = await build({
  metafile: true,
  write: false,
  absWorkingDir: root,
  entryPoints: { main: 'src/main.ts' },
  outdir: `${OUTPUT}/chunks`,
  chunkNames: '[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: TARGET,
  sourcemap: 'inline',
  // The sources are in the repository; the maps only refer to them.
  sourcesContent: false,
  external: EXTERNAL,
  alias: ALIASES,
  plugins: [withoutUnused(UNUSED), loadedLate(LATE)],
  logLevel: 'warning',
});
await writeCommonJs(outputFiles);
const pages = await build({
  metafile: true,
  absWorkingDir: root,
  entryPoints: ['docs/docs.ts', 'docs/docs.css', 'console/console.ts', 'console/console.css'].map(
    (name) => `pages/${name}`,
  ),
  outdir: `${OUTPUT}/browser`,
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  logLevel: 'warning',
});
cpSync(
  `${root}node_modules/${EXPLORER}/dist/browser/${EXPLORER}.min.js`,
  `${root}${OUTPUT}/browser/docs/${EXPLORER}.js`,
);
const bundled = [metafile, pages.metafile].flatMap(({ inputs }) => Object.keys(inputs));
writeFileSync(
  `${root}${OUTPUT}/LICENSES.txt`,
  bundledLicenses(root, [...bundled, ...withDependencies(root, EXPLORER)]),
);
writeCodeCache();
publish();
markFresh('build');

/**
 * Converts the chunks to CommonJS, because esbuild splits only ES modules, and in Node 20 only scripts can have a code cache.
 */
async function writeCommonJs(chunks: readonly OutputFile[]): Promise<void> {
  mkdirSync(`${root}${OUTPUT}/chunks`, { recursive: true });
  const late = new Set(chunks.filter(({ text }) => text.includes('__esm({')).map(({ path }) => `./${basename(path)}`));
  for (const { path, text } of chunks) {
    const { code, map } = await transform(withConstants(text, late), {
      format: 'cjs',
      platform: 'node',
      target: TARGET,
      supported: { 'dynamic-import': false },
      define: { 'import.meta.url': '__url' },
      banner: "'use strict'; const __url = require('node:url').pathToFileURL(__filename).href;",
      sourcemap: 'external',
      sourcesContent: false,
      sourcefile: path,
    });
    writeFileSync(path, `${code}//# sourceMappingURL=${basename(path)}.map\n`);
    writeFileSync(`${path}.map`, map);
  }
  cpSync(`${root}scripts/build/loader.cjs`, `${root}${OUTPUT}/src/main.js`);
  writeFileSync(`${root}${OUTPUT}/package.json`, '{"type":"commonjs"}\n');
}

/**
 * Reads imports from other chunks once, when a chunk is loaded. esbuild would read them through a getter at every use.
 *
 * @param late - the chunks with exports that get their value later, so that they must be read at every use
 */
function withConstants(text: string, late: ReadonlySet<string>): string {
  return text.replaceAll(/^import \{([^}]*)\} from "([^"]+)";$/gm, (statement, names: string, from: string) =>
    late.has(from) ? statement : `const {${names.replaceAll(' as ', ': ')}} = require("${from}");`,
  );
}

/** In a separate process, without the settings in the environment of the build. */
function writeCodeCache(): void {
  const { status, stderr } = spawnSync(process.execPath, [`${root}scripts/build/code-cache.cjs`, `${root}dist`], {
    cwd: root + OUTPUT,
    env: { PATH: process.env.PATH },
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    timeout: CODE_CACHE_LIMIT_MS,
  });
  if (status !== 0) console.error(`no code cache was written, so the service starts more slowly:\n${stderr}`);
}

function publish(): void {
  const [dist, last] = [`${root}dist`, `${root}${OUTPUT}.last`];
  if (existsSync(dist)) renameSync(dist, last);
  renameSync(root + OUTPUT, dist);
  rmSync(last, { recursive: true, force: true });
}
