import type { TableName } from '../store/tables.js';
import type { Format } from './formats.js';
import * as formats from './formats.js';

/** What the engine needs to know of its product for the settings. */
export interface Product {
  /** Also the name of the program. */
  readonly serviceName: string;
  /** The prefix of all environment variables. */
  readonly environmentPrefix: string;
  /** The resource whose table a setting names; the tables of others are next to it. */
  readonly mainResource: string;
}

/** A setting, for flags, environment, files, help and documentation. */
export interface Setting<T> {
  /** The flag without its dashes, and the key in a configuration file. */
  readonly name: string;
  readonly group: string;
  readonly doc: string;
  readonly format: Format<T>;
  /** As a user would write it, for the same parser. Null if it is derived from other settings. */
  readonly default: string | null;
  /** The default in words, if its text alone says too little. */
  readonly defaultDoc: string | null;
  /** Whether the value may contain a secret, and is never shown. */
  readonly sensitive: boolean;
}

const API = 'The API';
const STORAGE = 'Storage';
const LIMITS = 'Limits and timeouts';
const OPERATION = 'Operation';

const { boolean, byteSize, integer, oneOf, optional, path, seconds, share, text, token, workers } = formats;
const { apiVersion, corsOrigins, externalUrl, limitStore, listenAddress, rateLimit, tableName, trustProxy } = formats;

