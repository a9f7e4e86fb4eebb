/**
 * Runs the test files it is given, one after another, in this process: a part of `npm test`, whose runner starts it and is
 * told what came of it.
 */
import { relative, resolve } from 'node:path';
import Mocha from 'mocha';
import { testsLeftOut } from './support/programs.js';

/** What came of some test files. */
export interface Report {
  readonly passed: number;
  readonly failed: number;
  /** How long each file took, with its hooks; ms. */
  readonly durationsMs: Readonly<Record<string, number>>;
  /** How many tests were left out for want of a program, by its name. */
  readonly leftOut: Readonly<Record<string, number>>;
}

const TIMEOUT_MS = 60_000;

const root = process.cwd();
const mocha = new Mocha({ timeout: TIMEOUT_MS, reporter: 'dot', forbidOnly: true, forbidPending: true });
for (const file of process.argv.slice(2)) mocha.addFile(resolve(root, file));
await mocha.loadFilesAsync();

let passed = 0;
let failed = 0;
let sinceMs = performance.now();
const durationsMs: Record<string, number> = {};
const runner = mocha.run(() => {
  const report: Report = { passed, failed, durationsMs, leftOut: Object.fromEntries(testsLeftOut()) };
  process.send?.(report, () => process.exit(failed === 0 ? 0 : 1));
});
runner.on('pass', () => {
  passed += 1;
});
runner.on('fail', () => {
  failed += 1;
});
runner.on('suite', ({ parent }) => {
  if (parent?.root) sinceMs = performance.now();
});
runner.on('suite end', ({ file, parent }) => {
  if (!file || !parent?.root) return;
  const path = relative(root, file);
  durationsMs[path] = (durationsMs[path] ?? 0) + performance.now() - sinceMs;
});
