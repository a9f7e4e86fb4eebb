import type { Schema } from 'convict';
import {
  boolean,
  byteSize,
  type Format,
  integer,
  oneOf,
  optional,
  path,
  seconds,
  share,
  text,
  token,
  workers,
} from './formats.js';
import {
  apiVersion,
  corsOrigins,
  externalUrl,
  limitStore,
  listenAddress,
  rateLimit,
  tableName,
  trustProxy,
} from './service-formats.js';

/** One setting: everything the flags, the environment, the files, the help and the documentation know of it. */
export interface Setting<T> {
  /** The flag without its dashes, and the key in a configuration file. */
  readonly name: string;
  readonly env: string;
  readonly group: string;
  readonly doc: string;
  readonly format: Format<T>;
  /** Written as a user would write it, and read by the same parser. Null where it follows from other settings. */
  readonly default: string | null;
  /** The default in words for the help, where its text alone would not say enough. */
  readonly defaultDoc: string | null;
  /** Whether the value may hold a secret, and so is never shown. */
  readonly sensitive: boolean;
}

/**
 * The environment variable of a setting. No setting may be called `port`: Kubernetes sets `PAYMENTS_PORT` to
 * `tcp://…` in every pod beside a service called `payments`.
 *
 * @param name - the flag without its dashes
 */
export function envName(name: string): string {
  return `PAYMENTS_${name.toUpperCase().replaceAll('-', '_')}`;
}

const API = 'The API';
const REPOSITORY = 'The repository';
const LIMITS = 'Limits and time';
const OPERATION = 'Operation and insight';

/** All settings, by the name of their field. This table is the only place where a setting is declared. */
export const settings = {
  listen: setting('listen', API, 'where the API listens', listenAddress, ':8080'),
  externalUrl: setting(
    'external-url',
    API,
    'how clients reach the service; links are built from it',
    externalUrl,
    'http://localhost:8080',
  ),
  apiVersion: setting('api-version', API, 'the prefix the API is exposed under', apiVersion, 'v1'),
  maxResults: setting('max-results', API, 'default and greatest size of a page', integer(1, 1_000_000), '20'),
  bodyLimit: setting('body-limit', API, 'the largest request body', byteSize, '1mb'),
  compress: setting('compress', API, 'compress answers that are worth it', boolean, 'false'),
  cors: setting('cors', API, 'allow cross-origin requests', boolean, 'false'),
  corsOrigin: setting('cors-origin', API, 'the origins they may come from', corsOrigins, '*'),

  repo: setting('repo', REPOSITORY, 'where payments are kept', oneOf('sqlite3', 'postgres'), 'sqlite3'),
  repoUri: setting(
    'repo-uri',
    REPOSITORY,
    'a file path for SQLite, a connection string for Postgres',
    text('uri', 'a file path or :memory: for SQLite, a postgres:// connection string for Postgres'),
    null,
    { defaultDoc: 'in memory; Postgres needs one', sensitive: true },
  ),
  repoMigrations: setting(
    'repo-migrations',
    REPOSITORY,
    'the folder with the migrations, one folder in it per database',
    path,
    null,
    { defaultDoc: "./schema, the service's own" },
  ),
  repoSchemaPayments: setting(
    'repo-schema-payments',
    REPOSITORY,
    'the table of the payments, optionally schema.table',
    tableName,
    'payments',
  ),
  repoPoolSize: setting(
    'repo-pool-size',
    REPOSITORY,
    'connections to Postgres, for each process',
    integer(1, 1000),
    '10',
  ),
  repoStatementTimeout: setting(
    'repo-statement-timeout',
    REPOSITORY,
    'seconds after which Postgres cancels a statement; less than timeout',
    seconds,
    null,
    { defaultDoc: '95 % of timeout' },
  ),

  timeout: setting('timeout', LIMITS, 'seconds for a whole request', seconds, null, {
    defaultDoc: '60, or what fits repo-statement-timeout and shutdown-timeout',
  }),
  shutdownTimeout: setting(
    'shutdown-timeout',
    LIMITS,
    'seconds for what is under way after SIGTERM; more than timeout',
    seconds,
    null,
    { defaultDoc: '30, or timeout + 5 where that is more' },
  ),
  limit: setting('limit', LIMITS, 'requests for each client address, such as 5-S', rateLimit, '', {
    defaultDoc: 'off',
  }),
  limitIpv6Prefix: setting(
    'limit-ipv6-prefix',
    LIMITS,
    'IPv6 clients are counted by the first bits of their addresses',
    integer(1, 128),
    '64',
  ),
  limitStore: setting('limit-store', LIMITS, 'where they are counted', limitStore, 'memory', { sensitive: true }),
  trustProxy: setting(
    'trust-proxy',
    LIMITS,
    'take the client address from X-Forwarded-For, as far as these proxies wrote it',
    trustProxy,
    'false',
  ),
  maxConcurrency: setting(
    'max-concurrency',
    LIMITS,
    'requests under way in a process before more are refused with 503',
    integer(1, 1_000_000),
    '1024',
  ),

  workers: setting('workers', OPERATION, 'how many processes', workers, 'auto', {
    defaultDoc: 'auto: one per core, and one where payments are in memory',
  }),
  admin: setting('admin', OPERATION, 'enable the admin endpoints', boolean, 'false'),
  metrics: setting('metrics', OPERATION, 'enable Prometheus metrics', boolean, 'false'),
  profiling: setting('profiling', OPERATION, 'enable the profiling endpoints', boolean, 'false'),
  adminListen: setting(
    'admin-listen',
    OPERATION,
    'move admin, metrics and profiling to a listener of their own',
    optional(listenAddress),
    '',
    { defaultDoc: 'off' },
  ),
  adminToken: setting('admin-token', OPERATION, 'a token that guards the same three', optional(token), '', {
    defaultDoc: 'off',
    sensitive: true,
  }),
  otel: setting('otel', OPERATION, 'send OpenTelemetry traces', boolean, 'false'),
  logLevel: setting('log-level', OPERATION, 'the least level logged', oneOf('error', 'warn', 'info', 'debug'), 'info'),
  replyCheck: setting('reply-check', OPERATION, 'share of replies held against the contract', share, '0.001'),
} as const;

/** Every setting, in the order of the help. */
export const allSettings: readonly Setting<unknown>[] = Object.values(settings);

/** The same table as convict's schema. Values stay text in it: convict's own coercion takes `5x` for 5. */
export const schema: Schema<Record<string, string | null>> = Object.fromEntries(
  allSettings.map(({ name, env, doc, format, default: fallback, sensitive }) => [
    name,
    {
      doc,
      format: (value: string) => void format.parse(value),
      default: fallback,
      nullable: true,
      env,
      arg: name,
      sensitive,
    },
  ]),
);

function setting<T>(
  name: string,
  group: string,
  doc: string,
  format: Format<T>,
  fallback: string | null,
  extra: { readonly defaultDoc?: string; readonly sensitive?: boolean } = {},
): Setting<T> {
  const { defaultDoc = null, sensitive = false } = extra;
  return { name, env: envName(name), group, doc, format, default: fallback, defaultDoc, sensitive };
}