/** All settings of the engine, by their field in `Config`. Settings are declared only here. */
export const settings = {
  listen: setting('listen', API, 'where the API listens', listenAddress, null, {
    defaultDoc: ':8080, or 127.0.0.1:8080 with admin, profiling or the console and no admin-token',
  }),
  externalUrl: setting('external-url', API, 'how clients reach the service; links start with it', externalUrl, null, {
    defaultDoc: 'from listen: http://localhost:8080 for :8080',
  }),
  apiVersion: setting('api-version', API, 'the path prefix of the API', apiVersion, 'v1'),
  maxResults: setting('max-results', API, 'default and maximum page size', integer(1, 1_000_000), '20'),
  bodyLimitBytes: setting('body-limit', API, 'the largest request body', byteSize, '1mb'),
  compress: setting('compress', API, 'compress responses that become smaller', boolean, 'false'),
  cors: setting('cors', API, 'allow cross-origin requests', boolean, 'false'),
  corsOrigins: setting('cors-origin', API, 'the origins that --cors allows', corsOrigins, '*'),

  repo: setting('repo', STORAGE, 'the kind of database', oneOf('sqlite3', 'postgres'), 'sqlite3'),
  repoUri: setting(
    'repo-uri',
    STORAGE,
    'a file path for SQLite, a connection string for Postgres',
    text('uri', 'a file path or :memory: for SQLite, a postgres:// connection string for Postgres'),
    null,
    { defaultDoc: 'in memory; required for Postgres', sensitive: true },
  ),
  repoReadUri: setting(
    'repo-read-uri',
    STORAGE,
    'the connection string of a Postgres standby that serves reads',
    optional(text('uri', 'a postgres:// connection string')),
    '',
    { defaultDoc: 'off', sensitive: true },
  ),
  repoMigrations: setting(
    'repo-migrations',
    STORAGE,
    'the folder of migrations, with one subfolder for each database',
    path,
    null,
    {
      defaultDoc: "./schema, the service's own",
    },
  ),
  repoPoolSize: setting('repo-pool-size', STORAGE, 'connections to Postgres per process', integer(2, 1000), '10'),
  repoStatementTimeout: setting(
    'repo-statement-timeout',
    STORAGE,
    'seconds after which Postgres cancels a statement; less than timeout',
    seconds,
    null,
    { defaultDoc: '95 % of timeout' },
  ),

  timeout: setting('timeout', LIMITS, 'seconds for a whole request', seconds, null, {
    defaultDoc: '60, or derived from repo-statement-timeout or shutdown-timeout',
  }),
  shutdownTimeout: setting(
    'shutdown-timeout',
    LIMITS,
    'seconds for requests in flight after SIGTERM; more than timeout',
    seconds,
    null,
    { defaultDoc: '30, or timeout + 5 if that is more' },
  ),
  limit: setting('limit', LIMITS, 'requests per client address, for example 5-S', rateLimit, '', { defaultDoc: 'off' }),
  limitIpv6PrefixBits: setting(
    'limit-ipv6-prefix',
    LIMITS,
    'the number of leading bits of an IPv6 address that identify a client',
    integer(1, 128),
    '64',
  ),
  limitStore: setting('limit-store', LIMITS, 'where requests are counted', limitStore, 'memory', { sensitive: true }),
  trustProxy: setting(
    'trust-proxy',
    LIMITS,
    'the proxies whose entries in X-Forwarded-For give the client address',
    trustProxy,
    'false',
  ),
  maxConcurrency: setting(
    'max-concurrency',
    LIMITS,
    'maximum number of requests in flight per process; others wait, or are shed with 503',
    integer(1, 1_000_000),
    '1024',
  ),

  workers: setting('workers', OPERATION, 'number of processes', workers, 'auto', {
    defaultDoc: 'auto: one per core, and one if the database is in memory',
  }),
  admin: setting('admin', OPERATION, 'enable the admin endpoints', boolean, 'false'),
  metrics: setting('metrics', OPERATION, 'enable Prometheus metrics', boolean, 'false'),
  profiling: setting('profiling', OPERATION, 'enable the profiling endpoints', boolean, 'false'),
  console: setting('console', OPERATION, 'enable the console, a page that shows the stored data', boolean, 'false'),
  adminListen: setting(
    'admin-listen',
    OPERATION,
    'move admin, metrics, profiling and the console to their own listener',
    optional(listenAddress),
    '',
    { defaultDoc: 'off' },
  ),
  adminToken: setting(
    'admin-token',
    OPERATION,
    'a token that guards admin, metrics, profiling and the console',
    optional(token),
    '',
    {
      defaultDoc: 'off',
      sensitive: true,
    },
  ),
  otel: setting('otel', OPERATION, 'send OpenTelemetry traces', boolean, 'false'),
  logLevel: setting('log-level', OPERATION, 'the lowest level logged', oneOf('error', 'warn', 'info', 'debug'), 'info'),
  logFormat: setting('log-format', OPERATION, 'how log lines are written', oneOf('auto', 'json', 'pretty'), 'auto', {
    defaultDoc: 'auto: pretty on a terminal, else json',
  }),
  replyCheck: setting('reply-check', OPERATION, 'share of responses checked against the contract', share, '0.001'),
} as const;

export function tableSetting(resource: string): Setting<TableName> {
  const doc = `the table of ${resource}, optionally schema.table`;
  return setting(`repo-schema-${resource}`, STORAGE, doc, tableName, resource);
}

/** In the order of the help. */
export function settingsOf({ mainResource }: Product): readonly Setting<unknown>[] {
  const all: Setting<unknown>[] = Object.values(settings);
  const afterMigrations = all.indexOf(settings.repoMigrations) + 1;
  return all.toSpliced(afterMigrations, 0, tableSetting(mainResource));
}

/** No setting may be named `port`: Kubernetes sets `<SERVICE>_PORT` to `tcp://…` in pods next to a service. */
export function environmentName({ environmentPrefix }: Product, name: string): string {
  return `${environmentPrefix}${name.toUpperCase().replaceAll('-', '_')}`;
}

export function defaultText(setting: Setting<unknown>): string {
  return setting.defaultDoc ?? setting.default ?? 'none';
}

function setting<T>(
  name: string,
  group: string,
  doc: string,
  format: Format<T>,
  fallback: string | null,
  extra: { readonly defaultDoc?: string; readonly sensitive?: boolean } = {},
): Setting<T> {
  const { defaultDoc = null, sensitive = false } = extra;
  return { name, group, doc, format, default: fallback, defaultDoc, sensitive };
}
