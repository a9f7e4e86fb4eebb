import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { payments } from '../../src/payments/resource.js';
import { connectPostgres } from '../../src/store/postgres/open.js';
import { openRows, table } from '../repo/postgres-subject.js';
import { queryPostgres, sharedPostgres } from '../support/postgres.js';
import { MAIN, runProgram, startProgram } from '../support/program.js';
import { runCommand, temporaryFolder } from './support.js';

/** The default port may be in use on this machine. */
const LISTEN = ['--listen', '127.0.0.1:0'];

describe('check and migrate', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  for (const repo of ['sqlite3', 'postgres']) {
    it(`migrate and undo the tables of ${repo}`, async () => {
      const uri = repo === 'sqlite3' ? folder.path('a.db') : await (await sharedPostgres()).createDatabase();
      const flags = [...LISTEN, `--repo=${repo}`, '--repo-uri', uri];
      const lines = async (...argv: string[]) => {
        const { code, stdout, stderr } = await runCommand([...argv, ...flags]);
        expect(code, stderr).to.equal(0);
        return stdout;
      };
      if (repo === 'sqlite3') {
        expect(await lines('check')).to.match(/^ok {7}database {7}missing: it is created at start$/m);
        expect(existsSync(uri), 'a check changes nothing').to.equal(false);
      } else {
        expect(await lines('check')).to.match(
          /^ok {7}tables .*pending, applied at start: 0001_payments, 0002_changes\b.*$/m,
        );
      }
      expect(await lines('migrate', 'status')).to.match(/^0001_payments\tpending\n/);
      const names = (await lines('migrate', 'status'))
        .trimEnd()
        .split('\n')
        .map((line) => line.split('\t')[0]);
      expect(await lines('migrate', 'up')).to.equal(`applied ${names.join(', ')}\n`);
      expect(await lines('migrate', 'up')).to.equal('nothing to apply\n');
      expect(await lines('migrate', 'status')).to.match(/^0001_payments\t\d{4}-\d\d-\d\dT[\d:.]+Z\n/);
      const checked = await lines('check');
      expect(checked).to.match(
        /^ok {7}configuration .*\nok {7}port .*\nok {7}migrations .*\nok {7}database .*\nok {7}tables {9}up to date/,
      );
      for (const name of names.slice().reverse())
        expect(await lines('migrate', 'down', '--yes')).to.match(
          new RegExp(`^this reverts ${name}:\n(  .*\n)+reverted ${name}\n$`),
        );
      expect(await lines('migrate', 'down')).to.equal('nothing to revert\n');
    });
  }

  it('check exits with 2 if a setting must change, and names it', async () => {
    const { code, stdout } = await runCommand(['check', '--max-results', '0']);
    expect(stdout).to.match(/^failed {3}configuration {2}max-results: takes [^\n]*\n$/);
    expect(code).to.equal(2);
  });

  it("check knows on which addresses operators' endpoints may be without a token", async () => {
    const open = await runCommand(['check', '--console', '--listen', ':0']);
    expect(open.stdout).to.match(
      /^failed {3}configuration {2}listen: takes a loopback address, not ":0" .*--admin-token/,
    );
    expect(open.code).to.equal(2);
    // The default port may be in use.
    const { stdout } = await runCommand(['check', '--console']);
    expect(stdout).to.match(/^ok {7}configuration .*\n.* port {11}(port 8080|127\.0\.0\.1:8080) /);
  });

  it('check exits with 1 if the port is in use, and names the setting', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : null;
    const { code, stdout } = await runCommand(['check', '--listen', `127.0.0.1:${port}`]);
    server.close();
    expect(stdout).to.contain(`failed   port           port ${port} is in use: choose another with --listen\n`);
    expect(code).to.equal(1);
  });

  it('check exits with 2 for a file that is not a database', async () => {
    writeFileSync(folder.path('text.db'), 'certainly not a database, but long enough to be looked at'.repeat(20));
    const { code, stdout } = await runCommand(['check', ...LISTEN, '--repo-uri', folder.path('text.db')]);
    expect(stdout).to.match(/^failed {3}database .*SQLITE_NOTADB/m);
    expect(code).to.equal(2);
  });

  it('check exits with 2 if an applied migration was edited', async () => {
    const uri = await (await sharedPostgres()).createDatabase();
    const flags = [...LISTEN, '--repo=postgres', '--repo-uri', uri];
    expect((await runCommand(['migrate', 'up', ...flags])).code).to.equal(0);
    await queryPostgres(uri, `UPDATE payments_migrations SET checksum = 'another'`);
    const { code, stdout } = await runCommand(['check', ...flags]);
    expect(stdout).to.match(/^failed {3}database .*edited after it was applied$/m);
    expect(code).to.equal(2);
  });

  it('check exits with 2 for a wrong password, with 1 for an unreachable database, and shows neither', async () => {
    const url = new URL((await sharedPostgres()).url);
    url.password = 'mistaken';
    const rejected = await runCommand(['check', ...LISTEN, '--repo=postgres', '--repo-uri', url.href]);
    // A server that trusts local users asks for no password.
    if (rejected.code !== 0) {
      expect(rejected.stdout)
        .to.match(/^failed {3}database .*28P01/m)
        .and.not.contain('mistaken');
      expect(rejected.code).to.equal(2);
    }
    const away = await runCommand([
      'check',
      ...LISTEN,
      '--repo=postgres',
      '--repo-uri',
      'postgres://u:hidden@127.0.0.1:1/x',
    ]);
    expect(away.stdout)
      .to.match(/^failed {3}database .*ECONNREFUSED/m)
      .and.not.contain('hidden');
    expect(away.code).to.equal(1);
  });

  it('migrate down undoes nothing unless the user types yes; up and down reject a database in memory', async () => {
    const flags = ['--repo-uri', folder.path('kept.db')];
    expect((await runCommand(['migrate', 'up', ...flags])).code).to.equal(0);
    const before = await runCommand(['migrate', 'status', ...flags]);
    for (const reply of ['', 'no\n', 'y\n']) {
      const { code, stdout, stderr } = await runCommand(['migrate', 'down', ...flags], reply);
      expect([code, stdout.includes('  DROP TABLE')]).to.deep.equal([1, true]);
      expect(stderr).to.contain('nothing was changed: type yes, or give --yes');
    }
    expect(await runCommand(['migrate', 'status', ...flags])).to.deep.equal(before);
    expect((await runCommand(['migrate', 'down', ...flags], 'yes\n')).stdout).to.contain('reverted ');
    for (const direction of ['up', 'down']) {
      const { code, stderr } = await runCommand(['migrate', direction]);
      expect([code, stderr]).to.deep.equal([
        2,
        'payments-api: repo-uri: migrate takes a database that outlives this command, not one in memory\n',
      ]);
    }
  });

  describe('check finds, before a client does, that Postgres', () => {
    interface Case {
      /** Changes the database as a superuser; `role` is the service's. */
      readonly sql: string;
      readonly flags?: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      readonly search?: string;
      readonly code: number;
      readonly line: RegExp;
    }
    const name = 'check_role';
    const grant = `GRANT SELECT, INSERT, UPDATE ON payments, payments_changes, payments_log TO ${name};
      GRANT SELECT ON payments_migrations TO ${name}`;
    const drop = 'DROP TABLE payments, payments_changes, payments_log, payments_migrations';
    const cases: Readonly<Record<string, Case>> = {
      'can do everything': { sql: grant, code: 0, line: /^ok +tables +up to date, and can be written$/m },
      'is read-only': {
        sql: `${grant}; ALTER ROLE ${name} SET default_transaction_read_only = on`,
        code: 1,
        line: /^failed +database .*the server is read-only/m,
      },
      'gives too few rights': {
        sql: `${grant}; REVOKE UPDATE ON payments_log FROM ${name}`,
        code: 2,
        line: /^failed +tables .*no right to UPDATE "payments_log" \(42501\)$/m,
      },
      'has another table of the name': {
        sql: `DROP TABLE payments; CREATE TABLE payments (id text, name text); ${grant}`,
        code: 2,
        line: /^failed +tables .*"payments" has no column \w+ \(42703\)$/m,
      },
      'has another table of the name, and no migration yet': {
        sql: `${drop}; CREATE TABLE payments (id text); GRANT CREATE ON SCHEMA public TO ${name}`,
        code: 2,
        line: /^failed +tables +migration 0001_payments failed: relation "payments" already exists$/m,
      },
      'lets nobody create tables': {
        sql: drop,
        code: 2,
        line: /^failed +tables +cannot open .* permission denied for schema public \(42501\)$/m,
      },
      'gives too few rights for a pending migration': {
        sql: `${grant}; DELETE FROM payments_migrations WHERE number = 2`,
        code: 2,
        line: /^failed +tables .* permission denied for table payments_migrations \(42501\)$/m,
      },
      'has another table of the name of the history': {
        sql: `DROP TABLE payments_migrations; CREATE TABLE payments_migrations (id text); ${grant}`,
        code: 2,
        line: /^failed +database +cannot open .* column "number" does not exist \(42703\)$/m,
      },
      'has a newer schema': {
        sql: `${grant}; INSERT INTO payments_migrations VALUES (3, '0003_next', ''), (4, '0004_later', '')`,
        code: 2,
        line: /^failed +database .*0004_later, which this version does not know/m,
      },
      'has no connection left': {
        sql: `ALTER ROLE ${name} CONNECTION LIMIT 0`,
        code: 1,
        line: /^failed +database .*too many connections for role/m,
      },
      'has no TLS': {
        sql: grant,
        search: '?sslmode=require',
        code: 2,
        line: /^failed +database .*does not support SSL/m,
      },
      'has no TLS, which PGSSLMODE asks for': {
        sql: grant,
        env: { PGSSLMODE: 'verify-full' },
        code: 2,
        line: /^failed +database .*does not support SSL/m,
      },
      'is named with a parameter that does not exist': {
        sql: grant,
        search: '?sslmod=require',
        code: 2,
        line: /^failed +configuration .*repo-uri: .*unknown parameter: sslmod; it takes host, .*$/m,
      },
      'has a host list without one that takes writes': {
        sql: `ALTER ROLE ${name} SET default_transaction_read_only = on`,
        search: '?host=127.0.0.1,127.0.0.1&port=1,PORT&target_session_attrs=read-write',
        code: 1,
        line: /^failed +database .*the server is read-only/m,
      },
      'has only one connection for the service': {
        sql: grant,
        flags: ['--repo-pool-size', '1'],
        code: 2,
        line: /^failed +configuration +repo-pool-size: takes an integer from 2/m,
      },
    };
    for (const [what, { sql, flags = [], env, search = '', code, line }] of Object.entries(cases)) {
      it(what, async () => {
        const uri = await (await sharedPostgres()).createDatabase();
        await (await openRows({ uri })).close();
        await queryPostgres(uri, `CREATE ROLE ${name} LOGIN PASSWORD 'hunter2'; ${sql}`);
        try {
          const url = Object.assign(new URL(uri), { username: name, password: 'hunter2' });
          if (search.includes('host=')) url.host = '';
          const given = `${url.href}${search.replace('PORT', new URL(uri).port)}`;
          const argv = ['check', ...LISTEN, '--repo=postgres', '--repo-uri', given, ...flags];
          const checked = await (env ? runProgram(argv, { env }) : runCommand(argv));
          expect(checked.stdout).to.match(line).and.not.include('hunter2');
          expect(checked.stderr).to.not.include('hunter2');
          expect(checked.code).to.equal(code);
        } finally {
          await queryPostgres(uri, `DROP OWNED BY ${name}; DROP ROLE ${name}`);
        }
      });
    }

    it('has an encoding other than UTF-8', async () => {
      const uri = await (await sharedPostgres()).createDatabase();
      const latin = `${new URL(uri).pathname.slice(1)}_latin`;
      await queryPostgres(uri, `CREATE DATABASE ${latin} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
      const given = Object.assign(new URL(uri), { pathname: latin }).href;
      const { code, stdout } = await runCommand(['check', ...LISTEN, '--repo=postgres', '--repo-uri', given]);
      expect(stdout).to.match(/^failed +database .*the encoding LATIN1; it must be UTF8$/m);
      expect(code).to.equal(2);
      await queryPostgres(uri, `DROP DATABASE ${latin}`);
    });

    it('is being migrated by another process', async () => {
      const uri = await (await sharedPostgres()).createDatabase();
      const { transaction, close } = await connectPostgres({ repoUri: uri, repoTable: table }, [payments], 'schema');
      const { ended } = await transaction(null, async () => {
        const checking = startProgram(['check', ...LISTEN, '--repo=postgres', '--repo-uri', uri]);
        const asks = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database()
          AND (query IN ('BEGIN', 'ROLLBACK') OR query LIKE 'SELECT pg_try_advisory_xact_lock%')`;
        while ((await queryPostgres(uri, asks)).length === 0);
        return checking;
      });
      expect((await ended).code).to.equal(0);
      await close();
    });
  });

  for (const password of ['hun@ter2', 'hun/ter2', 'hun#ter2', 'hun?ter2', 'hun%ter2']) {
    it(`neither check nor serve shows any part of a password that is not encoded: ${password}`, async () => {
      const flags = ['--repo=postgres', '--repo-uri', `postgres://payments:${password}@127.0.0.1:1/main`];
      for (const command of ['check', 'serve']) {
        const { code, stdout, stderr } = await runCommand([command, ...LISTEN, ...flags]);
        expect(stdout + stderr)
          .to.match(/percent-encoded \(from --repo-uri\)/)
          .and.not.match(/hun|ter2/);
        expect(code).to.equal(2);
      }
    });
  }

  for (const flags of [[], ['--repo-uri='], ['--repo-uri=./payments.db'], ['--repo-uri=mysql://u:hunter2@h/d']]) {
    it(`check names repo-uri if it is no connection string: ${flags}`, async () => {
      const { code, stdout } = await runCommand(['check', ...LISTEN, '--repo=postgres', ...flags]);
      expect(stdout)
        .to.match(/ repo-uri: takes a connection string/)
        .and.not.contain('hunter2');
      expect(code).to.equal(2);
    });
  }

  it('check names repo-read-uri if it is no connection string', async () => {
    const flags = ['--repo=postgres', '--repo-uri=postgres://h/d', '--repo-read-uri=db2'];
    const { code, stdout } = await runCommand(['check', ...LISTEN, ...flags]);
    expect(stdout).to.match(/ repo-read-uri: takes a connection string/);
    expect(code).to.equal(2);
  });

  it('migrate status and down do not create a missing file', async () => {
    for (const direction of [['status'], ['down', '--yes']]) {
      const flags = ['--repo-uri', folder.path('missing.db')];
      expect(await runCommand(['migrate', ...direction, ...flags])).to.include({ code: 0, stderr: '' });
      expect(existsSync(folder.path('missing.db'))).to.equal(false);
    }
  });

  it('a command fails if its output is lost, but not if its reader has closed the pipe', async () => {
    const flags = ['--repo-uri', folder.path('lost.db')];
    await runCommand(['migrate', 'up', ...flags]);
    const postgres = ['--repo', 'postgres', '--repo-uri', await (await sharedPostgres()).createDatabase()];
    const status = ['migrate', 'status'];
    for (const argv of [['--help'], ['version'], ['openapi'], [...status, ...flags], [...status, ...postgres]]) {
      const shell = `exec ${[process.execPath, MAIN, ...argv].join(' ')}`;
      const { status, stderr } = spawnSync('sh', ['-c', `${shell} > /dev/full`], { encoding: 'utf8' });
      expect([status, stderr]).to.deep.equal([1, 'payments-api: ENOSPC: no space left on device, write\n']);
    }
    const { child, ended } = startProgram(['openapi']);
    child.stdout?.destroy();
    expect(await ended).to.include({ code: 0, stderr: '' });
  });

  it('migrate rejects a folder without migrations and an unknown direction', async () => {
    mkdirSync(folder.path('schema/sqlite3'), { recursive: true });
    const flags = ['--repo-uri', folder.path('b.db'), '--repo-migrations', folder.path('schema')];
    expect(await runCommand(['migrate', 'up', ...flags])).to.include({ code: 2, stdout: '' });
    const { code, stderr } = await runCommand(['migrate', 'sideways']);
    expect(stderr).to.equal('payments-api: migrate takes up, down or status\n');
    expect(code).to.equal(2);
  });
});
