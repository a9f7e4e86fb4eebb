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

const api = settingsOfGroup('The API');
const storage = settingsOfGroup('Storage');
const limits = settingsOfGroup('Limits and timeouts');
const operation = settingsOfGroup('Operation');

const { boolean, byteSize, integer, oneOf, optional, path, seconds, share, text, token, workers } = formats;
const { apiVersion, corsOrigins, externalUrl, limitStore, listenAddress, rateLimit, tableName, trustProxy } = formats;

/** All settings of the engine, by their field in `Config`. Settings are declared only here. */
export const settings = {
  listen: api('listen', 'where the API listens', listenAddress, null, {
    defaultDoc: ':8080, or 127.0.0.1:8080 with admin, profiling or the console and no admin-token',
  }),
  externalUrl: api('external-url', 'how clients reach the service; links start with it', externalUrl, null, {
    defaultDoc: 'from listen: http://localhost:8080 for :8080',
  }),
  apiVersion: api('api-version', 'the path prefix of the API', apiVersion, 'v1'),
  maxResults: api('max-results', 'default and maximum page size', integer(1, 1_000_000), '20'),
  bodyLimitBytes: api('body-limit', 'the largest request body', byteSize, '1mb'),
  compress: api('compress', 'compress responses that become smaller', boolean, 'false'),
  cors: api('cors', 'allow cross-origin requests', boolean, 'false'),
  corsOrigins: api('cors-origin', 'the origins that --cors allows', corsOrigins, '*'),

  repo: storage('repo', 'the kind of database', oneOf('sqlite3', 'postgres'), 'sqlite3'),
  repoUri: storage(
    'repo-uri',
    'a file path for SQLite, a connection string for Postgres',
    text('uri', 'a file path or :memory: for SQLite, a postgres:// connection string for Postgres'),
    null,
    { defaultDoc: 'in memory; required for Postgres', sensitive: true },
  ),
  repoReadUri: storage(
    'repo-read-uri',
    'the connection string of a Postgres standby that serves reads',
    optional(text('uri', 'a postgres:// connection string')),
    '',
    { sensitive: true },
  ),
  repoMigrations: storage(
    'repo-migrations',
    'the folder of migrations, with one subfolder for each database',
    path,
    null,
    { defaultDoc: "./schema, the service's own" },
  ),
  repoPoolSize: storage('repo-pool-size', 'connections to Postgres per process', integer(2, 1000), '10'),
  repoStatementTimeout: storage(
    'repo-statement-timeout',
    'seconds after which Postgres cancels a statement; less than timeout',
    seconds,
    null,
    { defaultDoc: '95 % of timeout' },
  ),

  timeout: limits('timeout', 'seconds for a whole request', seconds, null, {
    defaultDoc: '60, or derived from repo-statement-timeout or shutdown-timeout',
  }),
  shutdownTimeout: limits(
    'shutdown-timeout',
    'seconds for requests in flight after SIGTERM; more than timeout',
    seconds,
    null,
    { defaultDoc: '30, or timeout + 5 if that is more' },
  ),
  limit: limits('limit', 'requests per client address, for example 5-S', rateLimit, ''),
  limitIpv6PrefixBits: limits(
    'limit-ipv6-prefix',
    'the number of leading bits of an IPv6 address that identify a client',
    integer(1, 128),
    '64',
  ),
  limitStore: limits('limit-store', 'where requests are counted', limitStore, 'memory', { sensitive: true }),
  trustProxy: limits(
    'trust-proxy',
    'the proxies whose entries in X-Forwarded-For give the client address',
    trustProxy,
    'false',
  ),
  maxConcurrency: limits(
    'max-concurrency',
    'maximum number of requests in flight per process; others wait, or are shed with 503',
    integer(1, 1_000_000),
    '1024',
  ),

  workers: operation('workers', 'number of processes', workers, 'auto', {
    defaultDoc: 'auto: one per core, and one if the database is in memory',
  }),
  admin: operation('admin', 'enable the admin endpoints', boolean, 'false'),
  metrics: operation('metrics', 'enable Prometheus metrics', boolean, 'false'),
  profiling: operation('profiling', 'enable the profiling endpoints', boolean, 'false'),
  console: operation('console', 'enable the console, a page that shows the stored data', boolean, 'false'),
  adminListen: operation(
    'admin-listen',
    'move admin, metrics, profiling and the console to their own listener',
    optional(listenAddress),
    '',
  ),
  adminToken: operation(
    'admin-token',
    'a token that guards admin, metrics, profiling and the console',
    optional(token),
    '',
    { sensitive: true },
  ),
  otel: operation('otel', 'send OpenTelemetry traces', boolean, 'false'),
  logLevel: operation('log-level', 'the lowest level logged', oneOf('error', 'warn', 'info', 'debug'), 'info'),
  logFormat: operation('log-format', 'how log lines are written', oneOf('auto', 'json', 'pretty'), 'auto', {
    defaultDoc: 'auto: pretty on a terminal, else json',
  }),
  replyCheck: operation('reply-check', 'share of responses checked against the contract', share, '0.001'),
} as const;

export function tableSetting(resource: string): Setting<TableName> {
  const doc = `the table of ${resource}, optionally schema.table`;
  return storage(`repo-schema-${resource}`, doc, tableName, resource);
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
  return setting.defaultDoc ?? (setting.default || 'off');
}

/** Makes the function that describes the settings of a group. `fallback` is the default; without one a value may be undefined. */
function settingsOfGroup(group: string) {
  return <T, Fallback extends string | null>(
    name: string,
    doc: string,
    format: Format<T>,
    fallback: Fallback,
    { defaultDoc = null, sensitive = false }: Partial<Pick<Setting<T>, 'defaultDoc' | 'sensitive'>> = {},
  ): Setting<Fallback extends null ? T | undefined : T> => ({
    ...{ name, group, doc, format, default: fallback, defaultDoc, sensitive },
  });
}
