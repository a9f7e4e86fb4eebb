/** Generates and builds if necessary, before the tests and before `npm start`. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
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

const STEPS: readonly Step[] = [
  {
    script: 'generate',
    inputs: [
      ...PACKAGES,
      'api/openapi.yml',
      'scripts/generate',
      'scripts/generate.ts',
      'scripts/generator.ts',
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
    const isFresh = existsSync(join(root, step.output)) && readStamps()[step.script] === stampOf(step);
    if (isFresh) continue;
    // The script itself, without npm and the type check of `npm run build`, which would delay the start.
    const argv = ['--import', 'tsx', `scripts/${step.script}.ts`];
    const { status } = spawnSync(process.execPath, argv, { cwd: root, stdio: ['ignore', 2, 2] });
    if (status !== 0) throw new Error(`npm run ${step.script} failed`);
  }
}

/** Records that a step has run on its current inputs. */
export function markFresh(script: 'generate' | 'build'): void {
  const step = STEPS.find((other) => other.script === script);
  if (!step) return;
  mkdirSync(dirname(STAMP), { recursive: true });
  writeFileSync(STAMP, JSON.stringify({ ...readStamps(), [script]: stampOf(step) }));
}

function readStamps(): Readonly<Record<string, string>> {
  return existsSync(STAMP) ? JSON.parse(readFileSync(STAMP, 'utf8')) : {};
}

/** A hash of the inputs' paths and contents. */
function stampOf({ inputs }: Step): string {
  const hash = createHash('sha1');
  const add = (path: string): void => {
    const absolute = join(root, path);
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
  } catch {
    // The step has printed why it failed.
    process.exitCode = 1;
  }
}
