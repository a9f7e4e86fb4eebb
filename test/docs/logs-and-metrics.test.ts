import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import pg from 'pg';
import { talk } from '../support/http.js';
import { sharedPostgres } from '../support/postgres.js';
import { ROOT } from '../support/program.js';
import { type LogLine, type RunningService, startService } from '../support/service.js';
import { read } from './markdown.js';

const metricsPage = read('docs/metrics.md');
const logsPage = read('docs/logs.md');

/** All names in backticks in the first column of tables; a cell may have several. */
function names(markdown: string): readonly string[] {
  const cells = [...markdown.matchAll(/^\| (`[^|]+) \|/gm)].map(([, cell = '']) => cell);
  return cells.flatMap((cell) => [...cell.matchAll(/`([\w*]+)`/g)].map(([, name = '']) => name));
}

/** The names in the first column under a heading. */
function fields(heading: string): readonly string[] {
  return names(sectionOf(heading));
}

function sectionOf(heading: string): string {
  const [, section = ''] = logsPage.split(`### ${heading}\n`);
  return section.split(/^##/m)[0] ?? '';
}

const payment = {
  data: { type: 'Payment', id: 'p1', version: 0, organisation_id: 'o1', attributes: { amount: '1.50' } },
};

describe('docs/metrics.md and docs/logs.md', () => {
  let service: RunningService;
  let metrics: string;
  let log: readonly LogLine[];

  before(
    'run a service on Postgres, give it something to measure and to log, and stop it; run one on a file',
    async () => {
      const uri = await (await sharedPostgres()).createDatabase();
      const flags = ['--repo', 'postgres', '--repo-uri', uri, '--workers', '2', '--limit', '1000-S', '--metrics'];
      service = await startService([...flags, '--repo-pool-size', '2']);
      const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
      const headers = { 'Content-Type': 'application/json', traceparent };
      await fetch(`${service.url}/v1/payments`, { method: 'POST', headers, body: JSON.stringify(payment) });
      await fetch(`${service.url}/v1/payments/missing`);
      await leaveInTheMiddle(service.port);
      await talk(service.port, 'this is not HTTP\r\n\r\n');
      metrics = await (await fetch(`${service.url}/metrics`)).text();
      await refuseConnections(uri);
      expect((await fetch(`${service.url}/v1/payments/missing`)).status).to.equal(503);
      await service.stop();
      log = service.log;
      const folder = mkdtempSync(join(tmpdir(), 'payments-docs-'));
      const onFile = await startService(['--repo-uri', join(folder, 'payments.db'), '--metrics']);
      metrics += await (await fetch(`${onFile.url}/metrics`)).text();
      await onFile.stop();
      rmSync(folder, { recursive: true });
    },
  );

  it('lists exactly the metrics of a running service', () => {
    const exported = [...metrics.matchAll(/^# TYPE (\S+) /gm)].map(([, name = '']) => name);
    const listed = names(metricsPage);
    const patterns = listed.map((name) => new RegExp(`^${name.replaceAll('*', '\\w+')}$`));
    expect(exported.filter((name) => !patterns.some((pattern) => pattern.test(name)))).to.deep.equal([]);
    expect(listed.filter((_, at) => !exported.some((name) => patterns[at]?.test(name)))).to.deep.equal([]);
  });

  it('lists their labels', () => {
    for (const [, name = '', labels = ''] of metricsPage.matchAll(
      /^\| `(\w+)` \| (?:histogram|counter|gauge) \| ([\w, ]*)\|/gm,
    )) {
      const series = new RegExp(`^${name}(?:_count)?(?:\\{(.*)\\})? `, 'm').exec(metrics);
      // A counter that was never counted has no series.
      if (series === null) continue;
      const exported = [...(series[1] ?? '').matchAll(/(\w+)="/g)].map(([, label = '']) => label);
      expect(exported.sort(), name).to.deep.equal(
        labels
          .split(',')
          .map((label) => label.trim())
          .filter(Boolean)
          .sort(),
      );
    }
  });

  it('lists exactly the fields of the access log', () => {
    const requests = log.filter(({ message }) => message === 'request');
    const logged = new Set(requests.flatMap((line) => Object.keys(line)));
    expect([...logged].sort()).to.deep.equal([...fields('Every line'), ...fields('Access log')].sort());
  });

  it('lists every field of the other lines', () => {
    const inEvents = [...sectionOf('Events').matchAll(/`(\w+)`/g)].map(([, name = '']) => name);
    const known = [...fields('Every line'), ...fields('Access log'), ...inEvents];
    const others = log.filter(({ message }) => message !== 'request');
    expect(others.map(({ message }) => message)).to.include.members([
      'starting',
      'listening',
      'worker ready',
      'draining',
    ]);
    for (const line of others) expect(known).to.include.members(Object.keys(line));
  });

  it('lists every message that the code logs', () => {
    const files = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const code = files.map((name) => read(join('src', name))).join('\n');
    const messages = [...code.matchAll(/\blog(?:ger)?\.(?:error|warn|info)\(\s*'([^']+)'/g)].map(([, text]) => text);
    expect(messages).to.include('circuit breaker');
    for (const message of messages) expect(logsPage).to.include(`| \`${message}\` |`);
  });
});

/** A client that disconnects while it sends. */
async function leaveInTheMiddle(port: number): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  const lines = ['POST /v1/payments HTTP/1.1', 'Host: x', 'Content-Type: application/json', 'Expect: 100-continue'];
  socket.write(`${[...lines, 'Content-Length: 100'].join('\r\n')}\r\n\r\n`);
  // It asks for the body and waits for it.
  await once(socket, 'data');
  socket.destroy();
  await once(socket, 'close');
}

/** Makes the database unreachable: ends its connections and rejects new ones. */
async function refuseConnections(uri: string): Promise<void> {
  const url = new URL(uri);
  const name = url.pathname.slice(1);
  url.pathname = '/postgres';
  const client = new pg.Client(url.href);
  await client.connect();
  await client.query(`ALTER DATABASE "${name}" WITH ALLOW_CONNECTIONS false`);
  await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name]);
  await client.end();
}
