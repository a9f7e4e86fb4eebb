import { availableParallelism } from 'node:os';
import type { TrustProxy } from '../http/limit/client-address.js';
import { type Environment, type RawSettings, readSettings } from './raw-settings.js';
import { IN_MEMORY, type RepositoryConfig, repositoryConfig } from './repository.js';
import type { ListenAddress, RateLimit, TableName } from './service-formats.js';
import { type Setting, settings } from './settings.js';
import { type Timeouts, timeouts } from './timeouts.js';

/** The configuration of one process: read once, checked as a whole, frozen. */
export interface Config extends RepositoryConfig, Timeouts {
  readonly listen: ListenAddress;
  /** Without a trailing slash; may end in a path. */
  readonly externalUrl: string;
  readonly apiVersion: string;
  readonly maxResults: number;
  readonly bodyLimitBytes: number;
  readonly compress: boolean;
  readonly cors: boolean;
  readonly corsOrigins: '*' | readonly string[];

  readonly repoTable: TableName;
  readonly repoPoolSize: number;

  readonly limit: RateLimit | null;
  /** `memory`, or the URL of a Redis server. */
  readonly limitStore: string;
  readonly limitIpv6PrefixBits: number;
  readonly trustProxy: TrustProxy;
  /** Requests under way in one process before more are refused. */
  readonly maxConcurrency: number;

  /** How many processes; never more than one where the repository is in a process's memory. */
  readonly workers: number;
  readonly admin: boolean;
  readonly metrics: boolean;
  readonly profiling: boolean;
  readonly adminListen: ListenAddress | null;
  readonly adminToken: string | null;
  readonly otel: boolean;
  /** The `OTEL_…` variables of the environment, which OpenTelemetry defines for every language. */
  readonly otelEnvironment: Environment;
  readonly logLevel: 'error' | 'warn' | 'info' | 'debug';
  /** Share of replies that are validated, from 0 to 1. */
  readonly replyCheck: number;

  /** The configuration file that was read, if any. */
  readonly configFile: string | null;
}

/** What a configuration is read from. */
export interface ConfigSources {
  /** The arguments, without the program and the command. */
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly cwd: string;
  /** The folder of the package, with its `config/` and `schema/`. */
  readonly packageRoot: string;
  /** How many cores there are; those this process may use unless told. */
  readonly cores?: number;
}

/**
 * Reads the configuration: flags over environment over configuration file over defaults.
 *
 * @param sources - the arguments, the environment and the folders to look in
 * @throws ConfigError, whose message is one line that names the setting and what it takes
 */
export function loadConfig(sources: ConfigSources): Config {
  const { argv, env, cwd, packageRoot, cores = availableParallelism() } = sources;
  const raw = readSettings(argv, env, { cwd, packageRoot });
  const read = <T>(setting: Setting<T>): T => required(raw, setting);

  const repoTable = read(settings.repoSchemaPayments);
  const repository = repositoryConfig(raw, cwd, packageRoot, repoTable);
  const listen = read(settings.listen);

  return deepFreeze({
    listen,
    externalUrl: read(settings.externalUrl),
    apiVersion: read(settings.apiVersion),
    maxResults: read(settings.maxResults),
    bodyLimitBytes: read(settings.bodyLimit),
    compress: read(settings.compress),
    cors: read(settings.cors),
    corsOrigins: read(settings.corsOrigin),
    ...repository,
    repoTable,
    repoPoolSize: read(settings.repoPoolSize),
    ...timeouts(raw),
    limit: read(settings.limit),
    limitStore: read(settings.limitStore),
    limitIpv6PrefixBits: read(settings.limitIpv6Prefix),
    trustProxy: read(settings.trustProxy),
    maxConcurrency: read(settings.maxConcurrency),
    workers: workerCount(raw, repository, cores),
    admin: read(settings.admin),
    metrics: read(settings.metrics),
    profiling: read(settings.profiling),
    adminListen: adminListen(raw, listen),
    adminToken: read(settings.adminToken),
    otel: read(settings.otel),
    otelEnvironment: Object.fromEntries(Object.entries(env).filter(([name]) => name.startsWith('OTEL_'))),
    logLevel: read(settings.logLevel),
    replyCheck: read(settings.replyCheck),
    configFile: raw.file,
  });
}

/** The value of a setting that has a default. */
function required<T>(raw: RawSettings, setting: Setting<T>): T {
  const value = raw.valueOf(setting);
  if (value === undefined) throw new Error(`${setting.name} has neither a value nor a default`);
  return value;
}

function workerCount(raw: RawSettings, { repoUri }: RepositoryConfig, cores: number): number {
  const asked = required(raw, settings.workers);
  if (asked === 'auto') return repoUri === IN_MEMORY ? 1 : Math.max(1, cores);
  if (asked > 1 && repoUri === IN_MEMORY) {
    throw raw.refusal(
      settings.workers,
      'auto or 1 where payments are in memory, since each process would have payments of its own',
    );
  }
  return asked;
}

function adminListen(raw: RawSettings, listen: ListenAddress): ListenAddress | null {
  const address = required(raw, settings.adminListen);
  if (address !== null && address.port !== 0 && address.port === listen.port && address.host === listen.host) {
    throw raw.refusal(settings.adminListen, 'another address than listen');
  }
  return address;
}

function deepFreeze<T extends object>(value: T): T {
  for (const member of Object.values(value)) {
    if (typeof member === 'object' && member !== null) deepFreeze(member);
  }
  return Object.freeze(value);
}
