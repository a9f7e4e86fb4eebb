/**
 * `npm run build`: bundles the service into `dist/`. Of the time from the start of the process to its first answer most
 * went into finding and reading some 900 module files; in a bundle they are a few, and what a run does not need (the other
 * database, Redis, the commands beside `serve`) stays in files of its own that are loaded when it is asked for.
 */
import { cpSync, existsSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { ASSET_NAMES } from '../src/http/pages/docs-page/assets.js';
import { bundledLicenses } from './build/licenses.js';
import { withoutUnused } from './build/unused.js';
import { markFresh } from './ensure-built.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Loaded from `node_modules`: native code. */
const EXTERNAL = ['better-sqlite3', 'pg-native'];

/**
 * openapi-backend's own validation, references, mocks and queries, which compiled tables replace; pushing of metrics and
 * the traces that prom-client can link to.
 */
const UNUSED = {
  'openapi-backend': ['./refparser', 'ajv', 'mock-json-schema', 'openapi-schema-validator', 'qs'],
  'prom-client': ['./lib/pushgateway', '@opentelemetry/api'],
};

/** Koa, type-is and accepts bring a table of media types each, in three versions; reading one takes 6 ms of the start. */
const ALIASES = { 'mime-types': createRequire(import.meta.resolve('koa')).resolve('mime-types') };

/** The docs page serves files of this package as they are. */
const DOCS_PAGE = 'node_modules/swagger-ui-dist';

/** Packages that are CommonJS call `require` for Node's own modules, which an ES module does not have by itself. */
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
  // The sources are in the repository; the maps only have to lead there.
  sourcesContent: false,
  external: EXTERNAL,
  alias: ALIASES,
  banner: { js: REQUIRE },
  plugins: [withoutUnused(UNUSED)],
  logLevel: 'warning',
});
for (const name of ASSET_NAMES.filter((asset) => existsSync(`${root}${DOCS_PAGE}/${asset}`))) {
  cpSync(`${root}${DOCS_PAGE}/${name}`, `${root}dist/docs-page/${name}`);
}
const inputs = [...Object.keys(metafile.inputs), `${DOCS_PAGE}/package.json`];
writeFileSync(`${root}dist/LICENSES.txt`, bundledLicenses(root, inputs));
markFresh('build');
