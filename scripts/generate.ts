import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { markFresh } from './ensure-built.js';
import { ContractError } from './generate/contract-error.js';
import { folderDifferences, writeFolder } from './generate/folder.js';
import { generate } from './generator.js';

const usage = 'usage: generate [--check] [--contract FILE] [--output FOLDER]';
const root = fileURLToPath(new URL('..', import.meta.url));
const CONTRACT = join(root, 'api', 'openapi.yml');
const OUTPUT = join(root, 'generated');

/** Generates, or with `--check` only compares; returns the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      check: { type: 'boolean', default: false },
      contract: { type: 'string', default: CONTRACT },
      output: { type: 'string', default: OUTPUT },
    },
  });
  const wanted = await generate({ contractFile: values.contract });
  const differences = await folderDifferences(values.output, wanted);
  if (!values.check) {
    await writeFolder(values.output, wanted);
    if (values.output === OUTPUT && values.contract === CONTRACT) markFresh('generate');
    console.log(`generated ${[...wanted.keys()].join(', ')} (${differences.length} changed)`);
    return 0;
  }
  for (const difference of differences) console.error(difference);
  if (differences.length > 0) console.error('generated files do not match the contract: run `npm run generate`');
  return differences.length === 0 ? 0 : 1;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (error instanceof ContractError) console.error(error.message);
  else if (error instanceof TypeError && 'code' in error) console.error(`${error.message}\n${usage}`);
  else throw error;
  process.exitCode = 1;
}
