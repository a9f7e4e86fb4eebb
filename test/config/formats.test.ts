import { expect } from 'chai';
import { type Setting, settings, settingsOf, tableSetting } from '../../src/config/settings.js';
import { product } from '../../src/payments/resource.js';

const allSettings = settingsOf(product);

interface Table {
  readonly setting: Setting<unknown>;
  readonly accepts: readonly (readonly [text: string, value: unknown])[];
  readonly rejects: readonly string[];
}

const sixtyThree = 'x'.repeat(63);

const tables: readonly Table[] = [
  {
    setting: settings.maxResults,
    accepts: [
      ['1', 1],
      ['020', 20],
      ['1000000', 1_000_000],
    ],
    rejects: [
      '',
      '0',
      '-1',
      '+1',
      '1e3',
      '0x10',
      ' 5',
      '5 ',
      '5.0',
      '5x',
      '1000001',
      '9007199254740993',
      '٣',
      'NaN',
      'true',
    ],
  },
  {
    setting: settings.timeout,
    accepts: [
      ['1', 1],
      ['86400', 86_400],
    ],
    rejects: ['', '0', '86401', '1.5', '60s', '1e3'],
  },
  {
    setting: settings.admin,
    accepts: [
      ['true', true],
      ['TRUE', true],
      ['1', true],
      ['false', false],
      ['False', false],
      ['0', false],
    ],
    rejects: ['', 'yes', 'on', '2', ' true', 'truee', 'null'],
  },
  {
    setting: settings.listen,
    accepts: [
      [':8080', { host: undefined, port: 8080 }],
      [':0', { host: undefined, port: 0 }],
      ['localhost:65535', { host: 'localhost', port: 65_535 }],
      ['0.0.0.0:80', { host: '0.0.0.0', port: 80 }],
      ['[::1]:8080', { host: '::1', port: 8080 }],
      ['api-1.example.com:1', { host: 'api-1.example.com', port: 1 }],
    ],
    rejects: [
      '',
      '8080',
      ':',
      'localhost',
      ':65536',
      ':-1',
      ':1e3',
      ': 80',
      '::1:8080',
      '[::g]:1',
      '[]:1',
      '999.1.1.1:80',
      'a b:1',
      'http://x:80',
      '*:80',
      'tcp://10.0.0.1:80',
    ],
  },
  {
    setting: settings.adminListen,
    accepts: [
      ['', null],
      ['127.0.0.1:9090', { host: '127.0.0.1', port: 9090 }],
    ],
    rejects: ['off', '9090'],
  },
  {
    setting: settings.limit,
    accepts: [
      ['', null],
      ['off', null],
      ['5-S', { max: 5, windowSeconds: 1, text: '5-S' }],
      ['5-s', { max: 5, windowSeconds: 1, text: '5-S' }],
      ['1000-M', { max: 1000, windowSeconds: 60, text: '1000-M' }],
      ['1-H', { max: 1, windowSeconds: 3600, text: '1-H' }],
      ['007-d', { max: 7, windowSeconds: 86_400, text: '7-D' }],
    ],
    rejects: [
      '5',
      '0-S',
      '-5-S',
      '5-X',
      '5S',
      '5-',
      '-S',
      '5-SS',
      '5 - S',
      ' 5-S',
      '1.5-S',
      '1e3-S',
      '5-S\n',
      '9999999999999999-S',
    ],
  },
  {
    setting: settings.limitStore,
    accepts: [
      ['memory', 'memory'],
      ['redis://localhost:6379/0', 'redis://localhost:6379/0'],
      ['rediss://:secret@cache.example/?family=6', 'rediss://:secret@cache.example/?family=6'],
    ],
    rejects: [
      ...['', 'Memory', 'redis', 'redis:', 'redis://', 'http://localhost', 'redis://ho st', 'redis://h:99999'],
      ...['redis://h/x', 'redis://h/-1', 'redis://h/1.5', 'redis://h/3/4', 'redis://h?db=x'],
    ],
  },
  {
    setting: settings.trustProxy,
    accepts: [
      ['true', true],
      ['FALSE', false],
      ['1', 1],
      ['2', 2],
      ['10.0.0.0/8', ['10.0.0.0/8']],
      ['10.0.0.1, 2001:db8::/32', ['10.0.0.1', '2001:db8::/32']],
    ],
    rejects: ['', 'yes', '-1', '1.5', '100', '10.0.0.0/33', '10.0.0.0/', '10.0.0/8', 'proxy.example', '10.0.0.1,'],
  },
  {
    setting: settings.externalUrl,
    accepts: [
      ['http://localhost:8080', 'http://localhost:8080'],
      ['https://api.example/', 'https://api.example'],
      ['https://api.example/payments-api//', 'https://api.example/payments-api'],
      ['HTTP://[::1]:8080/a%20b', 'HTTP://[::1]:8080/a%20b'],
    ],
    rejects: [
      '',
      'localhost:8080',
      '/v1',
      'ftp://x',
      'http:',
      'http://',
      'http:/x',
      'http://x?',
      'http://x?a=1',
      'http://x#',
      'http://x/#f',
      'http://user:pw@x',
      ' http://x',
      'http://x y',
      'http://x\n',
      'http://x:99999',
      'http://x/\u00e9',
      'http:\\\\x',
    ],
  },
  {
    setting: settings.apiVersion,
    accepts: [
      ['v1', 'v1'],
      ['2024-06-01', '2024-06-01'],
      ['v1.2_beta', 'v1.2_beta'],
    ],
    rejects: [
      '',
      'v1/x',
      '/v1',
      'v 1',
      '.',
      '..',
      'v1?',
      'v%31',
      '\u00e9',
      'admin',
      'health',
      'Metrics',
      'docs',
      'profiling',
      'openapi.json',
      'openapi.yml',
    ],
  },
  {
    setting: tableSetting('payments'),
    accepts: [
      ['payments', { schema: null, table: 'payments' }],
      ['bank.payments', { schema: 'bank', table: 'payments' }],
      ['we"ird; drop table', { schema: null, table: 'we"ird; drop table' }],
      [`${sixtyThree}.${'\u00e9'.repeat(31)}`, { schema: sixtyThree, table: '\u00e9'.repeat(31) }],
    ],
    rejects: ['', '.', 'a.', '.a', 'a.b.c', 'a\0b', `${sixtyThree}x`, '\u00e9'.repeat(32), '\ud800'],
  },
  {
    setting: settings.corsOrigins,
    accepts: [
      ['*', '*'],
      ['https://shop.example', ['https://shop.example']],
      ['https://Shop.example:443/, http://localhost:3000', ['https://shop.example', 'http://localhost:3000']],
    ],
    rejects: [
      '',
      'shop.example',
      '*,https://a.example',
      'https://a.example/path',
      'https://a.example,',
      'null',
      'https://u@a.example',
      'https://*.example?',
    ],
  },
  {
    setting: settings.trustProxy,
    accepts: [
      ['true', true],
      ['False', false],
      ['0', 0],
      ['2', 2],
      ['10.0.0.0/8', ['10.0.0.0/8']],
      ['10.0.0.1, 2001:db8::/32,::1', ['10.0.0.1', '2001:db8::/32', '::1']],
    ],
    rejects: ['', '-1', '100', 'proxy.example', '10.0.0.0/33', '2001:db8::/129', '10.0.0.0/8,', 'fe80::1%eth0', '1/8'],
  },
  {
    setting: settings.logFormat,
    accepts: [['pretty', 'pretty']],
    rejects: ['', 'JSON', 'text'],
  },
  {
    setting: settings.bodyLimitBytes,
    accepts: [
      ['1', 1],
      ['1048576', 1_048_576],
      ['100b', 100],
      ['512kb', 524_288],
      ['512KiB', 524_288],
      ['1mb', 1_048_576],
      ['1MiB', 1_048_576],
      ['256mb', 268_435_456],
    ],
    rejects: ['', '0', '0mb', '1gb', '1.5mb', '1 mb', 'mb', '-1', '1e3', '257mb', '268435457', '1k'],
  },
  {
    setting: settings.replyCheck,
    accepts: [
      ['0', 0],
      ['1', 1],
      ['1.0', 1],
      ['0.001', 0.001],
    ],
    rejects: ['', '1.1', '-0.1', '.5', '5%', '1e-3', 'NaN'],
  },
  {
    setting: settings.workers,
    accepts: [
      ['auto', 'auto'],
      ['1', 1],
      ['1024', 1024],
    ],
    rejects: ['', '0', '1025', 'Auto', '2.0'],
  },
  {
    setting: settings.repo,
    accepts: [
      ['sqlite3', 'sqlite3'],
      ['postgres', 'postgres'],
    ],
    rejects: ['', 'mysql', 'SQLITE3', 'sqlite'],
  },
  {
    setting: settings.logLevel,
    accepts: [
      ['error', 'error'],
      ['debug', 'debug'],
    ],
    rejects: ['', 'trace', 'INFO'],
  },
  {
    setting: settings.adminToken,
    accepts: [
      ['', null],
      ['s3cret-!', 's3cret-!'],
    ],
    rejects: ['a b', 'a\n', '\u00e9'],
  },
  { setting: settings.repoMigrations, accepts: [['./schema', './schema']], rejects: ['', 'a\0b'] },
  {
    setting: settings.repoUri,
    accepts: [
      ['', ''],
      ['./a b.db', './a b.db'],
    ],
    rejects: ['a\0b'],
  },
  {
    setting: settings.repoReadUri,
    accepts: [
      ['', null],
      ['postgres://a,b/c', 'postgres://a,b/c'],
    ],
    rejects: ['a\0b'],
  },
];

describe('formats of settings', () => {
  for (const { setting, accepts, rejects } of tables) {
    for (const [text, value] of accepts) {
      it(`${setting.name} accepts ${JSON.stringify(text)}`, () => {
        expect(setting.format.parse(text)).to.deep.equal(value);
      });
    }
    for (const text of rejects) {
      it(`${setting.name} rejects ${JSON.stringify(text)}`, () => {
        expect(setting.format.parse(text)).to.equal(undefined);
      });
    }
  }

  it('every default is valid in its own format', () => {
    for (const { name, format, default: fallback } of allSettings) {
      if (fallback !== null) expect(format.parse(fallback), name).not.to.equal(undefined);
    }
  });

  it('every kind of format has a table', () => {
    const tabled = new Set(tables.map(({ setting }) => setting.format.takes.replace(/\d+/g, '')));
    for (const { name, format } of allSettings) {
      expect(tabled.has(format.takes.replace(/\d+/g, '')), name).to.equal(true);
    }
  });
});
