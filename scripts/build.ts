/**
 * `npm run build`: bundles the service into `dist/`, and its browser pages into `dist/browser/`. Without a bundle, most
 * of the start is spent on finding and reading about 900 module files. Code that not every run needs (the other
 * database, Redis, commands other than `serve`) is in separate files, loaded on demand.
 */
import { cpSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
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

/** Winston brings Node's streams as a package, twice, and colours for its own diagnostics. */
const ALIASES = {
  'readable-stream/lib/_stream_writable.js': `${root}scripts/build/writable.cjs`,
  'readable-stream': 'node:stream',
  '@dabh/diagnostics': '@dabh/diagnostics/node/production.js',
};

/** The docs page loads this package's own bundle. */
const EXPLORER = 'openapi-explorer';

/** CommonJS packages call `require` for Node's modules, which ES modules do not have. */
const REQUIRE = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";

rmSync(`${root}dist`, { recursive: true, force: true });
const { metafile } = await build({
  metafile: true,
  absWorkingDir: root,
  entryPoints: { 'src/main': 'src/main.ts' },
  outdir: 'dist',
  chunkNames: 'chunks/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
  sourcemap: true,
  // The sources are in the repository; the maps only refer to them.
  sourcesContent: false,
  external: EXTERNAL,
  alias: ALIASES,
  banner: { js: REQUIRE },
  plugins: [withoutUnused(UNUSED), loadedLate(LATE)],
  logLevel: 'warning',
});
const pages = await build({
  metafile: true,
  absWorkingDir: root,
  entryPoints: ['docs/docs.ts', 'docs/docs.css', 'console/console.ts', 'console/console.css'].map(
    (name) => `pages/${name}`,
  ),
  outdir: 'dist/browser',
  bundle: true,
  minify: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  logLevel: 'warning',
});
cpSync(`${root}node_modules/${EXPLORER}/dist/browser/${EXPLORER}.min.js`, `${root}dist/browser/docs/${EXPLORER}.js`);
const bundled = [metafile, pages.metafile].flatMap(({ inputs }) => Object.keys(inputs));
writeFileSync(`${root}dist/LICENSES.txt`, bundledLicenses(root, [...bundled, ...withDependencies(root, EXPLORER)]));
markFresh('build');
