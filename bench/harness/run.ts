import { mkdirSync, writeFileSync } from 'node:fs';
import { type Bench, openBench } from './bench.js';
import { compare, type WorkFigures } from './compare.js';
import { checkDuties } from './duties.js';
import { MeasurementError } from './errors.js';
import type { RunOptions } from './flags.js';
import { type Growth, measureGrowth } from './growth.js';
import { describeMachine, type Machine } from './machine.js';
import { measurePageAtDepth, measureTwoWorkers, type PageAtDepth, type TwoWorkers } from './own-works.js';
import { RESULTS_DIR } from './paths.js';
import { writeReport } from './report/report.js';
import { isServiceBuilt } from './servers.js';
import { printTargets } from './targets.js';
import { type ComparedWork, isComparedWork } from './works.js';

/** Everything a run found out, as results/latest.json holds it. */
export interface Results {
  readonly machine: Machine;
  readonly options: RunOptions;
  readonly cores: string;
  readonly postgresVersion: string | null;
  readonly works: Partial<Record<ComparedWork, WorkFigures>>;
  readonly twoWorkers: TwoWorkers | null;
  readonly pageAtDepth: PageAtDepth | null;
  readonly growth: Growth | null;
  /** Works that count for nothing, and why. */
  readonly failures: readonly string[];
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/**
 * Measures what was asked for, writes the results, and leaves no process behind.
 *
 * @returns the exit code: 0, or 1 where something could not be measured
 */
export async function run(asked: RunOptions): Promise<number> {
  const startedAt = performance.now();
  const options = withoutMissingService(asked);
  if (options === null) return 1;
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
    bench.log(`${((performance.now() - startedAt) / 1000).toFixed(0)} s in all`);
    return results.failures.length === 0 ? 0 : 1;
  } finally {
    await bench.close();
  }
}

function withoutMissingService(options: RunOptions): RunOptions | null {
  if (!options.servers.includes('service') || isServiceBuilt()) return options;
  const servers = options.servers.filter((name) => name !== 'service');
  process.stderr.write('The service is not built: run `npm run build` in the folder above first.\n');
  if (servers.length === 0 || options.isGrowth || options.isWriting) return null;
  process.stderr.write('Going on with its peers alone.\n');
  const works = options.works.filter(isComparedWork);
  return { ...options, servers, works };
}

async function measure(bench: Bench): Promise<Results> {
  const { options, log } = bench;
  const results: Mutable<Results> & { works: Partial<Record<ComparedWork, WorkFigures>>; failures: string[] } = {
    machine: describeMachine(),
    options,
    cores: bench.cores.note,
    postgresVersion: null,
    works: {},
    twoWorkers: null,
    pageAtDepth: null,
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
  await Promise.all(options.servers.map((name) => attempt(`duties of ${name}`, () => checkDuties(bench, name))));
  if (options.isGrowth) {
    await attempt('growth', async () => {
      results.growth = await measureGrowth(bench);
    });
    return results;
  }
  for (const work of options.works) {
    await attempt(work, async () => {
      if (isComparedWork(work)) results.works[work] = await compare(bench, work);
      else if (!options.servers.includes('service')) return;
      else if (work === 'two-workers') results.twoWorkers = await measureTwoWorkers(bench);
      else results.pageAtDepth = await measurePageAtDepth(bench);
    });
  }
  if (options.works.some((work) => work.endsWith('postgres'))) {
    results.postgresVersion = (await bench.postgres()).version;
  }
  return results;
}
