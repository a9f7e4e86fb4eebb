import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type ConnectionOptions, createSecureContext } from 'node:tls';
import type { ClientConfig } from 'pg';
import { StoreOpenError } from '../../types.js';

/** A server that a connection string names. The driver's defaults (PGHOST, PGPORT) replace undefined values. */
export interface Host {
  readonly host: string | undefined;
  readonly port: number | undefined;
}

export interface ConnectionTarget {
  /** At least one, tried in this order. */
  readonly hosts: readonly Host[];
  readonly config: Omit<ClientConfig, 'host' | 'port' | 'connectionString'>;
  readonly accepts: 'writable' | 'read-only' | 'any';
}

/** The parts of `postgres://user:password@host:port,host:port/database?name=value&…`. */
const URI =
  /^postgres(?:ql)?:\/\/(?:(?<userInfo>[^@/?#]*)@)?(?<hosts>[^@/?#]*)(?:\/(?<database>[^@/?#]*))?(?:\?(?<query>[^#]*))?$/;
const HOST = /^(?:\[(?<v6>[0-9A-Fa-f:.%]+)\]|(?<name>[\w.%-]*))(?::(?<port>\d{1,5}))?$/;

/** The accepted query parameters. All others are rejected, so that a typing error is noticed. */
const PARAMETERS: ReadonlySet<string> = new Set([
  ...['host', 'port', 'user', 'password', 'dbname', 'application_name', 'options', 'connect_timeout'],
  ...['target_session_attrs', 'sslmode', 'ssl', 'sslrootcert', 'sslcert', 'sslkey', 'channel_binding'],
  'client_encoding',
]);

const ALLOWED_VALUES: Readonly<Record<string, readonly string[]>> = {
  channel_binding: ['disable', 'prefer'],
  client_encoding: ['utf8', 'UTF8', 'auto'],
  ssl: ['true', 'false', '1', '0'],
  sslmode: ['disable', 'require', 'verify-ca', 'verify-full', 'no-verify'],
};

/**
 * The values of `target_session_attrs`, and the servers they stand for. `prefer-standby` needs no second attempt with any
 * server: reads that no standby can serve go to the server for writes.
 */
const SERVERS: Readonly<Record<'write' | 'read', Readonly<Record<string, ConnectionTarget['accepts']>>>> = {
  write: { any: 'writable', 'read-write': 'writable', primary: 'writable' },
  read: { any: 'any', 'read-only': 'read-only', standby: 'read-only', 'prefer-standby': 'read-only' },
};

/**
 * Parses a connection string as libpq does. Several hosts, in the authority or as `?host=a,b&port=1,2`, are tried in
 * order until one is writable. `sslmode` has libpq's meaning, which differs from Slonik's (three modes) and pg's
 * (`require` means `verify-full`):
 *
 * - absent or `disable`: no TLS
 * - `require`, or `ssl=true`: TLS; the certificate is checked only if `sslrootcert` is given
 * - `verify-ca`: the certificate must be signed by `sslrootcert`, or by an authority Node trusts
 * - `verify-full`: the same, and it must name the host
 * - `no-verify`: TLS with any certificate, even with `sslrootcert` (pg's extension)
 *
 * `allow` and `prefer` are rejected: they fall back to plain text, so an attacker who interrupts the connection can
 * read it. Certificate files are read once, here.
 *
 * @param uri - `postgres://user:password@host:port/database?sslmode=…`
 * @param use - `write` needs a writable server; `read` accepts any
 * @throws StoreOpenError, which repeats only parameter names: the connection string holds the password
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
export function parseConnectionString(uri: string, use: keyof typeof SERVERS = 'write'): ConnectionTarget {
  const { userInfo = '', hosts = '', database = '', query = '' } = URI.exec(uri)?.groups ?? unreadable();
  if (query.includes('@')) unreadable();
  const parameters = readParameters(query);
  const servers = SERVERS[use];
  const session = parameters.get('target_session_attrs') ?? 'any';
  const accepts = servers[session];
  if (accepts === undefined) rejectValue('target_session_attrs', Object.keys(servers));
  const [user = '', ...password] = userInfo.split(':');
  const parameter = (name: string): string | undefined => parameters.get(name) || undefined;
  const connectTimeoutSeconds = Number(parameter('connect_timeout') ?? 0);
  if (!(connectTimeoutSeconds >= 0)) throw new StoreOpenError('connect_timeout in the connection string takes seconds');
  return {
    hosts: readHosts(parameter('host') ?? hosts, parameter('port')),
    accepts,
    config: {
      user: decoded(user) || parameter('user'),
      password: (password.length > 0 ? decoded(password.join(':')) : '') || parameter('password'),
      database: decoded(database) || parameter('dbname'),
      application_name: parameter('application_name'),
      options: parameter('options'),
      connectionTimeoutMillis: connectTimeoutSeconds > 0 ? connectTimeoutSeconds * 1000 : undefined,
      ssl: tlsOptions(parameters),
    },
  };
}

/** libpq reads `PGSSLMODE` from the environment; pg gives it another meaning. */
export function withEnvironment(uri: string, environment: Readonly<Record<string, string | undefined>>): string {
  const mode = environment.PGSSLMODE;
  if (!mode || /[?&]ssl(?:mode)?=/.test(uri)) return uri;
  return `${uri}${uri.includes('?') ? '&' : '?'}sslmode=${encodeURIComponent(mode)}`;
}

/** The parts cannot be told apart, so none is shown: each may belong to the password. */
function unreadable(): never {
  throw new StoreOpenError(
    'takes a connection string, postgres://user:password@host:port/database, if repo is postgres; in user and password ' +
      '@ : / ? # % must be percent-encoded',
  );
}

function rejectValue(name: string, allowed: readonly string[]): never {
  throw new StoreOpenError(`${name} in the connection string must be one of ${allowed.join(', ')}`);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return unreadable();
  }
}

function readParameters(query: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  // Not URLSearchParams: to libpq a plus sign is no space.
  for (const text of query.split('&').filter(Boolean)) {
    const [name = '', ...values] = text.split('=').map(decoded);
    const value = values.join('=');
    // A name that is not a word is more likely a part of the password.
    if (!/^\w+$/.test(name)) unreadable();
    if (!PARAMETERS.has(name)) {
      const known = [...PARAMETERS].join(', ');
      throw new StoreOpenError(`the connection string has an unknown parameter: ${name}; it takes ${known}`);
    }
    if (parameters.has(name)) throw new StoreOpenError(`the connection string has ${name} twice`);
    const allowed = ALLOWED_VALUES[name];
    if (allowed && !allowed.includes(value)) rejectValue(name, allowed);
    parameters.set(name, value);
  }
  return parameters;
}

function readHosts(list: string, portList: string | undefined): readonly Host[] {
  const ports = portList?.split(',').map(readPort) ?? [];
  const names = list.split(',');
  if (ports.length > 1 && ports.length !== names.length) {
    throw new StoreOpenError(`the connection string has ${names.length} hosts and ${ports.length} ports`);
  }
  return names.map((text, index) => {
    const defaultPort = ports[index] ?? ports[0];
    if (text.startsWith('/')) return { host: text, port: defaultPort };
    const { v6, name, port } = HOST.exec(text)?.groups ?? unreadable();
    // A folder (Unix socket) is percent-encoded.
    return { host: v6 ?? (decoded(name ?? '') || undefined), port: port === undefined ? defaultPort : readPort(port) };
  });
}

function readPort(text: string): number {
  const port = Number(text);
  return /^\d+$/.test(text) && port > 0 && port < 65_536 ? port : unreadable();
}

function tlsOptions(parameters: ReadonlyMap<string, string>): ConnectionOptions | false {
  const legacy = parameters.get('ssl');
  const isLegacyOn = legacy === 'true' || legacy === '1';
  const mode = parameters.get('sslmode') ?? (isLegacyOn ? 'require' : 'disable');
  if (legacy !== undefined && isLegacyOn === (mode === 'disable')) {
    throw new StoreOpenError('ssl and sslmode in the connection string contradict each other');
  }
  const files = readCertificates(parameters);
  if (mode === 'disable') return false;
  if (mode === 'verify-full') return files;
  const isChecked = mode === 'verify-ca' || (mode === 'require' && files.ca !== undefined);
  return { ...files, ...(isChecked ? { checkServerIdentity: () => undefined } : { rejectUnauthorized: false }) };
}

const TLS_OPTIONS = { sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' } as const;

function readCertificates(parameters: ReadonlyMap<string, string>) {
  const files: { ca?: string; cert?: string; key?: string } = {};
  for (const [name, option] of Object.entries(TLS_OPTIONS)) {
    const path = parameters.get(name);
    if (path === undefined) continue;
    try {
      files[option] = readFileSync(path, 'utf8');
      // Node ignores an authority that is no certificate.
      if (option !== 'key') new X509Certificate(files[option]);
      // A key must be that of the certificate.
      createSecureContext(files);
    } catch (cause) {
      throw new StoreOpenError(`cannot use the file named by ${name} in the connection string: ${path}`, { cause });
    }
  }
  return files;
}
