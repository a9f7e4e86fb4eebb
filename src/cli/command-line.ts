import type { Command as Program } from 'commander';
import { type Config, loadConfig } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';
import { TracingError } from '../observe/tracing/tracing-settings.js';
import { MigrationError } from '../store/migrations/migration-error.js';
import { StoreOpenError } from '../store/open-error.js';
import { parseConnectionString, withEnvironment } from '../store/postgres/connection/connection-string.js';
import type { Host } from './host.js';

/** What follows the name of a command, as it was written. */
export interface CommandLine {
  /** Arguments that are not flags, for example `up`. */
  readonly operands: readonly string[];
  /** The command's own flags, by name; a switch is `true`. */
  readonly own: Readonly<Record<string, string | true | undefined>>;
  /** Flags that are settings, as text and by name. */
  readonly settings: ReadonlyMap<string, string>;
  /** All that could have been written. */
  readonly program: Program;
}

/**
 * A command gets the process and what follows its name. It returns the exit code (0, 1 for a failure, 2 where the settings or
 * the files must change), or null if it keeps serving until a signal ends it.
 */
export type Command = (host: Host, line: CommandLine) => Promise<number | null>;

/**
 * The configuration that a command line asks for.
 *
 * @param overrides - settings that win over its flags
 * @throws ConfigError as `loadConfig` does, and StoreOpenError for a connection string that cannot be read
 */
export function configOf(
  { product, env, cwd, packageRoot }: Host,
  { settings }: CommandLine,
  overrides: Readonly<Record<string, string>> = {},
): Config {
  const flags = new Map([...settings, ...Object.entries(overrides)]);
  const config = loadConfig({ product, flags, env, cwd, packageRoot });
  if (config.repo !== 'postgres') return config;
  const repoUri = withEnvironment(config.repoUri, env);
  const repoReadUri = config.repoReadUri && withEnvironment(config.repoReadUri, env);
  // Before anything of it is logged: of a string that cannot be read, each part may be one of the password.
  parseConnectionString(repoUri);
  if (repoReadUri !== null) parseConnectionString(repoReadUri, 'read');
  return Object.freeze({ ...config, repoUri, repoReadUri });
}

/** Something is wrong with the settings or the files: another try would end the same. */
const EXIT_CONFIGURATION = 2;
const EXIT_FAILURE = 1;

/** The exit code for an error at start: 2 where the configuration or the files must change, else 1. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof MigrationError) return error.code === 'failed' ? EXIT_FAILURE : EXIT_CONFIGURATION;
  const isConfiguration =
    error instanceof ConfigError || error instanceof StoreOpenError || error instanceof TracingError;
  return isConfiguration ? EXIT_CONFIGURATION : EXIT_FAILURE;
}
