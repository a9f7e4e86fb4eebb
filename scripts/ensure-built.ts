/** Generates and builds if necessary, before the tests and before `npm start`. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const STAMP = join(root, 'node_modules/.cache/built.json');
/** Both steps depend on the installed packages. */
const PACKAGES = ['package.json', 'package-lock.json'];

interface Step {
  /** The npm script of the step. */
  readonly script: string;
  /** Files and folders that determine the output, including the output itself if it is committed. */
  readonly inputs: readonly string[];
  readonly output: string;
}

export const STEPS: readonly Step[] = [
  {
    script: 'generate',
    inputs: [
      ...PACKAGES,
      // Whole, because the contract may refer to files next to it.
      'api',
      'scripts/generate',
      'scripts/generate.ts',
      'scripts/generator.ts',
      'src/contract',
      'generated',
    ],
    output: 'generated',
  },
  {
    script: 'build',
    inputs: [
      ...PACKAGES,
      'src',
      'pages',
      'clients/typescript/src',
      'generated',
      'scripts/build',
      'scripts/build.ts',
      'tsconfig.json',
      'tsconfig.build.json',
    ],
    output: 'dist/src/main.js',
  },
];

/**
 * Runs `generate` and `build` if an input has changed since the last run, or the output is missing.
 *
 * @throws Error if one of them fails, after it has printed why
 */
export function ensureBuilt(): void {
  for (const step of STEPS) {
    const isFresh = existsSync(join(root, step.output)) && readStamps()[step.script] === stampOf(root, step);
    if (isFresh) continue;
    checkWritable();
    // The script itself, without npm and the type check of `npm run build`, which would delay the start.
    const argv = ['--import', 'tsx', `scripts/${step.script}.ts`];
    const { status } = spawnSync(process.execPath, argv, { cwd: root, stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new Error(`npm run ${step.script} failed`);
  }
}

function checkWritable(): void {
  try {
    accessSync(root, constants.W_OK);
  } catch {
    throw new Error(
      `The service is not built, and cannot be built here: ${root} is read-only. Run npm run build as its owner.`,
    );
  }
}

/** Records that a step has run on its current inputs. */
export function markFresh(script: 'generate' | 'build'): void {
  const step = STEPS.find((other) => other.script === script);
  if (!step) return;
  mkdirSync(dirname(STAMP), { recursive: true });
  // Another start may read it at the same time.
  const unfinished = `${STAMP}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify({ ...readStamps(), [script]: stampOf(root, step) }));
  renameSync(unfinished, STAMP);
}

function readStamps(): Readonly<Record<string, string>> {
  return existsSync(STAMP) ? JSON.parse(readFileSync(STAMP, 'utf8')) : {};
}

/** A hash of the paths and contents of a step's inputs in a folder. */
export function stampOf(folder: string, { inputs }: Pick<Step, 'inputs'>): string {
  const hash = createHash('sha1');
  const add = (path: string): void => {
    const absolute = join(folder, path);
    if (!existsSync(absolute)) return;
    if (statSync(absolute).isDirectory()) {
      for (const name of readdirSync(absolute).sort()) add(join(path, name));
    } else hash.update(path).update('\0').update(readFileSync(absolute)).update('\0');
  };
  for (const input of inputs) add(input);
  return hash.digest('hex');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    ensureBuilt();
  } catch (error) {
    // A step that failed has printed why.
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
}
