import type { ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import type { Command as Program } from 'commander';
import { addressText, type Config, loadConfig } from '../config/config.js';
import { ConfigError } from '../config/config-error.js';
import type { ListenAddress } from '../config/formats.js';
import type { Product } from '../config/settings.js';
import { codeOf, type Environment, originOf } from '../config/sources.js';
import { CONTRACT_VERSION, contract, isVersioned } from '../contract/contract.js';
import type { ProcessPort } from '../process/channel.js';
import type { SignalSource } from '../process/shutdown.js';
import { parseConnectionString, withEnvironment } from '../store/postgres/connection/connection-string.js';
import { StoreOpenError } from '../store/types.js';

/** The command line after the name of the command. */
export interface CommandLine {
  /** Arguments that are not flags, for example `up`. */
  readonly operands: readonly string[];
  /** The command's own flags, by name; a switch is `true`. */
  readonly own: Readonly<Record<string, string | true | undefined>>;
  /** Flags that are settings, as text and by name. */
  readonly settings: ReadonlyMap<string, string>;
  /** The parser, with all commands and flags. */
  readonly program: Program;
}

/**
 * Returns the exit code (0, 1 for a failure, 2 if settings or files must change), or null if it serves until a signal.
 */
export type Command = (host: Host, line: CommandLine) => Promise<number | null>;

/**
 * The configuration of a command line. Throws like `loadConfig`, and StoreOpenError for an invalid connection string.
 */
export function configOf(
  { product, env, cwd, packageRoot }: Host,
  { settings }: CommandLine,
  overrides: Readonly<Record<string, string>> = {},
): Config {
  const sources = { product, flags: new Map([...settings, ...Object.entries(overrides)]), env, cwd, packageRoot };
  const config = loadConfig(sources);
  if (config.apiVersion !== CONTRACT_VERSION && !isVersioned(contract))
    throw new ConfigError(`api-version: has no effect: no path of the contract begins with /${CONTRACT_VERSION}/`);
  if (config.repo !== 'postgres') return config;
  const repoUri = withEnvironment(config.repoUri, env);
  const repoReadUri = config.repoReadUri && withEnvironment(config.repoReadUri, env);
  const uris = [['repo-uri', repoUri, 'write'] as const, ['repo-read-uri', repoReadUri, 'read'] as const];
  // Before it is logged: each part of an invalid connection string may belong to the password.
  for (const [name, uri, use] of uris) {
    try {
      if (uri !== null) parseConnectionString(uri, use);
    } catch (error) {
      if (!(error instanceof StoreOpenError)) throw error;
      throw new StoreOpenError(`${name}: ${error.message} (${originOf(sources, name, config)})`);
    }
  }
  return { ...config, repoUri, repoReadUri };
}

/** The settings or files are wrong: a retry would fail too. */
const EXIT_CONFIGURATION = 2;
const EXIT_FAILURE = 1;

/** The exit code for an error at start: 2 if the configuration or the files must change, otherwise 1. */
export function exitCodeOf(error: unknown): number {
  const isConfiguration = error instanceof ConfigError || error instanceof StoreOpenError;
  return isConfiguration ? EXIT_CONFIGURATION : EXIT_FAILURE;
}

/** The parts of the process that commands may use. */
export interface Host {
  readonly product: Product;
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
  readonly packageRoot: string;
  readonly version: string;
  readonly stdoutFd: number;
  /** The standard streams, opened on the first call. */
  stdin(): Readable;
  stdout(): Writable & { readonly columns?: number };
  stderr(): Writable & { readonly isTTY?: boolean };
  readonly facts: Pick<NodeJS.Process, 'pid'>;
  readonly signals: SignalSource;
  /** This process's end of the channel to its primary, or null. */
  readonly parent: ProcessPort | null;
  /** Starts this program again with the same and further arguments, as the worker of this slot. */
  forkWorker(slot: number, further: readonly string[], env: Environment): ChildProcess;
  now(): number;
  print(text: string): void;
  printError(text: string): void;
  onUncaught(listener: (kind: 'uncaughtException' | 'unhandledRejection', error: unknown) => void): void;
  exit(code: number): void;
}

/** Node's own message names neither the setting nor what to do. */
export function rejectListening(setting: string, address: ListenAddress) {
  return (cause: unknown): never => {
    const reasons: Readonly<Record<string, string>> = { EADDRINUSE: 'is in use', EACCES: 'needs more rights' };
    const reason = reasons[codeOf(cause)];
    const what = reason
      ? `port ${address.port} ${reason}`
      : `${addressText(address)} cannot be used (${codeOf(cause)})`;
    throw new Error(`${what}: choose another with --${setting}`, { cause });
  };
}
