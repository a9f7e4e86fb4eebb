import { createRequire } from 'node:module';
import type { Plugin } from 'esbuild';

const requireHere = createRequire(import.meta.url);

/**
 * Loads CommonJS modules when they are first used instead of at the start. A package may read a function from such a
 * module early: only calling it loads the module.
 *
 * @param modules - the file of each, by the name under which packages require it
 */
export function loadedLate(modules: Readonly<Record<string, string>>): Plugin {
  return {
    name: 'late',
    setup(build) {
      build.onResolve({ filter: /.*/ }, ({ path, namespace }) =>
        modules[path] !== undefined && namespace !== 'late' ? { path, namespace: 'late' } : null,
      );
      build.onLoad({ filter: /.*/, namespace: 'late' }, ({ path }) => {
        const file = modules[path] ?? path;
        const load = `require(${JSON.stringify(file)})`;
        const exported: Readonly<Record<string, unknown>> = requireHere(file);
        const late = Object.entries(exported).map(([name, value]) =>
          typeof value === 'function'
            ? `${name}(...args) { return ${load}.${name}(...args); },`
            : `get ${name}() { return ${load}.${name}; },`,
        );
        return { contents: `module.exports = {\n${late.join('\n')}\n};`, resolveDir: import.meta.dirname };
      });
    },
  };
}
