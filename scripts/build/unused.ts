import type { Plugin } from 'esbuild';

/** Modules that a package requires and this service never calls, by the name of the package. */
export type Unused = Readonly<Record<string, readonly string[]>>;

/** A value that may be destructured, read and extended, and throws when called. */
const STUB = (name: string): string => `
  const fail = () => { throw new Error(${JSON.stringify(`${name} is not in the bundle: see scripts/build.ts`)}); };
  const own = new Set(['prototype', '__esModule']);
  const stub = new Proxy(function () {}, {
    get: (target, key) => (typeof key === 'symbol' || own.has(key) ? target[key] : stub),
    apply: fail,
    construct: fail,
  });
  module.exports = stub;`;

/**
 * Leaves out of the bundle what is required but never called: loading it takes a third of the start.
 *
 * @throws Error if a package no longer requires a listed module
 */
export function withoutUnused(unused: Unused): Plugin {
  return {
    name: 'unused',
    setup(build) {
      const pending = new Set(Object.entries(unused).flatMap(([by, names]) => names.map((name) => `${by} ${name}`)));
      build.onResolve({ filter: /.*/ }, ({ path, importer, kind }) => {
        const by = packageOf(importer);
        if (kind !== 'require-call' || !unused[by]?.includes(path)) return null;
        pending.delete(`${by} ${path}`);
        return { path, namespace: 'unused' };
      });
      build.onLoad({ filter: /.*/, namespace: 'unused' }, ({ path }) => ({ contents: STUB(path) }));
      build.onEnd(({ errors }) => {
        if (errors.length === 0 && pending.size > 0) throw new Error(`not required: ${[...pending].join(', ')}`);
      });
    },
  };
}

/** `node_modules/a/node_modules/@b/c/lib/d.js` belongs to `@b/c`. */
function packageOf(file: string): string {
  return /.*\bnode_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file)?.[1]?.replace('\\', '/') ?? '';
}
