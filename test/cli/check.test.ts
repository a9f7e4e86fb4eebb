import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { expect } from 'chai';
import { queryPostgres, sharedPostgres } from '../support/postgres.js';
import { runCommand, temporaryFolder } from './support.js';

/** The default port may be in use on this machine. */
const LISTEN = ['--listen', '127.0.0.1:0'];

describe('check and migrate', () => {
  const folder = temporaryFolder();
  after(() => folder.remove());

  for (const repo of ['sqlite3', 'postgres']) {
    it(`follow the tables of ${repo} up and down`, async () => {
      const uri = repo === 'sqlite3' ? folder.path('a.db') : await (await sharedPostgres()).createDatabase();
      const flags = [...LISTEN, `--repo=${repo}`, '--repo-uri', uri];
      const lines = async (...argv: string[]) => {
        const { code, stdout, stderr } = await runCommand([...argv, ...flags]);
        expect(code, stderr).to.equal(0);
        return stdout;
      };
      if (repo === 'sqlite3') {
        expect(await lines('check')).to.match(/^ok {7}database {7}not there yet: made at the start$/m);
        expect(existsSync(uri), 'a check changes nothing').to.equal(false);
      } else {
        expect(await lines('check')).to.match(
          /^ok {7}tables .*0001_payments, 0002_changes\b.* will be applied at the start$/m,
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
          new RegExp(`^this takes back ${name}:\n(  .*\n)+took back ${name}\n$`),
        );
      expect(await lines('migrate', 'down')).to.equal('nothing to take back\n');
    });
  }

  it('check answers 2 where a setting must change, and names it', async () => {
    const { code, stdout } = await runCommand(['check', '--max-results', '0']);
    expect(stdout).to.match(/^failed {3}configuration {2}max-results: takes [^\n]*\n$/);
    expect(code).to.equal(2);
  });

  it("check knows where operators' endpoints without a token may be", async () => {
    const open = await runCommand(['check', '--console', '--listen', ':0']);
    expect(open.stdout).to.match(/^failed {3}configuration {2}listen: takes a loopback address, .*--admin-token/);
    expect(open.code).to.equal(2);
    // The default port may be in use.
    const { stdout } = await runCommand(['check', '--console']);
    expect(stdout).to.match(/^ok {7}configuration .*\n.* port {11}(listen: )?127\.0\.0\.1:8080 /);
  });

  it('check responds 1 if the port is in use, and names the setting', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const listen = `127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
    const { code, stdout } = await runCommand(['check', '--listen', listen]);
    server.close();
    expect(stdout).to.contain(`failed   port           listen: ${listen} cannot be used (EADDRINUSE)\n`);
    expect(code).to.equal(1);
  });

  it('check answers 2 for a file that is no database', async () => {
    writeFileSync(folder.path('text.db'), 'certainly not a database, but long enough to be looked at'.repeat(20));
    const { code, stdout } = await runCommand(['check', ...LISTEN, '--repo-uri', folder.path('text.db')]);
    expect(stdout).to.match(/^failed {3}database .*SQLITE_NOTADB/m);
    expect(code).to.equal(2);
  });

  it('check answers 2 where a migration was edited after it was applied', async () => {
    const uri = await (await sharedPostgres()).createDatabase();
    const flags = [...LISTEN, '--repo=postgres', '--repo-uri', uri];
    expect((await runCommand(['migrate', 'up', ...flags])).code).to.equal(0);
    await queryPostgres(uri, `UPDATE payments_migrations SET checksum = 'another'`);
    const { code, stdout } = await runCommand(['check', ...flags]);
    expect(stdout).to.match(/^failed {3}database .*edited after it was applied$/m);
    expect(code).to.equal(2);
  });

  it('check answers 2 for a wrong password, and 1 for a database that is away, without showing either', async () => {
    const url = new URL((await sharedPostgres()).url);
    url.password = 'mistaken';
    const refused = await runCommand(['check', ...LISTEN, '--repo=postgres', '--repo-uri', url.href]);
    // A server that trusts its local users asks for no password.
    if (refused.code !== 0) {
      expect(refused.stdout)
        .to.match(/^failed {3}database .*28P01/m)
        .and.not.contain('mistaken');
      expect(refused.code).to.equal(2);
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

  it('migrate down takes nothing back unless somebody types yes; neither up nor down takes a database in memory', async () => {
    const flags = ['--repo-uri', folder.path('kept.db')];
    expect((await runCommand(['migrate', 'up', ...flags])).code).to.equal(0);
    const before = await runCommand(['migrate', 'status', ...flags]);
    for (const answer of ['', 'no\n', 'y\n']) {
      const { code, stdout, stderr } = await runCommand(['migrate', 'down', ...flags], answer);
      expect([code, stdout.includes('  DROP TABLE')]).to.deep.equal([1, true]);
      expect(stderr).to.contain('nothing was changed: type yes, or give --yes');
    }
    expect(await runCommand(['migrate', 'status', ...flags])).to.deep.equal(before);
    expect((await runCommand(['migrate', 'down', ...flags], 'yes\n')).stdout).to.contain('took back ');
    for (const direction of ['up', 'down']) {
      const { code, stderr } = await runCommand(['migrate', direction]);
      expect([code, stderr]).to.deep.equal([
        2,
        'payments-api: repo-uri: migrate takes a database that outlives this command, not one in memory\n',
      ]);
    }
  });

  it('migrate refuses a folder without migrations and a direction it does not know', async () => {
    mkdirSync(folder.path('schema/sqlite3'), { recursive: true });
    const flags = ['--repo-uri', folder.path('b.db'), '--repo-migrations', folder.path('schema')];
    expect(await runCommand(['migrate', 'up', ...flags])).to.include({ code: 2, stdout: '' });
    const { code, stderr } = await runCommand(['migrate', 'sideways']);
    expect(stderr).to.equal('payments-api: migrate takes up, down or status\n');
    expect(code).to.equal(2);
  });
});
