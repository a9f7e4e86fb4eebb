/**
 * `npm test`: runs every `*.test.ts` below this folder, or those whose path contains one of the arguments, and ends
 * with a line that says how many passed and how many failed. Tests whose program is not on this machine are named before
 * that line; in CI (where the environment has `CI`) they count as failed.
 */
import { readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import Mocha from 'mocha';
import { testsLeftOut } from './support/programs.js';

const TIMEOUT_MS = 60_000;

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
const wanted = process.argv.slice(2);
const files = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => join('test', file))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();

if (files.length === 0) {
  process.stderr.write(`no test file's path contains ${wanted.join(' or ')}\n`);
  process.exit(1);
}

const mocha = new Mocha({ timeout: TIMEOUT_MS, reporter: 'dot', forbidOnly: true, forbidPending: true });
for (const file of files) mocha.addFile(join(root, file));
await mocha.loadFilesAsync();

let passed = 0;
let failed = 0;
const slow = new Map<string, number>();
const runner = mocha.run(() => {
  for (const [file, durationMs] of [...slow].sort(([, one], [, other]) => other - one).slice(0, 10)) {
    process.stdout.write(`${(durationMs / 1000).toFixed(1)} s  ${file}\n`);
  }
  for (const [program, count] of testsLeftOut()) {
    process.stdout.write(`not run for want of ${program}: ${count} tests\n`);
    if (process.env.CI) failed += count;
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  process.exit(failed === 0 && passed > 0 ? 0 : 1);
});
runner.on('pass', (test) => {
  passed += 1;
  noteTime(test);
});
runner.on('fail', () => {
  failed += 1;
});

function noteTime({ file, duration = 0 }: Mocha.Test): void {
  if (file) slow.set(relative(root, file), (slow.get(relative(root, file)) ?? 0) + duration);
}
