import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { expect } from 'chai';
import { type Config, loadConfig } from '../../src/config/config.js';
import { ConfigError } from '../../src/config/config-error.js';
import { product } from '../../src/payments/resource.js';
import { settingsFrom } from '../support/config.js';

/** A temporary folder for a test, and a package with the migration folders that a configuration needs. */
export interface ConfigWorld {
  readonly cwd: string;
  readonly packageRoot: string;
  /** Writes a file below the working directory and returns its absolute path. */
  write(path: string, content: unknown): string;
  load(argv: readonly string[], env?: Record<string, string>, cores?: number): Config;
  /** The error message of a rejected configuration, which must be a single line. */
  rejection(argv: readonly string[], env?: Record<string, string>): string;
  remove(): void;
}

export function createConfigWorld(): ConfigWorld {
  const root = mkdtempSync(join(tmpdir(), 'payments-config-'));
  const cwd = join(root, 'cwd');
  const packageRoot = join(root, 'package');
  for (const folder of [cwd, join(packageRoot, 'schema/sqlite3'), join(packageRoot, 'schema/postgres')]) {
    mkdirSync(folder, { recursive: true });
  }
  const load = (argv: readonly string[], env: Record<string, string> = {}, cores = 4): Config =>
    loadConfig({ product, flags: settingsFrom(argv), env, cwd, packageRoot }, cores);
  return {
    cwd,
    packageRoot,
    write(path, content) {
      const file = resolve(cwd, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
      return file;
    },
    load,
    rejection(argv, env) {
      return rejectionOf(() => load(argv, env));
    },
    remove() {
      rmSync(root, { recursive: true });
    },
  };
}

/** The message of an action's ConfigError, which must be a single line. */
export function rejectionOf(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).to.be.instanceOf(ConfigError);
    const message = error instanceof Error ? error.message : '';
    expect(message).to.match(/^[^\r\n]+$/);
    return message;
  }
  return expect.fail('it was not rejected');
}
