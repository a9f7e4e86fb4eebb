import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { banner, describeConfig, reportOpenEndpoints } from '../../src/cli/serve.js';
import { contract } from '../../src/contract/contract.js';
import { shutdownPlan } from '../../src/process/shutdown.js';
import { type ConfigWorld, createConfigWorld } from './support.js';

const POSTGRES = ['--repo', 'postgres', '--repo-uri', 'postgres://user:hunter2@db.example/payments'];

describe('loadConfig', () => {
  let world: ConfigWorld;

  beforeEach(() => {
    world = createConfigWorld();
  });

  afterEach(() => {
    world.remove();
  });

  it('has the documented defaults', () => {
    expect(world.load([])).to.deep.equal({
      listen: { host: undefined, port: 8080 },
      externalUrl: 'http://localhost:8080',
      apiVersion: 'v1',
      maxResults: 20,
      bodyLimitBytes: 1_048_576,
      compress: false,
      cors: false,
      corsOrigins: '*',
      repo: 'sqlite3',
      repoUri: ':memory:',
      repoMigrations: join(world.packageRoot, 'schema'),
      repoTable: { schema: null, table: 'payments' },
      repoPoolSize: 10,
      repoReadUri: null,
      repoStatementTimeoutMs: 57_000,
      timeoutMs: 60_000,
      shutdownTimeoutMs: 65_000,
      limit: null,
      limitStore: 'memory',
      limitIpv6PrefixBits: 64,
      trustProxy: false,
      maxConcurrency: 1024,
      workers: 1,
      admin: false,
      metrics: false,
      profiling: false,
      console: false,
      adminListen: null,
      adminToken: null,
      otel: null,
      isLogColoured: true,
      logLevel: 'info',
      logFormat: 'auto',
      replyCheck: 0.001,
      configFile: null,
      fromFile: {},
    });
  });

  it('sends traces if the flag or the OTEL variables say so', () => {
    expect(world.load(['--otel']).otel).to.equal('http/protobuf');
    expect(world.load([], { OTEL_TRACES_EXPORTER: 'otlp' }).otel).to.equal('http/protobuf');
    expect(() => world.load(['--otel'], { OTEL_TRACES_EXPORTER: 'zipkin' })).to.throw('OTEL_TRACES_EXPORTER takes');
  });

  describe('repository', () => {
    for (const uri of ['', ':memory:', 'file::memory:', 'file::memory:?cache=shared', 'file:x?mode=memory']) {
      it(`takes ${JSON.stringify(uri)} for SQLite in memory`, () => {
        const config = world.load([`--repo-uri=${uri}`], {}, 8);
        expect(config).to.include({ repoUri: ':memory:', workers: 1 });
      });
    }

    it('resolves an SQLite file against the working directory', () => {
      const path = join(world.cwd, 'payments.db');
      for (const uri of ['payments.db', './payments.db', path, 'file:payments.db', `file://${path}`]) {
        expect(world.load(['--repo-uri', uri]).repoUri, uri).to.equal(path);
      }
    });

    it('rejects an SQLite file whose folder is missing, or that is a folder', () => {
      expect(world.rejection(['--repo-uri', 'no/where.db'])).to.match(
        /^repo-uri: takes .*no" cannot be: ENOENT \(from --repo-uri\)$/,
      );
      expect(world.rejection(['--repo-uri', '.'])).to.match(
        /^repo-uri: takes a file path, and .* is a folder \(from --repo-uri\)$/,
      );
      world.write('file', 'x');
      expect(world.rejection(['--repo-uri', 'file/x.db'])).to.match(
        /^repo-uri: .*: it is not a folder \(from --repo-uri\)$/,
      );
      expect(world.rejection(['--repo-uri', 'x'.repeat(256)])).to.match(
        /^repo-uri: .*: ENAMETOOLONG \(from --repo-uri\)$/,
      );
    });

    it('rejects a connection string for SQLite', () => {
      const strings = ['postgres://user:hunter2@h/d', 'file:x.db?mode=ro', 'redis://h', 'x.db ', 'x.db\n', ' '];
      for (const uri of strings) {
        const message = world.rejection(['--repo-uri', uri]);
        expect(message)
          .to.match(/^repo-uri: takes a file path without parameters or white space/)
          .and.not.contain('hunter2');
      }
      expect(world.rejection(['--repo-read-uri=postgres://db2/payments'])).to.match(
        /^repo-read-uri: takes a postgres:\/\/ connection string/,
      );
      expect(world.load(POSTGRES).repoUri).to.equal('postgres://user:hunter2@db.example/payments');
    });

    it("resolves a folder of migrations against the working directory, and requires the database's subfolder", () => {
      mkdirSync(join(world.cwd, 'own/sqlite3'), { recursive: true });
      expect(world.load(['--repo-migrations', './own']).repoMigrations).to.equal(join(world.cwd, 'own'));
      const message = world.rejection([...POSTGRES, '--repo-migrations', './own']);
      expect(message).to.match(
        /^repo-migrations: takes .*own\/postgres" cannot be: ENOENT \(from --repo-migrations\)$/,
      );
    });

    it('rejects a table name that SQLite reserves', () => {
      expect(world.rejection(['--repo-schema-payments', 'bank.payments'])).to.match(
        /^repo-schema-payments: takes .* sqlite3/,
      );
      const flags = ['--repo-schema-payments', 'sqlite_payments'];
      expect(world.rejection(flags)).to.match(/^repo-schema-payments: takes .* not "sqlite_payments"/);
      expect(world.load([...POSTGRES, ...flags]).repoTable.table).to.equal('sqlite_payments');
    });
  });

  describe('workers', () => {
    it('is one per core if the database is not in memory', () => {
      expect(world.load(['--repo-uri', 'payments.db'], {}, 8).workers).to.equal(8);
      expect(world.load(POSTGRES, {}, 3).workers).to.equal(3);
      expect(world.load([...POSTGRES, '--workers', '2'], {}, 8).workers).to.equal(2);
    });

    it('rejects several if the database is in memory, with the reason', () => {
      expect(world.load(['--workers', '1']).workers).to.equal(1);
      expect(world.rejection(['--workers', '2'])).to.equal(
        'workers: takes auto or 1 if the database is in memory, because each process would have its own data, ' +
          'not "2" (from --workers)',
      );
    });
  });

  describe('timeouts', () => {
    const SETTINGS = { s: 'repo-statement-timeout', r: 'timeout', d: 'shutdown-timeout' } as const;

    /** `r=5 d=9` as flags. */
    function flagsOf(text: string): string[] {
      const flags: string[] = [];
      for (const [, key, value = ''] of text.matchAll(/([srd])=(\d+)/g)) {
        const name = key === 's' ? SETTINGS.s : key === 'r' ? SETTINGS.r : SETTINGS.d;
        flags.push(`--${name}`, value);
      }
      return flags;
    }

    const fitting: readonly [set: string, statementMs: number, requestMs: number, shutdownMs: number][] = [
      ['', 57_000, 60_000, 65_000],
      ['r=5', 4750, 5000, 30_000],
      ['r=1', 950, 1000, 30_000],
      ['r=86400', 82_080_000, 86_400_000, 86_405_000],
      ['d=1', 712, 750, 1000],
      ['d=2', 1425, 1500, 2000],
      ['d=10', 8550, 9000, 10_000],
      ['d=61', 57_000, 60_000, 61_000],
      ['d=600', 57_000, 60_000, 600_000],
      ['s=5', 5000, 60_000, 65_000],
      ['s=90', 90_000, 95_000, 100_000],
      ['s=5 d=10', 5000, 9000, 10_000],
      ['s=4 r=5 d=6', 4000, 5000, 6000],
    ];
    for (const [set, repoStatementTimeoutMs, timeoutMs, shutdownTimeoutMs] of fitting) {
      it(`${set || 'none set'}: the others follow`, () => {
        const config = world.load(flagsOf(set));
        expect(config).to.include({ repoStatementTimeoutMs, timeoutMs, shutdownTimeoutMs });
      });
    }

    it('leave a request less time than a shutdown', () => {
      for (const seconds of [1, 2, 3, 4, 10, 30]) {
        const { timeoutMs } = world.load(['--shutdown-timeout', String(seconds)]);
        expect(timeoutMs).to.equal(shutdownPlan(seconds * 1000).deadlineMs);
      }
    });

    const contradicting: readonly [set: string, rejection: string][] = [
      [
        'r=5 s=6',
        'repo-statement-timeout: takes less than the 5 seconds of timeout, not "6" (from --repo-statement-timeout)',
      ],
      [
        'r=5 s=5',
        'repo-statement-timeout: takes less than the 5 seconds of timeout, not "5" (from --repo-statement-timeout)',
      ],
      ['r=5 d=4', 'shutdown-timeout: takes more than the 5 seconds of timeout, not "4" (from --shutdown-timeout)'],
      ['r=5 d=5', 'shutdown-timeout: takes more than the 5 seconds of timeout, not "5" (from --shutdown-timeout)'],
      [
        's=9 d=5',
        'repo-statement-timeout: takes less than the 4 seconds of timeout, not "9" (from --repo-statement-timeout)',
      ],
    ];
    for (const [set, rejection] of contradicting) {
      it(`${set}: rejected by name`, () => expect(world.rejection(flagsOf(set))).to.equal(rejection));
    }

    it('are compared with each other, whatever their sources', () => {
      world.write('config/slow.json', { timeout: 20 });
      expect(world.rejection(['--config', 'slow'], { PAYMENTS_SHUTDOWN_TIMEOUT: '10' })).to.equal(
        'shutdown-timeout: takes more than the 20 seconds of timeout, not "10" (from PAYMENTS_SHUTDOWN_TIMEOUT)',
      );
    });
  });

  it('rejects an admin listener on the address of the API', () => {
    expect(world.rejection(['--admin-listen', ':8080'])).to.match(/^admin-listen: takes another address than listen/);
    const config = world.load(['--listen', ':0', '--admin-listen', ':0']);
    expect(config.adminListen).to.deep.equal({ host: undefined, port: 0 });
  });

  describe('secrets', () => {
    it('are not in an error', () => {
      expect(world.rejection([], { PAYMENTS_ADMIN_TOKEN: 'hunter2\n' })).to.equal(
        'admin-token: takes printable ASCII characters without spaces, or nothing to turn it off, ' +
          'not what is given (from PAYMENTS_ADMIN_TOKEN)',
      );
      expect(world.rejection(['--limit-store', 'http://:hunter2@h'])).to.not.contain('hunter2');
      expect(world.rejection(['--external-url', 'http://user:hunter2@h'])).to.not.contain('hunter2');
    });

    it('are not in the description', () => {
      const config = world.load([
        ...POSTGRES,
        '--admin-token=hunter2',
        '--limit=5-S',
        '--limit-store=redis://:hunter2@cache.example',
        '--listen=[::1]:8080',
        '--admin-listen=:9090',
        '--repo-schema-payments=bank.payments',
      ]);
      expect(describeConfig(config)).to.equal(
        'listen [::1]:8080; external-url http://[::1]:8080; api-version v1; ' +
          'storage Postgres at postgres://user:***@db.example/payments; table bank.payments; workers 4; ' +
          'timeout 60 s; limit 5-S in redis://:***@cache.example; admin off, metrics off, profiling off; ' +
          'console off; ' +
          'admin-listen :9090; admin-token on; config file none',
      );
    });
  });

  it('describes a database in memory as such', () => {
    expect(describeConfig(world.load([]))).to.contain('storage SQLite in memory, lost when the process ends;');
  });

  it('is reported if the contract does not require the admin token of an endpoint that is on', () => {
    const warnings = (flags: readonly string[], security: (typeof contract.operations)[number]['security']) => {
      const operations = contract.operations.map((operation) => ({ ...operation, security }));
      const found: unknown[] = [];
      const warn = (message: string, fields?: object) => void found.push([message, fields]);
      reportOpenEndpoints(world.load(['--admin-token=t', ...flags]), { warn }, { ...contract, operations });
      return found;
    };
    const open = (...operations: string[]) => [
      ['the contract requires no admin-token for these operations', { operations }],
    ];
    expect(warnings(['--admin', '--metrics'], [{ operatorToken: [] }])).to.deep.equal([]);
    expect(warnings([], [])).to.deep.equal([]);
    expect(warnings(['--metrics'], [])).to.deep.equal(open('getMetrics'));
    expect(warnings(['--admin'], [{ operatorToken: [] }, {}])).to.deep.equal(open('getRepo', 'deleteRepo'));
  });

  describe('external-url', () => {
    for (const [listen, url] of [
      [':8080', 'http://localhost:8080'],
      [':9942', 'http://localhost:9942'],
      ['0.0.0.0:80', 'http://localhost:80'],
      ['[::]:80', 'http://localhost:80'],
      ['[::1]:8081', 'http://[::1]:8081'],
      ['api.example:8082', 'http://api.example:8082'],
      ['[fe80::1%eth0]:8083', 'http://[fe80::1]:8083'],
    ] as const) {
      it(`follows from listen ${listen}`, () => expect(world.load(['--listen', listen]).externalUrl).to.equal(url));
    }

    it('is the set value, whatever listen is', () => {
      const config = world.load(['--listen', ':9942', '--external-url', 'https://pay.example/api/']);
      expect(config.externalUrl).to.equal('https://pay.example/api');
    });
  });

  describe("operators' endpoints without a token", () => {
    const OPEN = ['--admin', '--profiling', '--console'];
    const LOOPBACK = { host: '127.0.0.1', port: 8080 };

    for (const flag of OPEN) {
      it(`${flag}: listens on loopback, unless an address is set`, () => {
        expect(world.load([flag]).listen).to.deep.equal(LOOPBACK);
        expect(world.load([flag]).externalUrl).to.equal('http://localhost:8080');
        const listen = ['127.0.0.1:80', '127.1.2.3:80', '[::1]:80', 'localhost:80'];
        for (const address of listen) world.load([flag, '--listen', address]);
      });

      it(`${flag}: is rejected on an address that other machines reach`, () => {
        const guard = 'guard admin, profiling and the console with --admin-token';
        for (const listen of [':8080', '0.0.0.0:8080', '[::]:8080', '10.0.0.1:8080', 'api.example:8080']) {
          expect(world.rejection([flag, '--listen', listen])).to.equal(
            `listen: takes a loopback address, not "${listen}" (from --listen): write 127.0.0.1:8080, ${guard}, ` +
              'or move them with --admin-listen 127.0.0.1:9090',
          );
        }
        expect(world.rejection([flag], { PAYMENTS_LISTEN: ':80' })).to.contain('(from PAYMENTS_LISTEN)');
        expect(world.rejection([flag, '--admin-listen', ':9090'])).to.equal(
          'admin-listen: takes a loopback address, not ":9090" (from --admin-listen): write 127.0.0.1:9090, ' +
            `or ${guard}`,
        );
      });

      it(`${flag}: takes any address with a token, and for the API if it has its own listener`, () => {
        const token = ['--admin-token', 'x'];
        expect(world.load([flag, ...token]).listen.host).to.equal(undefined);
        expect(world.load([flag, ...token, '--listen', '0.0.0.0:80']).listen.host).to.equal('0.0.0.0');
        expect(world.load([flag, ...token, '--admin-listen', ':90']).adminListen?.host).to.equal(undefined);
        expect(world.load([flag, '--admin-listen', 'localhost:90']).listen.host).to.equal(undefined);
      });
    }

    it('are checked in every source', () => {
      world.write('config/development.json', { admin: true });
      expect(world.load([], { NODE_ENV: 'development' }).listen).to.deep.equal(LOOPBACK);
      expect(world.load([], { PAYMENTS_CONSOLE: 'true' }).listen).to.deep.equal(LOOPBACK);
      expect(world.rejection(['--listen', ':8080'], { NODE_ENV: 'development' })).to.contain(
        'listen: takes a loopback',
      );
    });

    it('do not include metrics, which show no payments', () => {
      expect(world.load(['--metrics']).listen.host).to.equal(undefined);
      expect(world.load(['--metrics', '--admin-listen', ':9090']).adminListen?.port).to.equal(9090);
    });
  });

  it('shows the console in the banner, with its listener', () => {
    const bannerOf = (...flags: string[]) => banner('payments-api 1.2.3', world.load(flags), 8080).split('\n');
    expect(bannerOf('--console')).to.include('  Console  http://127.0.0.1:8080/console');
    expect(bannerOf('--console', '--admin-listen', 'localhost:9090')).to.include(
      '  Console  http://localhost:9090/console',
    );
    expect(bannerOf().join()).not.to.include('Console');
  });

  it('has a banner with the URLs, the storage, and how to stop', () => {
    const text = banner('payments-api 1.2.3', world.load([]), 8080);
    expect(text.split('\n')).to.include.members([
      '  payments-api 1.2.3',
      '  API      http://localhost:8080/v1',
      '  Docs     http://localhost:8080/docs/',
      '  Health   http://localhost:8080/health',
      '  Storage  SQLite in memory, lost when the process ends',
      '  Stop     Ctrl-C',
    ]);
  });
});
