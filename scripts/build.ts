/**
 * `npm run build`: bundles the service into `dist/`. Of the time from the start of the process to its first answer most
 * went into finding and reading some 900 module files; in a bundle they are a few, and what a run does not need (the other
 * database, Redis, the commands beside `serve`) stays in files of its own that are loaded when it is asked for.
 */
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { deferred } from './build/deferred.js';
import { markFresh } from './ensure-built.js';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Loaded from `node_modules`: native code, files that are served as they are, and what is optional. */
const EXTERNAL = ['better-sqlite3', 'swagger-ui-dist', '@opentelemetry/*', 'pg-native'];

/**
 * openapi-backend's own validation, references, mocks and queries, which compiled tables replace; the registry of media
 * types, which Koa asks only for answers that are not from the contract; traces and pushing of metrics, which prom-client can do.
 */
const DEFERRALS = {
  'openapi-backend': ['./refparser', 'ajv', 'mock-json-schema', 'openapi-schema-validator', 'qs'],
  accepts: ['mime-types'],
  koa: ['mime-types'],
  'koa-compress': ['compressible'],
  'prom-client': ['./lib/pushgateway', '@opentelemetry/api'],
  'type-is': ['mime-types'],
};

/** Packages that are CommonJS call `require` for Node's own modules, which an ES module does not have by itself. */
const REQUIRE = "import { createRequire as requireOf } from 'node:module'; const require = requireOf(import.meta.url);";

rmSync(`${root}dist`, { recursive: true, force: true });
await build({
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
  banner: { js: REQUIRE },
  plugins: [
    deferred({ deferrals: DEFERRALS, outdir: `${root}dist/deferred`, path: '../deferred', external: EXTERNAL }),
  ],
  logLevel: 'warning',
});
markFresh('build');
