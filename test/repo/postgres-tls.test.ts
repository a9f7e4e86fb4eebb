import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { StoreOpenError } from '../../src/store/types.js';
import { queryPostgres, startPostgres, type TestPostgres } from '../support/postgres.js';
import { CERTIFICATE, KEY } from './certificate.js';
import { createAll } from './conformance/subject.js';
import { openRows } from './postgres-subject.js';

describe('Postgres: TLS', () => {
  let server: TestPostgres;
  let folder: string;
  let certificateFile: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'payments-'));
    certificateFile = join(folder, 'root.pem');
    await writeFile(certificateFile, CERTIFICATE);
    server = await startPostgres();
    // The server itself writes them, because it must own its key.
    for (const [file, text] of [
      ['server.key', KEY],
      ['server.crt', CERTIFICATE],
    ] as const) {
      const lines = text.trim().split('\n').join("','");
      await queryPostgres(server.url, `COPY (SELECT unnest(ARRAY['${lines}'])) TO PROGRAM 'umask 077; cat > ${file}'`);
    }
    await queryPostgres(server.url, 'ALTER SYSTEM SET ssl = on');
    await queryPostgres(server.url, 'SELECT pg_reload_conf()');
    while ((await queryPostgres<{ ssl: string }>(server.url, 'SHOW ssl'))[0]?.ssl !== 'on');
  });
  after(async () => {
    await server.destroy();
    await rm(folder, { recursive: true });
  });

  async function outcome(host: string, parameters: Record<string, string>): Promise<string> {
    const url = new URL(await server.createDatabase());
    url.hostname = host;
    url.search = new URLSearchParams(parameters).toString();
    const options = { uri: url.href };
    try {
      const repo = await openRows({ ...options, startTimeoutMs: 0 });
      await createAll(repo, ['a']);
      const sessions = await queryPostgres<{ ssl: boolean }>(
        server.url,
        `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE application_name = 'payments-api'`,
      );
      await repo.close();
      return sessions.every(({ ssl }) => ssl) && sessions.length > 0 ? 'TLS' : 'plain';
    } catch (error) {
      return error instanceof StoreOpenError ? 'rejected' : String(error);
    }
  }

  const cases: [string, { readonly sslmode?: string; readonly root?: true }, string][] = [
    ['127.0.0.1', {}, 'plain'],
    ['127.0.0.1', { sslmode: 'disable' }, 'plain'],
    ['127.0.0.1', { sslmode: 'require' }, 'TLS'],
    ['127.0.0.1', { sslmode: 'require', root: true }, 'TLS'],
    ['127.0.0.1', { sslmode: 'no-verify' }, 'TLS'],
    ['127.0.0.1', { sslmode: 'verify-ca' }, 'rejected'],
    ['127.0.0.1', { sslmode: 'verify-ca', root: true }, 'TLS'],
    ['127.0.0.1', { sslmode: 'verify-full', root: true }, 'rejected'],
    ['localhost', { sslmode: 'verify-full' }, 'rejected'],
    ['localhost', { sslmode: 'verify-full', root: true }, 'TLS'],
  ];
  for (const [host, { sslmode, root }, expected] of cases) {
    it(`${host}, sslmode=${sslmode ?? ''}${root ? ' with a root certificate' : ''}: ${expected}`, async () => {
      const parameters = {
        ...(sslmode === undefined ? {} : { sslmode }),
        ...(root ? { sslrootcert: certificateFile } : {}),
      };
      expect(await outcome(host, parameters)).to.equal(expected);
    });
  }

  it('a Unix socket, sslmode=require: plain, as in libpq', async () => {
    const [found] = await queryPostgres<{ folder: string }>(
      server.url,
      `SELECT current_setting('unix_socket_directories') AS folder`,
    );
    const parameters = { sslmode: 'require', host: found?.folder ?? '', port: String(server.port) };
    expect(await outcome('127.0.0.1', parameters)).to.equal('plain');
  });
});
