import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { runtimeModule, runtimeModuleName } from './runtime.js';

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Bundles compiled validators, their part of Ajv, and the table that names them into one module without imports.
 *
 * @param compiled - sources of modules that export validators, by module name
 * @param table - source that imports them by these names and exports the table
 */
export async function bundle(compiled: ReadonlyMap<string, string>, table: string): Promise<string> {
  const modules = new Map([...compiled, [runtimeModuleName, runtimeModule]]);
  const result = await build({
    stdin: { contents: table, resolveDir: here },
    absWorkingDir: here,
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    legalComments: 'none',
    logLevel: 'silent',
    plugins: [
      {
        name: 'modules-in-memory',
        setup(plugin) {
          plugin.onResolve({ filter: /^contract-/ }, ({ path }) => ({ path, namespace: 'memory' }));
          plugin.onLoad({ filter: /.*/, namespace: 'memory' }, ({ path }) => {
            const contents = modules.get(path);
            return contents === undefined ? null : { contents, resolveDir: here };
          });
        },
      },
    ],
  });
  return withoutPaths(result.outputFiles[0]?.text ?? '');
}

/** esbuild records the source of each part, which depends on the folder of the dependencies. */
function withoutPaths(code: string): string {
  return code.replace(/^\/\/ .*\n/gm, '').replace(/^ {2}"[^"\n]*\/node_modules\//gm, '  "');
}
