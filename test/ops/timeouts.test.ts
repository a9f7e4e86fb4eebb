import { expect } from 'chai';
import pg from 'pg';
import { paymentBody } from '../support/checked-service.js';
import { createClient, type HttpClient, talk } from '../support/http.js';
import { sharedPostgres } from '../support/postgres.js';
import { runProgram } from '../support/program.js';
import { type RunningService, startService } from '../support/service.js';
import { end, until } from './support.js';

const POST = 'POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';

describe('timeouts', () => {
  describe('of slow senders', () => {
    let service: RunningService;

    before(async () => {
      service = await startService(['--timeout', '1']);
    });
    after(() => end(service));

    const cases: readonly [name: string, bytes: string][] = [
      ['a head', 'GET /v1/payments HTTP/1.1\r\nHo'],
      ['a body', `${POST}Content-Length: 10\r\n\r\n{`],
      ['a chunked body', `${POST}Transfer-Encoding: chunked\r\n\r\n3\r\n{"d\r\n`],
    ];
    for (const [name, bytes] of cases) {
      it(`${name} that does not arrive is ended with 408`, async () => {
        const beganMs = performance.now();
        const text = await talk(service.port, bytes);
        expect(text)
          .to.match(/^HTTP\/1\.1 408 /)
          .and.to.match(/\r\nconnection: close\r\n/i);
        expect(text).to.include('"code":"request_timeout"');
        expect(text.match(/HTTP\/1\.1 /g)).to.have.length(1);
        expect(performance.now() - beganMs).to.be.within(900, 8000);
      });
    }

    it('the log names the stage of a request that timed out', async () => {
      const line = await service.logged(({ status, method }) => status === 408 && method === 'POST');
      expect(line).to.include({ error_code: 'request_timeout', stage: 'receiving', route: '/v1/payments' });
      const unread = await service.logged(({ status, method }) => status === 408 && method === '-');
      expect(unread).to.include({ message: 'request', stage: 'receiving', route: 'unmatched' });
    });
  });

  describe('with a locked database', () => {
    const TIMEOUT_SECONDS = 2;
    let service: RunningService;
    let client: HttpClient;
    let locker: pg.Client;
    let observer: pg.Client;
    let url: string;

    before(async () => {
      url = await (await sharedPostgres()).createDatabase();
      const flags = ['--repo', 'postgres', '--repo-uri', url, '--timeout', String(TIMEOUT_SECONDS), '--metrics'];
      service = await startService(flags);
      client = createClient(service.port);
      locker = new pg.Client(url);
      await locker.connect();
      // Within a transaction pg_stat_activity would be cached.
      observer = new pg.Client(url);
      await observer.connect();
    });
    after(async () => {
      client.close();
      await locker.end();
      await observer.end();
      await end(service);
    });

    /** The number of the service's sessions that work or wait for a lock. */
    async function atWork(): Promise<number> {
      const { rows } = await observer.query<{ count: string }>(
        `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
         AND backend_type = 'client backend' AND state = 'active'`,
      );
      return Number(rows[0]?.count);
    }

    it('a request gets 503 in time, its statement is cancelled, and queued calls are abandoned', async () => {
      const payment = paymentBody();
      expect((await client.post('/v1/payments', payment)).status).to.equal(201);
      await locker.query('BEGIN');
      await locker.query('LOCK TABLE payments IN ACCESS EXCLUSIVE MODE');

      const beganMs = performance.now();
      const change = { data: { ...payment.data, version: 0 } };
      const first = client.put(`/v1/payments/${payment.data.id}`, change);
      await until(atWork, (count) => count > 0);
      // Later requests enter the same blocked queue.
      const later = Array.from({ length: 8 }, () => client.post('/v1/payments', paymentBody()));
      const replies = await Promise.all([first, ...later]);
      const tookMs = performance.now() - beganMs;

      for (const { status, headers } of replies) {
        expect(status).to.equal(503);
        expect(headers['retry-after']).to.match(/^\d+$/);
      }
      const codes = replies.map((reply) => reply.json().code);
      for (const code of codes)
        expect(code).to.be.oneOf(['deadline_exceeded', 'outcome_unknown', 'repository_unavailable']);
      expect(tookMs).to.be.within(TIMEOUT_SECONDS * 900, TIMEOUT_SECONDS * 1000 + 5000);
      expect(await until(atWork, (count) => count === 0), 'statements still waiting for the lock').to.equal(0);

      await locker.query('ROLLBACK');
      const read = await until(
        () => client.get(`/v1/payments/${payment.data.id}`),
        ({ status }) => status === 200,
      );
      expect(read.json<{ data: { version: number } }>().data.version).to.equal(0);
      const { rows } = await locker.query<{ count: string }>('SELECT count(*) FROM payments');
      expect(rows[0]?.count, 'none of them happened later').to.equal('1');
    });
  });

  describe('of contradicting settings', () => {
    const cases: readonly [name: string, flags: string[], named: RegExp][] = [
      [
        'a statement longer than its request',
        ['--timeout', '5', '--repo-statement-timeout', '6'],
        /repo-statement-timeout: takes less than the 5 seconds of timeout/,
      ],
      [
        'a request longer than a shutdown',
        ['--timeout', '5', '--shutdown-timeout', '4'],
        /shutdown-timeout: takes more than the 5 seconds of timeout/,
      ],
      ['a request of no time', ['--timeout', '0'], /timeout/],
      ['a shutdown of no time', ['--shutdown-timeout', '0'], /shutdown-timeout/],
    ];
    for (const [name, flags, named] of cases) {
      it(`${name} ends the start with code 2, by name`, async () => {
        const { code, stdout, stderr } = await runProgram(['--listen', '127.0.0.1:0', ...flags]);
        expect(code).to.equal(2);
        expect(stderr).to.match(named);
        expect(stderr.trim().split('\n')).to.have.length(1);
        expect(stdout).to.equal('');
      });
    }

    it('either alone is enough: the other follows', async () => {
      for (const alone of [
        ['--timeout', '90'],
        ['--shutdown-timeout', '2'],
      ]) {
        const service = await startService(alone);
        expect((await service.stop()).code, alone.join(' ')).to.equal(0);
      }
    });
  });
});
