import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import type { ClientConfig } from 'pg';
import { RepoOpenError } from '../open-error.js';

const SSL_PARAMETERS = ['sslmode', 'sslrootcert', 'sslcert', 'sslkey', 'ssl', 'uselibpqcompat'] as const;

/**
 * Reads a connection string. `sslmode` means what libpq says it means, whatever the drivers below make of it (Slonik
 * knows three modes and refuses the others, pg takes `require` for `verify-full`):
 *
 * - absent or `disable`: no TLS
 * - `require`: TLS; the certificate is checked only against `sslrootcert`, where that is given
 * - `verify-ca`: the certificate must be signed by `sslrootcert`, or by an authority Node trusts
 * - `verify-full`: and must name the host
 * - `no-verify`: TLS with any certificate, even where `sslrootcert` is given (pg's own word)
 *
 * `allow` and `prefer` are refused: they fall back to plain text, so whoever can cut the line can read it.
 * `sslcert` and `sslkey` are the client's own certificate. All three files are read once, here.
 *
 * @param uri - `postgres://user:password@host:port/database?sslmode=…`
 * @throws RepoOpenError, which never repeats the connection string: it holds the password
 * @see https://www.postgresql.org/docs/current/libpq-ssl.html#LIBPQ-SSL-PROTECTION
 */
export function connectionConfig(uri: string): ClientConfig {
  const url = URL.canParse(uri) ? new URL(uri) : null;
  if (url === null || !['postgres:', 'postgresql:'].includes(url.protocol)) {
    throw new RepoOpenError(
      'the Postgres repository takes a connection string, postgres://user:password@host/database',
    );
  }
  const ssl = tlsOptions(url.searchParams);
  for (const name of SSL_PARAMETERS) {
    url.searchParams.delete(name);
  }
  return { connectionString: url.href, ssl };
}

function tlsOptions(parameters: URLSearchParams): ConnectionOptions | false {
  const mode = parameters.get('sslmode') ?? 'disable';
  const ca = pemFile(parameters, 'sslrootcert');
  const files = { ...ca, ...pemFile(parameters, 'sslcert'), ...pemFile(parameters, 'sslkey') };
  switch (mode) {
    case 'disable':
      return false;
    case 'no-verify':
      return { ...files, rejectUnauthorized: false };
    case 'require':
      return 'ca' in ca ? { ...files, checkServerIdentity: anyName } : { ...files, rejectUnauthorized: false };
    case 'verify-ca':
      return { ...files, checkServerIdentity: anyName };
    case 'verify-full':
      return files;
    default:
      throw new RepoOpenError(
        `sslmode=${mode} is not supported; it is one of disable, require, verify-ca, verify-full, no-verify`,
      );
  }
}

function anyName(): undefined {
  return undefined;
}

const TLS_OPTION = { sslrootcert: 'ca', sslcert: 'cert', sslkey: 'key' } as const;

function pemFile(parameters: URLSearchParams, name: keyof typeof TLS_OPTION): ConnectionOptions {
  const path = parameters.get(name);
  if (path === null) {
    return {};
  }
  try {
    return { [TLS_OPTION[name]]: readFileSync(path, 'utf8') };
  } catch (cause) {
    throw new RepoOpenError(`cannot read the file named by ${name} in the connection string: ${path}`, { cause });
  }
}
