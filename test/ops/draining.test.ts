import { expect } from 'chai';
import { paymentBody } from '../support/checked-service.js';
import { openConnection } from '../support/http.js';
import { type RunningService, startService } from '../support/service.js';
import { end, temporaryFolder, until } from './support.js';

const SHUTDOWN_SECONDS = 10;

describe('draining', () => {
  const folder = temporaryFolder();
  let service: RunningService | null = null;

  afterEach(() => end(service));
  after(() => folder.remove());

  async function start(database: string, ...flags: string[]): Promise<RunningService> {
    const shutdown = ['--shutdown-timeout', String(SHUTDOWN_SECONDS), '--timeout', '8'];
    service = await startService([...shutdown, '--repo-uri', database, ...flags]);
    return service;
  }

  /** The head of a create, and its body, which a slow client sends in parts. */
  function slowCreate(): { head: string; body: string } {
    const body = JSON.stringify(paymentBody());
    const head = `POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    return { head, body };
  }

  for (const workers of [1, 2]) {
    const processes = workers === 1 ? 'one process' : `${workers} workers`;

    it(`a slow request to ${processes} gets its response; open connections see /health down; idle ones end`, async function () {
      // A pause of a second, the grace period of idle connections, would close the connection before its request to
      // /health.
      this.retries(2);
      const { port, exited, kill, logged, log } = await start(folder.database(), '--workers', String(workers));
      const [slow, probe, idle] = await Promise.all([openConnection(port), openConnection(port), openConnection(port)]);
      const { head, body } = slowCreate();
      idle.write('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
      await idle.until('"up"');
      probe.write('GET /health HTTP/1.1\r\nHost: a\r\n\r\n');
      await probe.until('"up"');
      // The service has the head, and waits for the body.
      slow.write(head.replace('Host: a', 'Host: a\r\nExpect: 100-continue'));
      await slow.until('100 Continue');
      slow.write(body.slice(0, 10));

      const signalledMs = performance.now();
      kill('SIGTERM');
      await logged(({ message }) => message === 'draining');
      await until(
        async () => {
          if (!probe.text().includes('"down"') && !probe.socket.destroyed) {
            probe.write('GET /health HTTP/1.1\r\nHost: a\r\n\r\n');
            await Promise.race([probe.until('"down"'), new Promise((resolve) => setTimeout(resolve, 50))]);
          }
          return probe.text();
        },
        (text) => text.includes('"down"') || probe.socket.destroyed,
      );
      expect(probe.text()).to.include('HTTP/1.1 503 ').and.to.include('"down"');
      await idle.ended;
      expect(idle.text()).to.match(/^HTTP\/1\.1 200 [\s\S]*"up"}$/);

      slow.write(body.slice(10));
      await slow.ended;
      expect(slow.text())
        .to.include('HTTP/1.1 201 ')
        .and.to.match(/connection: close/i);
      const { code } = await exited;
      expect(code).to.equal(0);
      expect(performance.now() - signalledMs).to.be.below(SHUTDOWN_SECONDS * 1000);
      expect(log.filter(({ message, status }) => message === 'request' && status === 201)).to.have.length(1);
    });

    it(`idle connections alone delay ${processes} only by the grace period`, async () => {
      const { port, exited, kill } = await start(folder.database(), '--workers', String(workers));
      const idle = await Promise.all(Array.from({ length: 10 }, () => openConnection(port)));
      for (const connection of idle) connection.write('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
      await Promise.all(idle.map((connection) => connection.until('"up"')));
      const signalledMs = performance.now();
      kill('SIGTERM');
      expect((await exited).code).to.equal(0);
      expect(performance.now() - signalledMs).to.be.below(8000);
    });

    it(`a second signal ends ${processes} at once`, async () => {
      const { port, exited, kill, logged } = await start(folder.database(), '--workers', String(workers));
      const slow = await openConnection(port);
      slow.write(slowCreate().head.replace('Host: a', 'Host: a\r\nExpect: 100-continue'));
      await slow.until('100 Continue');
      kill('SIGTERM');
      await logged(({ message }) => message === 'draining');
      // Two signals that are closer together count as one.
      await new Promise((resolve) => setTimeout(resolve, 100));
      const secondMs = performance.now();
      kill('SIGTERM');
      expect((await exited).code).to.equal(143);
      expect(performance.now() - secondMs).to.be.below(8000);
      slow.close();
    });
  }

  it('a request that never arrives gets 408 at its timeout, before the shutdown ends', async () => {
    const times = ['--timeout', '1'];
    const { port, exited, kill } = await start(folder.database(), ...times);
    const slow = await openConnection(port);
    slow.write(slowCreate().head.replace('Host: a', 'Host: a\r\nExpect: 100-continue'));
    await slow.until('100 Continue');
    const signalledMs = performance.now();
    kill('SIGTERM');
    await slow.until('HTTP/1.1 408 ');
    await slow.until('request_timeout');
    expect((await exited).code).to.equal(0);
    expect(performance.now() - signalledMs).to.be.below(8000);
    slow.close();
  });
});
