import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Mocha loads test files by `require`, and the runner by `import`: this module is there twice, and its count once. */
const COUNT = Symbol.for('payments-api: tests that were left out');

/** Programs that CI does not install either: with the time that their tests take, it would be too slow. */
export const NOT_IN_CI: ReadonlySet<string> = new Set(['patroni', 'etcd']);

/** By the program that they could not have. */
const leftOut: Map<string, number> = Reflect.get(globalThis, COUNT) ?? new Map();
Reflect.set(globalThis, COUNT, leftOut);

/**
 * Marks a suite of tests that use a program which no npm package carries: for example
 * Debian's Redis or Prometheus. Where the
 * program is not on the PATH the suite is left out, and counted: the runner says so at its end, and fails where CI runs it.
 *
 * @param programs - the names of what the tests run
 * @param suite - what `describe` returned
 */
export function needsPrograms(programs: readonly string[], suite: Mocha.Suite): void {
  const missing = programs.find((program) => findProgram(program) === null);
  if (missing === undefined) return;
  leftOut.set(missing, (leftOut.get(missing) ?? 0) + suite.total());
  const { parent } = suite;
  if (parent) parent.suites = parent.suites.filter((other) => other !== suite);
}

/** How many tests were left out since the last call, by the program that is missing. */
export function takeTestsLeftOut(): ReadonlyMap<string, number> {
  const taken = new Map(leftOut);
  leftOut.clear();
  return taken;
}

/**
 * Where a program is.
 *
 * @param name - of the program
 * @returns its path; null where no folder of the PATH has it
 */
export function findProgram(name: string): string | null {
  const paths = (process.env.PATH ?? '').split(delimiter).map((folder) => join(folder, name));
  return paths.find(isExecutable) ?? null;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
