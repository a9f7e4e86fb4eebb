import { mkdirSync, rmSync } from 'node:fs';
import { type Children, createChildren } from './children.js';
import { assignCores, type Cores } from './cores.js';
import type { RunOptions } from './flags.js';
import { type Generator, startGenerator } from './generator.js';
import { DATA_DIR } from './paths.js';
import { type Database, startPostgres } from './postgres.js';

/** What every measurement needs. */
export interface Bench {
  readonly options: RunOptions;
  readonly cores: Cores;
  readonly children: Children;
  readonly generator: Generator;
  /** Started when the first work asks for it. */
  postgres(): Promise<Database>;
  /** A path for an SQLite file, in a folder that goes when the run ends. */
  file(name: string): string;
  log(line: string): void;
  close(): Promise<void>;
}

export function openBench(options: RunOptions): Bench {
  const cores = assignCores(options.isPinning);
  rmSync(DATA_DIR, { recursive: true, force: true });
  mkdirSync(DATA_DIR, { recursive: true });
  const children = createChildren();
  const generator = startGenerator(children, cores.generator);
  let postgres: Promise<Database> | null = null;
  return {
    options,
    cores,
    children,
    generator,
    postgres() {
      postgres ??= startPostgres(children, cores.postgres);
      return postgres;
    },
    file: (name) => `${DATA_DIR}/${name}.db`,
    log: (line) => void process.stderr.write(`${line}\n`),
    async close() {
      await generator.stop();
      await children.stopAll();
      await (await postgres?.catch(() => null))?.stop();
      rmSync(DATA_DIR, { recursive: true, force: true });
    },
  };
}
