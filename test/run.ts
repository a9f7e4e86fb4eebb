/**
 * `npm test`: runs every `*.test.ts` below this folder, or those whose path contains one of the arguments, and ends
 * with a line that says how many passed and how many failed. Tests whose program is not on this machine are named before
 * that line; in CI (where the environment has `CI`) they count as failed.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Report } from './run-files.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const runFiles = fileURLToPath(new URL('run-files.ts', import.meta.url));
const SLOWEST = 10;

/**
 * Paths of tests that hold against the clock: they have the machine to themselves, those of a path in a process of their
 * own. Snapshots of the heap are taken of a process that has loaded little else, or they take a minute.
 */
const ALONE = ['test/observe/profiling', 'test/observe/', 'test/process/', 'test/ops/'];
/** Half of the rest, by time: they run in one process while the others run in a second. */
const HALF = ['test/fault/', 'test/http/', 'test/model/', 'test/repo/'];

/** Test files that run in one process. */
type Group = readonly string[];

/** @returns stages, one after another, of groups that run at the same time */
function stagesOf(files: readonly string[]): readonly (readonly Group[])[] {
  const placeOf = (file: string) => [...ALONE, ...HALF].find((path) => file.startsWith(path));
  const half = files.filter((file) => HALF.includes(placeOf(file) ?? ''));
  const others = files.filter((file) => placeOf(file) === undefined);
  const alone = ALONE.map((path) => [files.filter((file) => placeOf(file) === path)]);
  return [[half, others], ...alone]
    .map((stage) => stage.filter((group) => group.length > 0))
    .filter((stage) => stage.length > 0);
}

/**
 * @param showsAtOnce - whether the output is shown as it comes; else once all is there, so that it is not mixed with another's
 */
async function run(files: Group, showsAtOnce: boolean): Promise<Report> {
  const child = fork(runFiles, [...files], { cwd: root, stdio: [0, showsAtOnce ? 1 : 'pipe', 2, 'ipc'] });
  let report: Report | null = null;
  child.on('message', (message) => {
    report = message as Report;
  });
  const output = child.stdout ? text(child.stdout) : null;
  const [code, signal] = await once(child, 'close');
  if (output) process.stdout.write(await output);
  if (report) return report;
  process.stdout.write(`the tests of ${files.join(', ')} ended with ${signal ?? code}, and without a report\n`);
  return { passed: 0, failed: 1, durationsMs: {}, leftOut: {} };
}

process.chdir(root);
const wanted = process.argv.slice(2);
const files = readdirSync('test', { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.test.ts'))
  .map((file) => join('test', file).replaceAll('\\', '/'))
  .filter((file) => wanted.length === 0 || wanted.some((part) => file.includes(part)))
  .sort();

if (files.length === 0) {
  process.stderr.write(`no test file's path contains ${wanted.join(' or ')}\n`);
  process.exit(1);
}

const reports: Report[] = [];
for (const stage of stagesOf(files)) {
  reports.push(...(await Promise.all(stage.map((group) => run(group, stage.length === 1)))));
}

const slowest = reports
  .flatMap(({ durationsMs }) => Object.entries(durationsMs))
  .sort(([, one], [, other]) => other - one);
for (const [file, durationMs] of slowest.slice(0, SLOWEST)) {
  process.stdout.write(`${(durationMs / 1000).toFixed(1)} s  ${file}\n`);
}
const passed = reports.reduce((sum, report) => sum + report.passed, 0);
let failed = reports.reduce((sum, report) => sum + report.failed, 0);
const leftOut = new Map<string, number>();
for (const [program, count] of reports.flatMap((report) => Object.entries(report.leftOut))) {
  leftOut.set(program, (leftOut.get(program) ?? 0) + count);
}
for (const [program, count] of leftOut) {
  process.stdout.write(`not run for want of ${program}: ${count} tests\n`);
  if (process.env.CI) failed += count;
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 && passed > 0 ? 0 : 1);
