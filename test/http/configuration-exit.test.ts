import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { defaultText, environmentName, settingsOf } from '../../src/config/settings.js';
import { product } from '../../src/payments/resource.js';
import { startChecked } from '../support/checked-service.js';
import { type Ended, runProgram } from '../support/program.js';
import { startService } from '../support/service.js';

describe('starting the program', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'payments-configuration-'));
  });
  after(() => rm(folder, { recursive: true }));

  /** A single line on standard error, and nothing else. */
  function expectOneLine(ended: Ended, code: number): string {
    expect(ended.code, ended.stderr).to.equal(code);
    expect(ended.stderr).to.match(/^payments-api: [^\n]+\n$/);
    expect(ended.stderr).to.not.match(/\bat .+:\d+:\d+/);
    return ended.stderr;
  }

  describe('with unusable settings: exit code 2 and one line that names the setting', () => {
    const CASES: readonly [named: string, argv: readonly string[], env?: Readonly<Record<string, string>>][] = [
      ['--nonsense', ['--nonsense']],
      ['max-results', ['--max-results', '1e3']],
      ['PAYMENTS_MAX_RESULTS', [], { PAYMENTS_MAX_RESULTS: 'many' }],
      ['--admin-token', ['--admin', '--listen', '0.0.0.0:0']],
      ['--admin-listen', ['--listen', '0.0.0.0:0'], { NODE_ENV: 'development' }],
      ['repo-uri', ['--repo-uri', '/no/such/folder/payments.db']],
      ['repo-migrations', ['--repo-migrations', '/no/such/folder']],
      ['config', ['--config', '/no/such/file.json']],
      ['up, down or status', ['migrate', 'sideways']],
      ['serve', ['serv']],
    ];
    for (const [named, argv, env = {}] of CASES) {
      it(`${argv.join(' ')}${JSON.stringify(env).slice(1, -1)}`, async () => {
        expect(expectOneLine(await runProgram(argv, { env }), 2)).to.contain(named);
      });
    }

    it('a configuration file that is not JSON, or has unknown keys or bad values', async () => {
      for (const [text, named] of [
        ['{', 'settings.json'],
        ['{"max-result": 5}', 'max-result'],
      ] as const) {
        const file = join(folder, 'settings.json');
        await writeFile(file, text);
        expect(expectOneLine(await runProgram(['--config', file]), 2), text).to.contain(named);
      }
    });

    it('a table that is the change log of another one', async () => {
      const uri = join(folder, 'payments.db');
      expect((await runProgram(['migrate', 'up', '--repo-uri', uri])).code).to.equal(0);
      const ended = await runProgram(['--repo-uri', uri, '--repo-schema-payments', 'payments_changes']);
      expect(expectOneLine(ended, 2)).to.contain('"payments_changes" already exists');
    });

    it('no secret is shown', async () => {
      const uri = 'postgres://user:hunter2@127.0.0.1:99999/payments';
      expect(expectOneLine(await runProgram(['--repo', 'postgres', '--repo-uri', uri]), 2)).to.not.contain('hunter2');
    });
  });

  describe('in an unsuitable environment: exit code 1', () => {
    it('a port in use', async () => {
      const blocker = net.createServer().listen(0, '127.0.0.1');
      await once(blocker, 'listening');
      const { port } = blocker.address() as AddressInfo;
      for (const workers of ['1', '2']) {
        const ended = await runProgram([
          ...['--listen', `127.0.0.1:${port}`, '--workers', workers],
          ...['--repo-uri', join(folder, 'in-use.db')],
        ]);
        expect(expectOneLine(ended, 1), workers).to.contain(`port ${port} is in use`).and.contain('--listen');
        // Earlier log lines are not lost.
        expect(ended.stdout, workers).to.contain('"starting"');
        expect(existsSync(join(folder, 'in-use.db')), 'the database was migrated').to.equal(false);
        const second = ['--listen', '127.0.0.1:0', '--admin-listen', `127.0.0.1:${port}`, '--workers', workers];
        expect(expectOneLine(await runProgram([...second, '--repo-uri', join(folder, 'in-use.db')]), 1)).to.equal(
          `payments-api: port ${port} is in use: choose another with --admin-listen\n`,
        );
      }
      blocker.close();
    });

    it('an address that this machine does not have', async () => {
      for (const listen of ['192.0.2.1:8080', '192.0.2.1:0']) {
        expect(expectOneLine(await runProgram(['--listen', listen]), 1)).to.equal(
          `payments-api: ${listen} cannot be used (EADDRNOTAVAIL): choose another with --listen\n`,
        );
      }
    });
  });

  it('--help lists every setting with its variable and its default', async () => {
    for (const flag of ['--help', '-help']) {
      const { code, stdout, stderr } = await runProgram([flag]);
      expect([code, stderr]).to.deep.equal([0, '']);
      const text = stdout.replaceAll(/\s+/g, ' ');
      for (const setting of settingsOf(product)) {
        const { name, doc } = setting;
        expect(text)
          .to.contain(`--${name}`)
          .and.contain(`${doc} (default: ${defaultText(setting)}`);
        expect(text).to.contain(environmentName(product, name));
      }
    }
  });

  it('--version prints the version of the package', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    for (const flag of ['--version', '-version', '-v', 'version']) {
      expect(await runProgram([flag])).to.deep.equal({ code: 0, stdout: `${version}\n`, stderr: '' });
    }
  });

  it('openapi prints the contract', async () => {
    const { code, stdout } = await runProgram(['openapi', '--api-version', 'v3']);
    expect(code).to.equal(0);
    expect(stdout).to.contain('openapi: 3.0.3').and.contain('/v3/payments/{id}:');
  });

  for (const [name, flags] of [
    ['in the earlier service’s style', ['-admin', '-metrics=true', '-max-results', '3', '-api-version=v2']],
    ['with two dashes', ['--admin=true', '--metrics', '--max-results=3', '--api-version', 'v2']],
  ] as const) {
    it(`takes flags ${name}`, async () => {
      const api = await startChecked([...flags]);
      expect((await api.get('/admin/repo')).status).to.equal(200);
      expect((await api.get('/metrics')).status).to.equal(200);
      expect((await api.get('/v2/payments')).status).to.equal(200);
      await api.stop();
    });
  }

  it('takes flags over the environment over a file over the defaults', async () => {
    const file = join(folder, 'levels.json');
    await writeFile(file, JSON.stringify({ admin: true, metrics: true, 'api-version': 'file' }));
    const env = { PAYMENTS_CONFIG: file, PAYMENTS_METRICS: 'false', PAYMENTS_API_VERSION: 'environment' };
    const service = await startService(['--api-version', 'flag'], env);
    const statusOf = async (path: string) => (await fetch(`${service.url}${path}`)).status;
    expect(await statusOf('/flag/payments')).to.equal(200);
    expect(await statusOf('/environment/payments')).to.equal(404);
    expect(await statusOf('/metrics')).to.equal(404);
    expect(await statusOf('/admin/repo')).to.equal(200);
    expect((await service.stop()).code).to.equal(0);
  });

  it('logs variables that name no setting, except those that Kubernetes sets for a service named payments', async () => {
    const links = {
      PAYMENTS_SERVICE_HOST: '10.0.0.1',
      PAYMENTS_SERVICE_PORT_HTTP: '80',
      PAYMENTS_PORT_80_TCP: 'tcp://a',
    };
    const service = await startService([], { ...links, PAYMENTS_MAX_RESULT: '3', PAYMENTS_CONFIG: '' });
    const { variables } = await service.logged(({ message }) => message.includes('name no setting'));
    expect(variables).to.deep.equal(['PAYMENTS_MAX_RESULT']);
    expect((await service.stop()).code).to.equal(0);
  });

  it('logs where it listens and what it uses, and no secret', async () => {
    const service = await startService(['--admin-token', 'hunter2-hunter2', '--admin']);
    expect(await readFile(`/proc/${service.pid}/cmdline`, 'utf8')).to.match(/^payments-api\0*$/);
    const starting = await service.logged(({ message }) => message === 'starting');
    expect(starting.settings).to.be.a('string').that.contains('SQLite in memory').and.contains('admin on');
    const listening = await service.logged(({ message }) => message === 'listening');
    expect(listening).to.include({ address: service.url, port: service.port, workers: 1, repo: 'sqlite3' });
    expect((await service.stop()).code).to.equal(0);
    expect(JSON.stringify(service.log)).to.not.contain('hunter2');
  });
});
