import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The durations of tests on this machine. */
export interface Durations {
  /** By the path of a test file, with its hooks. */
  readonly fileMs: Readonly<Record<string, number>>;
  /** A whole run, by the arguments that selected its files; `''` is all of them. */
  readonly runMs: Readonly<Record<string, number>>;
}

const FILE = fileURLToPath(new URL('../../node_modules/.cache/test-durations.json', import.meta.url));

/** The durations of the last runs; may be empty. */
export function readDurations(): Durations {
  try {
    return JSON.parse(readFileSync(FILE, 'utf8'));
  } catch {
    return { fileMs: {}, runMs: {} };
  }
}

/** Stores durations for the next run. */
export function writeDurations(durations: Durations): void {
  mkdirSync(dirname(FILE), { recursive: true });
  writeFileSync(FILE, `${JSON.stringify(durations, null, 2)}\n`);
}
