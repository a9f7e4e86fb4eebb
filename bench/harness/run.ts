import { mkdirSync, writeFileSync } from 'node:fs';
import { type Bench, openBench } from './bench.js';
import { compare, type WorkFigures } from './compare.js';
import { type Disk, measureDisk } from './disk.js';
import { checkDuties } from './duties.js';
import { MeasurementError } from './errors.js';
import type { RunOptions } from './flags.js';
import { buildGoPeer } from './go.js';
import { type Growth, measureGrowth } from './growth/growth.js';
import { describeMachine, type Machine } from './machine.js';
import { measurePageAtDepth, measureTwoWorkers, type PageAtDepth, type TwoWorkers } from './own-works.js';
import { DATA_DIR, RESULTS_DIR } from './paths.js';
import { createServerPool } from './pool.js';
import { postgresFolder } from './postgres.js';
import { writeReport } from './report/report.js';
import { isOwn, isServiceBuilt, type ServerName } from './servers.js';
import { measureStarts, type Starts } from './start.js';
import { printTargets } from './targets.js';
import { type ComparedWork, isComparedWork, TARGETS } from './works.js';

/** The results of a run, as in results/latest.json. */
export interface Results {
  readonly machine: Machine;
  readonly options: RunOptions;
  readonly cores: string;
  /** Of the SQLite files, and of Postgres. */
  readonly disks: { readonly sqlite: Disk; readonly postgres: Disk };
  readonly postgresVersion: string | null;
  readonly works: Partial<Record<ComparedWork, WorkFigures>>;
  readonly twoWorkers: TwoWorkers | null;
  readonly pageAtDepth: PageAtDepth | null;
  readonly starts: Starts | null;
  readonly growth: Growth | null;
  /** Invalid works, and why. */
  readonly failures: readonly string[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Measures what was requested, writes the results, and leaves no process behind.
 *
 * @returns the exit code: 0, or 1 if something could not be measured
 */
export async function run(asked: RunOptions): Promise<number> {
  const withService = withoutMissingService(asked);
  if (withService === null) return 1;
  const options = withoutMissingGo(withService);
  const bench = openBench(options);
  const stop = (signal: NodeJS.Signals) => {
    bench.log(`stopped by ${signal}`);
    bench.close().finally(() => process.exit(1));
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  try {
    const results = await measure(bench);
    mkdirSync(RESULTS_DIR, { recursive: true });
    writeFileSync(`${RESULTS_DIR}/latest.json`, `${JSON.stringify(results, null, 2)}\n`);
    printTargets(results, bench.log);
    if (options.isWriting && results.failures.length === 0) bench.log(`written: ${writeReport(results).join(', ')}`);
    for (const failure of results.failures) bench.log(`FAILED: ${failure}`);
    bench.log(`${((performance.now() - bench.startedAt) / 1000).toFixed(0)} s in all`);
    return results.failures.length === 0 ? 0 : 1;
  } finally {
    await bench.close();
  }
}

function withoutMissingService(options: RunOptions): RunOptions | null {
  if (!options.servers.some(isOwn) || isServiceBuilt()) return options;
  const servers = options.servers.filter((name) => !isOwn(name));
  process.stderr.write('The service is not built: run `npm run build` in the folder above first.\n');
  if (servers.length === 0 || options.isGrowth || options.isWriting) return null;
  process.stderr.write('Continuing with its peers alone.\n');
  const works = options.works.filter(isComparedWork);
  return { ...options, servers, works };
}

function withoutMissingGo(options: RunOptions): RunOptions {
  if (!options.servers.includes('go') || options.isSparing) return options;
  const reason = options.isGrowth ? 'growth is not shown for it' : buildGoPeer();
  if (reason === null) return options;
  process.stderr.write(`The peer in Go is left out: ${reason}.\n`);
  return { ...options, servers: options.servers.filter((name) => name !== 'go') };
}

function isTargeted(name: ServerName): boolean {
  return name === 'service' || TARGETS.some(({ against }) => against === name);
}

async function measure(bench: Bench): Promise<Results> {
  const { options, log } = bench;
  const results: Mutable<Results> & { works: Partial<Record<ComparedWork, WorkFigures>>; failures: string[] } = {
    machine: describeMachine(),
    options,
    cores: bench.cores.note,
    disks: { sqlite: measureDisk(DATA_DIR), postgres: measureDisk(postgresFolder()) },
    postgresVersion: null,
    works: {},
    twoWorkers: null,
    pageAtDepth: null,
    starts: null,
    growth: null,
    failures: [],
  };
  const attempt = async (what: string, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      const reason = error instanceof MeasurementError ? error.message : `${what}: ${error}`;
      results.failures.push(reason);
      log(`FAILED: ${reason}`);
    }
  };
  log(bench.cores.note);
  for (const [what, { fileSystem, isMemory, syncMs }] of Object.entries(results.disks)) {
    log(`${what}: a sync on ${fileSystem} takes ${syncMs.median.toFixed(3)} ms`);
    if (isMemory) log(`WARNING: ${what} lies in memory: durable writes are free here and compare nothing`);
  }
  const measured = options.isSparing ? options.servers.filter(isTargeted) : options.servers;
  await Promise.all(measured.map((name) => attempt(`duties of ${name}`, () => checkDuties(bench, name))));
  if (options.isGrowth) {
    results.growth = await measureGrowth(bench, attempt);
    if (results.growth.postgres !== null) results.postgresVersion = (await bench.postgres()).version;
    return results;
  }
  const pool = createServerPool(bench);
  const deadline = bench.startedAt + options.budgetSeconds * 1000;
  for (const [index, work] of options.works.entries()) {
    // The unused share of a work is available to the others.
    const shareMs = (deadline - performance.now()) / (options.works.length - index);
    await attempt(work, async () => {
      if (shareMs <= 0) throw new MeasurementError(`${work}: left out, since the time of this run was used up before`);
      if (isComparedWork(work)) results.works[work] = await compare(bench, pool, work, shareMs);
      else if (work === 'start') results.starts = await measureStarts(bench);
      else if (!options.servers.includes('service')) return;
      else if (work === 'two-workers') results.twoWorkers = await measureTwoWorkers(bench, shareMs);
      else results.pageAtDepth = await measurePageAtDepth(bench, shareMs);
    });
  }
  if (options.works.some((work) => work.endsWith('postgres'))) {
    results.postgresVersion = (await bench.postgres()).version;
  }
  return results;
}
