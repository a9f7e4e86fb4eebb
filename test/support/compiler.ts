import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './program.js';

/** Every project is checked with these options. */
const STRICT = { strict: true, noEmit: true, skipLibCheck: true };

/**
 * Checks the types of all files in a folder, with the compiler of `npm run types`.
 *
 * @param folder - within this package, so that its packages are found
 * @param compilerOptions - besides the strict ones
 * @returns the errors, each with its reasons: `path(line,column): error TS…`, relative to the folder
 */
export function typeErrors(folder: string, compilerOptions: object): string[] {
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { ...STRICT, ...compilerOptions } }));
  const argv = [join(ROOT, 'node_modules/typescript-7/bin/tsc'), '--project', folder, '--pretty', 'false'];
  const { status, stdout, stderr } = spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8' });
  const errors = stdout.split(/\n(?! )/).filter((error) => error !== '');
  if (errors.length > 0 === (status === 0) || stderr !== '') throw new Error(`the compiler failed: ${stdout}${stderr}`);
  return errors;
}
