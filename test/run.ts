/**
 * `npm test`: runs all `*.test.ts` below this folder, or those whose path contains one of the arguments, in several
 * processes, and prints how many passed and failed. See `--help`.
 */
import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ensureBuilt } from '../scripts/ensure-built.js';
import { type Durations, readDurations, writeDurations } from './run/durations.js';
import { openLane, type Report } from './run/lane.js';
import { NOT_IN_CI } from './support/programs.js';

const USAGE = `usage: npm test [-- [--list] [--lanes N] [PART…]]

Runs the test files whose path contains one of the PARTs, for example http/ or store/postgres; without PARTs, all.
Generates and builds first what is not fresh. test/README.md says what each folder holds.

  --list     print the files and how long each took last time, and run none
  --lanes N  run N files at the same time and, unless N is 1, one more that mostly waits; default: the number of
             cores, plus two

Tests of a program that this machine lacks are named before the last line; where the environment has CI, they count as
failed, but for those that CI does not install.
`;
const SLOWEST = 10;

/**
 * This measures rates and milliseconds. It runs after all others, because on a busy machine it would measure the other
 * tests.
 */
const QUIET = ['test/ops/overload.test.ts'];

/** Takes a heap snapshot of the test process: it takes 2 s at first, and 27 s after a hundred other files. */
const EARLY = ['test/observe/profiling.test.ts'];

/**
 * These mostly wait, for leases, time limits and stalls: they take less than a third of a core. They run one after
 * another, in a lane of their own: in those of others they would leave a core idle.
 */
const WAITING = [
  'test/fault/outage.test.ts',
  'test/fault/patroni.test.ts',
  'test/http/slow-clients.test.ts',
  'test/ops/draining.test.ts',
  'test/ops/exposure.test.ts',
  'test/ops/rate-limit.test.ts',
  'test/ops/timeouts.test.ts',
  'test/process/heartbeat.test.ts',
  'test/repo/postgres-network.test.ts',
];

/**
 * The usual durations of long files, and of the others in a folder, for files without a recorded one. Long files start
 * first: on a fresh clone a late one would leave the other cores idle.
 */
const USUAL_MS: Readonly<Record<string, number>> = {
  'test/docs/how-to.test.ts': 75_000,
  'test/repo/postgres-network.test.ts': 58_000,
  'test/fault/failover.test.ts': 50_000,
  'test/history/history.test.ts': 48_000,
  'test/fault/patroni.test.ts': 46_000,
  'test/fault/feed.test.ts': 43_000,
  'test/model/model.test.ts': 39_000,
  'test/cli/transfer.test.ts': 38_000,
  'test/http/docs-page.test.ts': 35_000,
  'test/ops/slow-clients.test.ts': 32_000,
  'test/docs/shell.test.ts': 30_000,
  'test/http/console.test.ts': 30_000,
  'test/dredd/dredd.test.ts': 24_000,
  'test/process/heartbeat.test.ts': 23_000,
  'test/ops/stopping.test.ts': 21_000,
  'test/fault/standby.test.ts': 18_000,
  'test/sdk/client-in-browser.test.ts': 15_000,
  'test/contract/written-replies.test.ts': 12_000,
  'test/http/limit.test.ts': 14_000,
  'test/repo/postgres-open.test.ts': 12_000,
  'test/http/large-pages.test.ts': 12_000,
  'test/http/slow-clients.test.ts': 14_000,
  'test/repo/postgres-outages.test.ts': 12_000,
  'test/repo/postgres-errors.test.ts': 11_000,
  'test/deploy/prometheus.test.ts': 10_000,
  'test/contract/mutation.test.ts': 10_000,
  'test/http/configuration-served.test.ts': 10_000,
  'test/http/wait.test.ts': 10_000,
  'test/http/server.test.ts': 9_000,
  'test/contract/fuzz.test.ts': 9_000,
  'test/deploy/package.test.ts': 9_000,
  'test/cli/copy.test.ts': 9_000,
  'test/contract/compatibility.test.ts': 8_000,
  process: 10_000,
  fault: 12_000,
  sdk: 7_000,
  ops: 7_000,
  dredd: 4_000,
  docs: 4_000,
  contract: 3_000,
  cli: 3_000,
  repo: 3_000,
};

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);
// As root, Postgres runs as another user, who must be able to read what tests write.
process.umask(0o022);
// Node 20 parses these certificates at each start, for 40 of the 60 ms of CPU that an empty program takes. Tests connect
// to no other machine.
delete process.env.NODE_EXTRA_CA_CERTS;
process.exitCode = await main(process.argv.slice(2));

