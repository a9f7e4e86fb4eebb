import { accessSync, constants, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import type { DatabaseOptions, TableName } from '../store/tables.js';
import { ConfigError, quoted } from './config-error.js';
import type { ListenAddress } from './formats.js';
import { type Setting, settings, tableSetting } from './settings.js';
import {
  type ConfigSources,
  codeOf,
  type Environment,
  type FileSettings,
  type RawSettings,
  readSources,
} from './sources.js';

type SettingValues = {
  readonly [Field in keyof typeof settings]: (typeof settings)[Field] extends Setting<infer Value> ? Value : never;
};

/** The configuration of one process: read once, validated as a whole. `settings` documents the fields. */
export interface Config
  extends Omit<SettingValues, keyof Derived | 'repoStatementTimeout' | 'timeout' | 'shutdownTimeout'>,
    Derived {}

/** Fields derived from several settings, or in another unit. */
interface Derived extends DatabaseOptions, FileSettings, ReturnType<typeof timeouts> {
  /** Without a trailing slash; may have a path. */
  readonly externalUrl: string;
  /** At most one if the database is in memory. */
  readonly workers: number;
  /** Only loopback by default, if operators' endpoints need no token. */
  readonly listen: ListenAddress;
  readonly adminListen: ListenAddress | null;
  /** How traces are sent; null: not at all. */
  readonly otel: OtlpProtocol | null;
  /** Whether log lines on a terminal are coloured: unless `NO_COLOR` is set (https://no-color.org), or it is a dumb one. */
  readonly isLogColoured: boolean;
}

/**
 * Reads the configuration. Flags override the environment, which overrides the configuration file, which overrides
 * defaults.
 *
 * @throws ConfigError, whose message is one line that names the setting and what it accepts
 */
export function loadConfig(sources: ConfigSources, cores: number = availableParallelism()): Config {
  const raw = readSources(sources);
  const fields = Object.entries(settings).map(([field, setting]) => [field, raw.valueOf<unknown>(setting)]);
  // Each value has the type of its setting's own format.
  const values: SettingValues = Object.fromEntries(fields);
  const { repoStatementTimeout, timeout, shutdownTimeout, ...rest } = values;
  const database = databaseConfig(raw, values, sources);
  return {
    ...rest,
    ...database,
    ...timeouts(raw, values),
    externalUrl: values.externalUrl ?? urlOf(values.listen ?? { host: undefined, port: DEFAULT_PORT }),
    workers: workerCount(raw, values.workers, database, cores),
    ...listeners(raw, values),
    otel: otlpProtocol(values.otel, sources.env),
    isLogColoured: !sources.env.NO_COLOR && sources.env.TERM !== 'dumb',
    ...raw.file,
  };
}

/** The configuration with the ports in use, if free ports were requested. */
export function withPorts(config: Config, listenPort: number, adminPort: number): Config {
  const listen = { ...config.listen, port: listenPort };
  const isDefaultUrl = config.externalUrl === urlOf(config.listen);
  return {
    ...config,
    listen,
    adminListen: config.adminListen && { ...config.adminListen, port: adminPort },
    externalUrl: isDefaultUrl ? urlOf(listen) : config.externalUrl,
  };
}

export function addressText({ host = '', port }: ListenAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** The URL for clients on this machine. */
export function urlOf({ host, port }: ListenAddress): string {
  const isAny = host === undefined || host === '0.0.0.0' || host === '::';
  // The zone of a link-local address is local to this machine, and a URL cannot contain it.
  return `http://${addressText({ host: isAny ? 'localhost' : host.replace(/%.*/, ''), port })}`;
}

function workerCount(raw: RawSettings, wanted: number | 'auto', { repoUri }: DatabaseOptions, cores: number): number {
  if (wanted === 'auto') return repoUri === IN_MEMORY ? 1 : Math.max(1, cores);
  if (wanted > 1 && repoUri === IN_MEMORY) {
    const reason = 'because each process would have its own data';
    throw raw.rejection(settings.workers, `auto or 1 if the database is in memory, ${reason}`);
  }
  return wanted;
}

/** Requires a token for endpoints that show or delete everything, unless only this machine can reach them. */
function listeners(raw: RawSettings, values: SettingValues): Pick<Derived, 'listen' | 'adminListen'> {
  const { admin, profiling, console, adminToken, adminListen } = values;
  const isOpen = (admin || profiling || console) && adminToken === null;
  const defaultHost = isOpen && adminListen === null ? '127.0.0.1' : undefined;
  const { listen = { host: defaultHost, port: DEFAULT_PORT } } = values;
  if (adminListen !== null && adminListen.port !== 0 && addressText(adminListen) === addressText(listen)) {
    throw raw.rejection(settings.adminListen, 'another address than listen');
  }
  const [setting, address] = adminListen ? [settings.adminListen, adminListen] : [settings.listen, listen];
  if (isOpen && !isLoopback(address)) {
    const guard = 'guard admin, profiling and the console with --admin-token';
    const advice = adminListen ? `or ${guard}` : `${guard}, or move them with --admin-listen 127.0.0.1:9090`;
    throw raw.rejection(setting, 'a loopback address', `: write 127.0.0.1:${address.port}, ${advice}`);
  }
  return { listen, adminListen };
}

/** Whether only this machine can reach the address. */
export function isLoopback({ host = '' }: ListenAddress): boolean {
  return /^(localhost|127\.[\d.]+|::1)$/i.test(host);
}

const DEFAULT_PORT = 8080;
const REQUEST_SECONDS = 60;
const SHUTDOWN_SECONDS = 30;
/** By default a timeout exceeds the one inside it by this margin, to leave time for responding and logging. */
const MARGIN_SECONDS = 5;
/** Postgres cancels first, so that the outcome of a slow write is known: it was not executed. */
const STATEMENT_MS_PER_SECOND = 950;

/** The nested timeouts: statement, request, shutdown. Those not set are derived from the others. */
function timeouts(raw: RawSettings, values: SettingValues) {
  const { repoStatementTimeout: statement, shutdownTimeout: wantedShutdown } = values;
  const { timeout: request = defaultRequestSeconds(statement, wantedShutdown) } = values;
  const shutdown = wantedShutdown ?? Math.max(SHUTDOWN_SECONDS, request + MARGIN_SECONDS);
  if (shutdown <= request) throw raw.rejection(settings.shutdownTimeout, `more than the ${request} seconds of timeout`);
  if (statement !== undefined && statement >= request) {
    throw raw.rejection(settings.repoStatementTimeout, `less than the ${request} seconds of timeout`);
  }
  const statementMs = statement === undefined ? request * STATEMENT_MS_PER_SECOND : statement * 1000;
  return {
    repoStatementTimeoutMs: Math.floor(statementMs),
    timeoutMs: request * 1000,
    shutdownTimeoutMs: shutdown * 1000,
  };
}

function defaultRequestSeconds(statement: number | undefined, shutdown: number | undefined): number {
  const min = statement === undefined ? 0 : statement + MARGIN_SECONDS;
  // The rest of a shutdown is for closing the database.
  const max = shutdown === undefined ? Number.POSITIVE_INFINITY : shutdown - Math.min(1, shutdown / 4);
  return Math.min(Math.max(REQUEST_SECONDS, min), max);
}

/** SQLite's name for a database in memory; all its other spellings are converted to it. */
export const IN_MEMORY = ':memory:';

/** Checks paths and folders; the driver checks connection strings. Throws ConfigError. */
function databaseConfig(
  raw: RawSettings,
  { repo, repoUri: uri = '', repoMigrations: folder, repoReadUri }: SettingValues,
  { product, cwd, packageRoot }: ConfigSources,
): DatabaseOptions {
  const repoMigrations = folder === undefined ? join(packageRoot, 'schema') : resolve(cwd, folder);
  const repoUri = repo === 'sqlite3' ? sqlitePath(raw, uri, cwd) : uri;
  if (repo === 'sqlite3' && repoReadUri) {
    throw raw.rejection(settings.repoReadUri, 'a postgres:// connection string, if repo is postgres');
  }
  requireFolder(raw, 'repo-migrations', join(repoMigrations, repo), constants.R_OK);
  if (repo === 'sqlite3' && repoUri !== IN_MEMORY) {
    requireFolder(raw, 'repo-uri', dirname(repoUri), constants.W_OK);
    requireNoFolder(raw, repoUri);
  }
  return { repo, repoUri, repoMigrations, repoTable: tableOf(raw, repo, product.mainResource) };
}

function tableOf(raw: RawSettings, repo: string, resource: string): TableName {
  const setting = tableSetting(resource);
  const table = raw.valueOf(setting) ?? { schema: null, table: resource };
  if (repo === 'sqlite3' && table.schema !== null && table.schema.toLowerCase() !== 'main') {
    throw raw.rejection(setting, 'a table alone, or main.table, if repo is sqlite3, which has no schemas');
  }
  if (repo === 'sqlite3' && table.table.toLowerCase().startsWith('sqlite_')) {
    throw raw.rejection(setting, 'a table whose name does not begin with sqlite_, which SQLite reserves');
  }
  return table;
}

function sqlitePath(raw: RawSettings, uri: string, cwd: string): string {
  const isInMemory = uri === '' || uri === IN_MEMORY || /^file::memory:|^file:.*[?&]mode=memory(&|$)/s.test(uri);
  if (isInMemory) return IN_MEMORY;
  const path = uri.replace(/^file:(\/\/(?=\/))?/, '');
  const isUri = /^[a-z][a-z0-9+.-]+:\/\//i.test(path) || (path !== uri && /[?#]/.test(path)) || path === '';
  // The driver would cut off white space at the end.
  if (isUri || /\s$/.test(path)) {
    throw raw.rejection(
      settings.repoUri,
      'a file path without parameters or white space at its end, or :memory:, if repo is sqlite3',
    );
  }
  return resolve(cwd, path);
}

function requireNoFolder(raw: RawSettings, path: string): void {
  let reason = 'is a folder';
  try {
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  } catch (error) {
    reason = `cannot be one: ${codeOf(error)}`;
  }
  throw new ConfigError(`repo-uri: takes a file path, and ${quoted(path)} ${reason} (${raw.origin('repo-uri')})`);
}

function requireFolder(raw: RawSettings, name: string, path: string, mode: number): void {
  let reason = 'it is not a folder';
  try {
    if (statSync(path).isDirectory()) {
      accessSync(path, mode | constants.X_OK);
      return;
    }
  } catch (error) {
    reason = codeOf(error);
  }
  const used = `takes a path in a folder that can be used; ${quoted(path)} cannot be: ${reason}`;
  throw new ConfigError(`${name}: ${used} (${raw.origin(name)})`);
}

/** How spans are sent. OpenTelemetry's SDK reads the rest of the environment itself. */
export type OtlpProtocol = 'http/protobuf' | 'http/json';

const PROTOCOLS = ['http/protobuf', 'http/json'];

/**
 * Decides whether traces are sent: if the flag is set, or if the standard variables name a collector or the `otlp`
 * exporter. `OTEL_SDK_DISABLED=true` and `OTEL_TRACES_EXPORTER=none` always turn them off. The SDK reads the rest of
 * the environment, and reports what it cannot use.
 *
 * @param environment - the `OTEL_…` variables; an empty one counts as unset
 * @returns null if they are not sent
 * @throws ConfigError that names the variable and what it takes
 * @see https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
 */
export function otlpProtocol(isRequested: boolean, environment: Environment): OtlpProtocol | null {
  const read = (name: string) => environment[name]?.trim() || undefined;
  const exporter = read('OTEL_TRACES_EXPORTER');
  if (read('OTEL_SDK_DISABLED')?.toLowerCase() === 'true' || exporter === 'none') return null;
  const endpoints = ['OTEL_EXPORTER_OTLP_ENDPOINT', 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  if (!isRequested && exporter === undefined && !endpoints.some(read)) return null;

  const check = (name: string, taken: readonly string[]) => {
    const value = read(name);
    if (value !== undefined && !taken.includes(value)) throw new ConfigError(`${name} takes ${taken.join(', ')}`);
    return value;
  };
  check('OTEL_TRACES_EXPORTER', ['otlp', 'none']);
  const own = check('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL', PROTOCOLS);
  const protocol = own ?? check('OTEL_EXPORTER_OTLP_PROTOCOL', PROTOCOLS);
  return protocol === 'http/json' ? protocol : 'http/protobuf';
}
