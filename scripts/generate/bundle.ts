import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { formatsModule, formatsModuleName } from './formats.js';

const compiledModuleName = 'contract-validators';
const here = dirname(fileURLToPath(import.meta.url));

/**
 * Puts compiled validators, what they need of Ajv, and the table that names them into one module without imports.
 *
 * @param compiled - source of a module that exports validators
 * @param names - those of its exports that the table uses
 * @param table - source that exports the table
 * @returns source of the module
 */
export async function bundle(compiled: string, names: readonly string[], table: string): Promise<string> {
  const modules = new Map([
    [compiledModuleName, compiled],
    [formatsModuleName, formatsModule],
  ]);
  const result = await build({
    stdin: { contents: `import { ${names.join(', ')} } from '${compiledModuleName}';\n${table}`, resolveDir: here },
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

/** esbuild notes where each part came from, which differs with the folder that the dependencies are in. */
function withoutPaths(code: string): string {
  return code.replace(/^\/\/ .*\n/gm, '').replace(/^ {2}"[^"\n]*\/node_modules\//gm, '  "');
}