async function main(argv: readonly string[]): Promise<number> {
  const options = parse(argv);
  if (typeof options === 'string') {
    process.stderr.write(`${options}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const files = findFiles(options.parts);
  if (files.length === 0) {
    process.stderr.write(`no test file's path contains ${options.parts.join(' or ')}\n`);
    return 1;
  }
  const durations = readDurations();
  const usualMs = (file: string) =>
    EARLY.includes(file)
      ? Number.POSITIVE_INFINITY
      : (durations.fileMs[file] ?? USUAL_MS[file] ?? USUAL_MS[file.split('/')[1] ?? ''] ?? 1_000);
  const ordered = files.toSorted((one, other) => usualMs(other) - usualMs(one));
  if (options.list) {
    for (const file of ordered) process.stdout.write(`${seconds(durations.fileMs[file])}  ${file}\n`);
    return 0;
  }
  return run(ordered, options.lanes, options.parts.join(' '), durations);
}

interface Options {
  readonly parts: readonly string[];
  readonly lanes: number;
  readonly list: boolean;
  readonly help: boolean;
}

/** The options, or the error in them. */
function parse(argv: readonly string[]): Options | string {
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: {
        help: { type: 'boolean', short: 'h', default: false },
        list: { type: 'boolean', default: false },
        // Many files use half a core.
        lanes: { type: 'string', default: String(availableParallelism() + 2) },
      },
    });
    const lanes = Number(values.lanes);
    if (!Number.isInteger(lanes) || lanes < 1) return `--lanes ${values.lanes}: a number from 1`;
    return { parts: positionals, lanes, list: values.list, help: values.help };
  } catch (error) {
    if (error instanceof TypeError && 'code' in error) return error.message;
    throw error;
  }
}

function findFiles(parts: readonly string[]): string[] {
  return readdirSync('test', { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => join('test', file).replaceAll('\\', '/'))
    .filter((file) => parts.length === 0 || parts.some((part) => file.includes(part)));
}

async function run(files: readonly string[], lanes: number, selection: string, earlier: Durations): Promise<number> {
  const last = earlier.runMs[selection];
  const lastTime = last === undefined ? '' : `; last time it took ${seconds(last)}`;
  const quiet = files.filter((file) => QUIET.includes(file));
  const waiting = lanes === 1 ? [] : files.filter((file) => WAITING.includes(file));
  const others = files.filter((file) => !quiet.includes(file) && !waiting.includes(file));
  const number = Math.max(1, Math.min(lanes, others.length) + Math.min(1, waiting.length));
  process.stdout.write(`${plural(files.length, 'test file')}, ${number} at a time${lastTime}\n`);
  await ensureBuilt();
  const startedMs = performance.now();
  const reports = (await Promise.all([inLanes(others, lanes), inLanes(waiting, 1)])).flat();
  reports.push(...(await inLanes(quiet, 1)));
  const tookMs = performance.now() - startedMs;

  const fileMs = {
    ...earlier.fileMs,
    ...Object.fromEntries(reports.map(({ file, durationMs }) => [file, durationMs])),
  };
  writeDurations({ fileMs, runMs: { ...earlier.runMs, [selection]: tookMs } });
  return summarise(reports, tookMs);
}

/** Runs files in a number of processes; each takes the next file when it is free. */
async function inLanes(files: readonly string[], count: number): Promise<Report[]> {
  const waiting = [...files];
  const reports: Report[] = [];
  async function work(): Promise<void> {
    let lane = openLane();
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      const report = await lane.run(file);
      reports.push(report);
      const result = report.failures === '' ? 'passed' : 'FAILED';
      process.stdout.write(`${seconds(report.durationMs)}  ${result}  ${file}\n${report.failures}`);
      if (!lane.isOpen()) lane = openLane();
    }
    await lane.close();
  }
  await Promise.all(Array.from({ length: Math.min(count, files.length) }, work));
  return reports;
}

function summarise(reports: readonly Report[], tookMs: number): number {
  const slowest = reports.toSorted((one, other) => other.durationMs - one.durationMs).slice(0, SLOWEST);
  if (reports.length > SLOWEST) {
    process.stdout.write('\nthe slowest files:\n');
    for (const { file, durationMs } of slowest) process.stdout.write(`${seconds(durationMs)}  ${file}\n`);
  }
  const passed = reports.reduce((sum, report) => sum + report.passed, 0);
  let failed = reports.reduce((sum, report) => sum + report.failed, 0);
  const broken = reports.filter((report) => report.failed > 0).map(({ file }) => file);
  if (broken.length > 0) process.stdout.write(`failed: ${broken.sort().join(' ')}\n`);
  const leftOut = new Map<string, number>();
  for (const [program, count] of reports.flatMap((report) => Object.entries(report.leftOut))) {
    leftOut.set(program, (leftOut.get(program) ?? 0) + count);
  }
  process.stdout.write(`${plural(reports.length, 'test file')} in ${seconds(tookMs)}\n`);
  for (const [program, count] of leftOut) {
    process.stdout.write(`not run for want of ${program}: ${count} tests\n`);
    if (process.env.CI && !NOT_IN_CI.has(program)) failed += count;
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 && passed > 0 ? 0 : 1;
}

/** `3.1 s`, or `2 min 5 s`; a dash if unknown. */
function seconds(ms: number | undefined): string {
  if (ms === undefined) return '     –';
  if (ms < 60_000) return `${(ms / 1000).toFixed(1).padStart(4)} s`;
  const whole = Math.round(ms / 1000);
  return `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
