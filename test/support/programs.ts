import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Mocha loads test files by `require`, and the runner by `import`: this module is loaded twice, but has one count. */
const COUNT = Symbol.for('payments-api: tests that were left out');

/** Programs that CI does not install: their tests take too long. */
export const NOT_IN_CI: ReadonlySet<string> = new Set(['patroni', 'etcd']);

const POSTGRES_VERSIONS = '/usr/lib/postgresql';

/** By missing program. */
const leftOut: Map<string, number> = Reflect.get(globalThis, COUNT) ?? new Map();
Reflect.set(globalThis, COUNT, leftOut);

/**
 * Marks a suite that uses a program without an npm package, for example Debian's Redis or Prometheus. If the program is
 * not on the PATH the suite is skipped and counted: the runner reports it at the end, and fails in CI.
 *
 * @param programs - the names of the programs
 * @param suite - the result of `describe`
 */
export function needsPrograms(programs: readonly string[], suite: Mocha.Suite): void {
  const missing = programs.find((program) => findProgram(program) === null);
  if (missing === undefined) return;
  leftOut.set(missing, (leftOut.get(missing) ?? 0) + suite.total());
  const { parent } = suite;
  if (parent) parent.suites = parent.suites.filter((other) => other !== suite);
}

/** The number of tests skipped since the last call, by missing program. */
export function takeTestsLeftOut(): ReadonlyMap<string, number> {
  const taken = new Map(leftOut);
  leftOut.clear();
  return taken;
}

/** The folder of Debian's Postgres programs. On the PATH are wrappers, also if the programs are not installed. */
export function postgresPrograms(): string {
  const versions = existsSync(POSTGRES_VERSIONS) ? readdirSync(POSTGRES_VERSIONS) : [];
  const [newest = ''] = versions.sort((a, b) => Number(b) - Number(a));
  return join(POSTGRES_VERSIONS, newest, 'bin');
}

/** The path of a program, or null if it is not on the PATH, nor one of Postgres. */
export function findProgram(name: string): string | null {
  const folders = [...(process.env.PATH ?? '').split(delimiter), postgresPrograms()];
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
