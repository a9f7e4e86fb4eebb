import { createRequire } from 'node:module';
import { build, type Plugin } from 'esbuild';

/** What a package requires at its beginning and this service hardly ever uses, by the path in `node_modules` of who requires it. */
export type Deferrals = Readonly<Record<string, readonly string[]>>;

export interface DeferredOptions {
  readonly deferrals: Deferrals;
  /** Where the modules go, each in a file of its own. */
  readonly outdir: string;
  /** The same folder as the built files see it, which all are in folders beside it. */
  readonly path: string;
  /** What is not bundled, as esbuild takes it. */
  readonly external: readonly string[];
}

const requireHere = createRequire(import.meta.url);
const NAMESPACE = 'deferred';

/**
 * Puts a stand-in in place of modules that are hardly ever used, which loads the module the first time that something of
 * it is: they are neither read nor run when the service starts.
 *
 * @param options - see `DeferredOptions`
 * @throws Error where a module is not required by whom it should be any more
 */
export function deferred({ deferrals, outdir, path, external }: DeferredOptions): Plugin {
  return {
    name: 'deferred',
    setup(main) {
      const found = new Map<string, string>();
      const unused = new Set(
        Object.entries(deferrals).flatMap(([by, wanted]) => wanted.map((name) => `${by} ${name}`)),
      );

      main.onResolve({ filter: /.*/ }, async ({ path: wanted, importer, kind, resolveDir, pluginData }) => {
        if (kind !== 'require-call' || pluginData === NAMESPACE) return null;
        const by = packageOf(importer);
        if (!deferrals[by]?.includes(wanted)) return null;
        unused.delete(`${by} ${wanted}`);
        const resolved = await main.resolve(wanted, { kind, resolveDir, importer, pluginData: NAMESPACE });
        const file = resolved.external ? createRequire(importer).resolve(wanted) : resolved.path;
        const name = resolved.external ? resolved.path : `${path}/${fileNameOf(file)}`;
        if (!resolved.external) found.set(file, fileNameOf(file));
        return { path: file, namespace: NAMESPACE, pluginData: name };
      });

      main.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path: file, pluginData: name }) => ({
        contents: standInFor(requireHere(file), name),
      }));

      // What a stand-in requires is there when the service runs, and not yet.
      main.onResolve({ filter: /.*/, namespace: NAMESPACE }, ({ path: name }) => ({ path: name, external: true }));

      main.onEnd(async ({ errors }) => {
        if (errors.length > 0) return;
        if (unused.size > 0) throw new Error(`nothing to defer: ${[...unused].join(', ')}`);
        await build({
          entryPoints: Object.fromEntries([...found].map(([file, name]) => [name.replace(/\.cjs$/, ''), file])),
          outdir,
          outExtension: { '.js': '.cjs' },
          bundle: true,
          format: 'cjs',
          platform: 'node',
          target: main.initialOptions.target ?? 'esnext',
          external: [...external],
          logLevel: 'warning',
        });
      });
    },
  };
}

/** `node_modules/a/node_modules/@b/c/lib/d.js` is of `@b/c`. */
function packageOf(file: string): string {
  return /.*\bnode_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1]?.replace('\\', '/') ?? '';
}

/** `node_modules/a/node_modules/b/index.js` becomes `a-b-index.cjs`. */
function fileNameOf(file: string): string {
  const inside = file.slice(file.search(/\bnode_modules[\\/]/));
  return `${inside
    .replaceAll(/\bnode_modules[\\/]/g, '')
    .replace(/\.\w+$/, '')
    .replaceAll(/[^\w.]+/g, '-')}.cjs`;
}

/**
 * @param real - the module, as it is now
 * @param name - to require it by when the service runs
 * @returns a module with the same exports
 */
function standInFor(real: unknown, name: string): string {
  const { __esModule: isEsModule, ...members } = Object(real);
  const exported = Object.entries(members).map(([key, value]) => {
    // A class may be the base of another, and a constant is what it is: these are fetched, and functions only when called.
    const isCallable = typeof value === 'function' && /^[a-z]/.test(key) && key !== 'default';
    const member = JSON.stringify(key);
    return isCallable
      ? `module.exports[${member}] = (...args) => load()[${member}](...args);`
      : `Object.defineProperty(module.exports, ${member}, { enumerable: true, get: () => load()[${member}] });`;
  });
  return [
    'let real;',
    `const load = () => (real ??= require(${JSON.stringify(name)}));`,
    typeof real === 'function'
      ? 'module.exports = function (...args) { return new.target ? new (load())(...args) : load().apply(this, args); };'
      : '',
    isEsModule ? "Object.defineProperty(module.exports, '__esModule', { value: true });" : '',
    ...exported,
  ].join('\n');
}
