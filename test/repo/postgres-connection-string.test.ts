import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseConnectionString, withEnvironment } from '../../src/store/postgres/connection/connection-string.js';
import { StoreOpenError } from '../../src/store/types.js';
import { CERTIFICATE, KEY } from './certificate.js';

/** @returns the error message for a connection string */
function failure(uri: string): string {
  try {
    parseConnectionString(uri);
  } catch (error) {
    expect(error).to.be.instanceOf(StoreOpenError);
    return error instanceof Error ? error.message : '';
  }
  return expect.fail(`${uri} was read`);
}

describe('Postgres: connection strings', () => {
  it('name the server, the database and the role', () => {
    const { hosts, config } = parseConnectionString('postgres://me:p%40ss@db.example:5433/main?application_name=x');
    expect(hosts).to.deep.equal([{ host: 'db.example', port: 5433 }]);
    expect(config).to.deep.equal({
      user: 'me',
      password: 'p@ss',
      database: 'main',
      application_name: 'x',
      options: undefined,
      connectionTimeoutMillis: undefined,
      ssl: false,
    });
    const parameters = parseConnectionString('postgres://db/?user=a+b&password=c+d%2B%26&options=-c%20x=1').config;
    expect(parameters).to.deep.include({ user: 'a+b', password: 'c+d+&', options: '-c x=1' });
    expect(parseConnectionString('postgresql://db').hosts).to.deep.equal([{ host: 'db', port: undefined }]);
    expect(parseConnectionString('postgres:///main').hosts).to.deep.equal([{ host: undefined, port: undefined }]);
  });

  it('name several hosts as in libpq', () => {
    const cases: [string, readonly [string, number | undefined][]][] = [
      [
        'postgres://u:p@a,b/db?target_session_attrs=read-write',
        [
          ['a', undefined],
          ['b', undefined],
        ],
      ],
      [
        'postgres://u:p@a:1,b:2/db',
        [
          ['a', 1],
          ['b', 2],
        ],
      ],
      [
        'postgres://u:p@/db?host=a,b&port=1,2',
        [
          ['a', 1],
          ['b', 2],
        ],
      ],
      [
        'postgres://u:p@/db?host=a,b&port=1',
        [
          ['a', 1],
          ['b', 1],
        ],
      ],
      [
        'postgres://u:p@[::1]:7,b/db',
        [
          ['::1', 7],
          ['b', undefined],
        ],
      ],
      ['postgres://u@/db?host=/var/run/postgresql', [['/var/run/postgresql', undefined]]],
      ['postgres://u@%2Fvar%2Frun/db', [['/var/run', undefined]]],
      [
        'postgres://u@%2Fvar%2Frun:5433,b/db',
        [
          ['/var/run', 5433],
          ['b', undefined],
        ],
      ],
    ];
    for (const [uri, hosts] of cases) {
      expect(parseConnectionString(uri).hosts, uri).to.deep.equal(hosts.map(([host, port]) => ({ host, port })));
    }
    expect(failure('postgres://u:p@/db?host=a,b,c&port=1,2')).to.include('3 hosts and 2 ports');
  });

  it('with a parameter that is unknown, misspelled or not supported are rejected by its name', () => {
    const cases = [
      ['sslmod=require', 'sslmod'],
      ['channel_binding=require', 'channel_binding'],
      ['target_session_attrs=standby', 'target_session_attrs'],
      ['sslmode=prefer', 'sslmode'],
      ['sslmode=verify', 'sslmode'],
      ['ssl=yes', 'ssl'],
      ['ssl=true&sslmode=disable', 'ssl and sslmode'],
      ['sslmode=require&sslmode=disable', 'sslmode twice'],
      ['connect_timeout=soon', 'connect_timeout'],
      ['client_encoding=latin1', 'client_encoding'],
      ['sslrootcert=/missing.pem', 'sslrootcert'],
    ] as const;
    for (const [query, name] of cases) {
      expect(failure(`postgres://u:secret@host/db?${query}`), query)
        .to.include(name)
        .and.not.include('secret');
    }
  });

  it('with a file that is no certificate, or a key of another certificate, are rejected by its name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'payments-'));
    try {
      const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
      for (const [name, text] of Object.entries({
        key: KEY,
        other,
        certificate: CERTIFICATE,
        text: 'no certificate',
      })) {
        await writeFile(join(folder, name), text);
      }
      const uri = (files: Record<string, string>) => {
        const named = Object.entries(files).map(([name, file]) => `${name}=${join(folder, file)}`);
        return `postgres://db/?sslmode=verify-full&${named.join('&')}`;
      };
      parseConnectionString(uri({ sslrootcert: 'certificate', sslcert: 'certificate', sslkey: 'key' }));
      expect(failure(uri({ sslrootcert: 'text' }))).to.include('named by sslrootcert');
      expect(failure(uri({ sslcert: 'text' }))).to.include('named by sslcert');
      expect(failure(uri({ sslkey: 'text' }))).to.include('named by sslkey');
      expect(failure(uri({ sslcert: 'certificate', sslkey: 'other' }))).to.include('named by sslkey');
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('with a password that is not encoded are rejected, without any part of it', () => {
    for (const password of [
      'sec@ret',
      'sec/ret',
      'sec#ret',
      'sec?ret',
      '12/34',
      '5432?x=y',
      'sec%ret',
      'a/b?sec=ret',
    ]) {
      const message = failure(`postgres://user:${password}@db.example/main`);
      expect(message, password).to.include('percent-encode');
      expect(message, password).not.to.match(/sec|ret|12|34|5432|x=y|user:[^p]|db\.example/);
    }
  });

  it('say how TLS is used, as in libpq', () => {
    const ssl = (query: string) => parseConnectionString(`postgres://u:p@host/db${query}`).config.ssl;
    expect(ssl('')).to.equal(false);
    expect(ssl('?sslmode=disable')).to.equal(false);
    expect(ssl('?ssl=false')).to.equal(false);
    expect(ssl('?ssl=true')).to.deep.equal({ rejectUnauthorized: false });
    expect(ssl('?sslmode=require')).to.deep.equal({ rejectUnauthorized: false });
    expect(ssl('?sslmode=no-verify')).to.deep.equal({ rejectUnauthorized: false });
    expect(ssl('?sslmode=verify-full')).to.deep.equal({});
    expect(ssl('?sslmode=verify-ca')).to.have.keys('checkServerIdentity');
  });

  it('use PGSSLMODE if they have no TLS parameters', () => {
    const environment = { PGSSLMODE: 'verify-full' };
    expect(withEnvironment('postgres://host/db', environment)).to.equal('postgres://host/db?sslmode=verify-full');
    expect(withEnvironment('postgres://host/db?port=1', environment)).to.equal(
      'postgres://host/db?port=1&sslmode=verify-full',
    );
    for (const said of ['postgres://host/db?sslmode=require', 'postgres://host/db?port=1&ssl=true']) {
      expect(withEnvironment(said, environment)).to.equal(said);
    }
    expect(withEnvironment('postgres://host/db', {})).to.equal('postgres://host/db');
  });
});
