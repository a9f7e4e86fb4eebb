import { mkdirSync, rmSync } from 'node:fs';
import type { CreateScript } from '../load/protocol.js';
import { type Children, createChildren } from './children.js';
import { assignCores, type Cores } from './cores.js';
import type { RunOptions } from './flags.js';
import { type Generator, startGenerator } from './generator.js';
import { DATA_DIR } from './paths.js';
import { type Database, startPostgres } from './postgres.js';

export interface Bench {
  readonly options: RunOptions;
  /** By `performance.now()`. */
  readonly startedAt: number;
  readonly cores: Cores;
  readonly children: Children;
  readonly generator: Generator;
  /** Started on the first call. */
  postgres(): Promise<Database>;
  /** A path for an SQLite file, in a folder that is deleted at the end of the run. */
  file(name: string): string;
  /** Creates of payments that no other job of the run creates. */
  newPayments(attributes: string): CreateScript;
  log(line: string): void;
  close(): Promise<void>;
}

export function openBench(options: RunOptions): Bench {
  const cores = assignCores(options.isPinning);
  rmSync(DATA_DIR, { recursive: true, force: true });
  mkdirSync(DATA_DIR, { recursive: true });
  const children = createChildren();
  const generator = startGenerator(children, cores.generator, options.usesWrk);
  let lastNamespace = 0;
  let postgres: Promise<Database> | null = null;
  const startedAt = performance.now();
  return {
    options,
    startedAt,
    cores,
    children,
    generator,
    postgres() {
      postgres ??= startPostgres(children, cores.postgres);
      return postgres;
    },
    file: (name) => `${DATA_DIR}/${name}.db`,
    newPayments(attributes) {
      lastNamespace += 1;
      return { kind: 'create', ids: { namespace: lastNamespace, firstIndex: 0, count: 2 ** 31 }, attributes };
    },
    log(line) {
      const elapsed = ((performance.now() - startedAt) / 1000).toFixed(0);
      process.stderr.write(`${elapsed.padStart(4)} s  ${line}\n`);
    },
    async close() {
      await generator.stop();
      await children.stopAll();
      await (await postgres?.catch(() => null))?.stop();
      rmSync(DATA_DIR, { recursive: true, force: true });
    },
  };
}
