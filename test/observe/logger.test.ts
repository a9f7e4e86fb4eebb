import { expect } from 'chai';
import { createLogger, type LoggerOptions } from '../../src/observe/logger.js';
import { quietly } from '../../src/observe/quietly.js';
import { createLinesSink } from './lines.js';

function logged(write: (logger: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const sink = createLinesSink();
  write(createLogger({ level: 'info', sink }));
  return sink.lines.map((line) => JSON.parse(line));
}

describe('logger', () => {
  it('writes level, message, timestamp and fields as one line of JSON', () => {
    const [line] = logged((logger) => logger.info('listening\non two lines', { port: 8080, hosts: ['a', 'b'] }));
    expect(line).to.include({ level: 'info', message: 'listening\non two lines', port: 8080 });
    expect(line?.hosts).to.deep.equal(['a', 'b']);
    expect(line?.timestamp).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('is silent below its level', () => {
    const lines = logged((logger) => {
      logger.debug('no');
      logger.warn('yes');
      logger.error('yes');
    });
    expect(lines.map(({ level }) => level)).to.deep.equal(['warn', 'error']);
  });

  it('does not let fields overwrite its own', () => {
    const [line] = logged((logger) => logger.info('real', { level: 'error', message: 'forged', timestamp: 'never' }));
    expect(line).to.include({ level: 'info', message: 'real' });
    expect(line?.timestamp).not.to.equal('never');
  });

  it('writes errors with code, stack and the chain of causes', () => {
    const driver = Object.assign(new Error('connection refused'), { code: 'ECONNREFUSED', port: 5432 });
    const error = new Error('the database is unreachable', { cause: driver });
    const [line] = logged((logger) => logger.error('request failed', { error }));
    expect(line).to.have.nested.property('error.message', 'the database is unreachable');
    expect(line).to.have.nested.property('error.stack').that.includes('logger.test.ts');
    expect(line).to.have.nested.property('error.cause.code', 'ECONNREFUSED');
    expect(line).to.have.nested.property('error.cause.stack').that.includes('logger.test.ts');
  });

  it('survives any value', () => {
    const circular: Record<string, unknown> = { name: 'loop' };
    circular.self = circular;
    const ownCause = new Error('loop');
    ownCause.cause = ownCause;
    const hostile = {
      get trap(): string {
        throw new Error('sprung');
      },
    };
    const lines = logged((logger) => {
      logger.info('circular', { circular });
      logger.info('own cause', { ownCause });
      logger.info('big', { amount: 12345678901234567890n, missing: undefined, call: () => 1 });
      logger.info('hostile', { hostile });
    });
    expect(lines.map(({ message }) => message)).to.deep.equal(['circular', 'own cause', 'big', 'hostile']);
    expect(lines[2]?.amount).to.equal('12345678901234567890');
  });

  const secrets: Record<string, unknown> = {
    'a connection string': { uri: 'postgres://payments:hunter2@db:5432/payments' },
    'a password with characters that should be escaped': { uri: 'postgres://payments:a/b#hunter2@db:5432/payments' },
    'a connection string without a user': { store: 'redis://:hunter2@cache:6379' },
    'libpq words': { uri: 'host=db user=payments password=hunter2 dbname=payments' },
    'an Authorization header': { headers: { Authorization: 'Bearer hunter2hunter2' } },
    'a scheme in text': { note: 'sent Basic hunter2hunter2== to the proxy' },
    'a member named so': { admin: { adminToken: 'hunter2', 'x-api-key': 'hunter2', cookie: 'hunter2' } },
    'a rejected command of Redis': {
      error: Object.assign(new Error('WRONGPASS'), { command: { name: 'auth', args: ['user', 'hunter2'] } }),
    },
    'a query': { url: '/admin/repo?token=hunter2&from=0' },
    'an error and its cause': {
      error: new Error('cannot reach postgres://u:hunter2@db/x', { cause: new Error('password=hunter2') }),
    },
  };
  for (const [name, facts] of Object.entries(secrets)) {
    it(`redacts ${name}`, () => {
      const sink = createLinesSink();
      createLogger({ level: 'info', sink }).info('secret', Object(facts));
      expect(sink.lines[0]).to.include('[redacted]').and.not.include('hunter2');
    });
  }

  it('redacts the message too, and keeps what is not secret', () => {
    const [line] = logged((logger) =>
      logger.info('using postgres://payments:hunter2@db:5432/payments', { path: '/a:b' }),
    );
    expect(line?.message).to.equal('using postgres://payments:[redacted]@db:5432/payments');
    expect(line?.path).to.equal('/a:b');
  });

  it('searches long hostile text in bounded time', () => {
    function shortestMs(chars: number): number {
      const runsMs = [1, 2, 3].map(() => {
        const before = process.cpuUsage();
        logged(({ info }) => info('long', { text: 'a-'.repeat(chars / 2), urls: 'a://b:'.repeat(chars / 6) }));
        // CPU time, which does not count while other processes have the core.
        return process.cpuUsage(before).user / 1000;
      });
      return Math.min(...runsMs);
    }
    // It takes four times as long, because the rest is cut off; if it were quadratic, it would take sixteen times as
    // long.
    expect(shortestMs(1_000_000)).to.be.below(9 * shortestMs(8192) + 50);
  });

  describe('in lines for people', () => {
    function printed(
      isTerminal: boolean,
      write: (logger: ReturnType<typeof createLogger>) => void,
      options: Pick<LoggerOptions, 'format' | 'isColoured'> = {},
    ) {
      const sink = { ...createLinesSink(), isTerminal };
      write(createLogger({ level: 'info', sink, ...options }));
      return sink.lines;
    }
    const timestamp = '\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z';

    it('is coloured on a terminal', () => {
      const [line] = printed(true, (logger) => logger.warn('listening', { port: 8080, hosts: ['a', 'b'] }));
      expect(line).to.match(
        new RegExp(`^${timestamp} \u001b\\[\\d+mwarn\u001b\\[39m listening port=8080 hosts=\\["a","b"\\]$`),
      );
    });

    for (const [where, isTerminal, options] of [
      ['in a pipe', false, { format: 'pretty' }],
      ['if they are turned off', true, { isColoured: false }],
    ] as const) {
      it(`has no colours ${where}`, () => {
        const [line] = printed(isTerminal, (logger) => logger.info('listening', { port: 8080 }), options);
        expect(line).to.match(new RegExp(`^${timestamp} info listening port=8080$`));
      });
    }

    it('shows the stack of an error on separate lines, redacted', () => {
      const error = Object.assign(new Error('password=hunter2'), { code: 'XX000' });
      const lines = printed(false, (logger) => logger.error('failed', { error }), { format: 'pretty' });
      expect(lines[0]).to.include('failed').and.include('XX000').and.include('[redacted]');
      expect(lines.slice(1).join('\n')).to.match(/^Error: password=\[redacted\]\n +at .*logger\.test\.ts/);
    });

    it('shows lines that were already JSON, and escapes control sequences', () => {
      const request = { level: 'info', message: 'request', timestamp: '2026-01-01T00:00:00.000Z', status: 200 };
      const [plain, hostile] = printed(true, (logger) => {
        logger.writeLine(JSON.stringify(request));
        logger.writeLine(JSON.stringify({ ...request, path: '/\u001b[2J\n\u009b' }));
      });
      expect(plain).to.match(/^2026-01-01T00:00:00\.000Z .*info.* request status=200$/);
      expect(hostile).to.include('path=/\\u001b[2J\\n\\u009b');
    });
  });

  it('reports the same problem at most once in ten seconds, with the number suppressed', () => {
    let nowMs = 0;
    const reported: [number, string][] = [];
    const report = quietly(
      (suppressed, what: string) => reported.push([suppressed, what]),
      () => nowMs,
    );
    for (nowMs = 0; nowMs < 25_000; nowMs += 1000) report(`at ${nowMs}`);
    expect(reported).to.deep.equal([
      [0, 'at 0'],
      [9, 'at 10000'],
      [9, 'at 20000'],
    ]);
  });
});
