import { once } from 'node:events';
import net from 'node:net';
import { expect } from 'chai';
import { freshId, paymentBody } from '../support/checked-service.js';
import { freePort, openConnection } from '../support/http.js';
import { type RunningService, startService } from '../support/service.js';
import { end, temporaryFolder, until } from './support.js';

const CONNECTIONS = 30;

/** A create with a keep-alive connection. */
function createText(id: string): string {
  const body = JSON.stringify(paymentBody({ id }));
  return `POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

describe('connections at the moment of SIGTERM', () => {
  const folder = temporaryFolder();
  let service: RunningService | null = null;

  afterEach(() => end(service));
  after(() => folder.remove());

  async function start(workers: number, ...flags: string[]): Promise<RunningService> {
    service = await startService(['--workers', String(workers), '--repo-uri', folder.database(), ...flags]);
    const { log } = service;
    await until(
      async () => log.filter(({ message }) => message === 'worker ready').length,
      (ready) => workers === 1 || ready === workers,
    );
    return service;
  }

  for (const workers of [1, 2]) {
    const processes = workers === 1 ? 'one process' : `${workers} workers`;

    it(`${processes}: those that the kernel has established and the process has not accepted are served`, async () => {
      const { port, pid, kill, exited } = await start(workers);
      // A stopped process accepts nothing: the kernel does, and keeps the connections in a queue.
      process.kill(pid, 'SIGSTOP');
      const clients = await Promise.all(Array.from({ length: CONNECTIONS }, () => openConnection(port)));
      const ids = clients.map(() => freshId());
      for (const [index, client] of clients.entries()) client.write(createText(ids[index] ?? ''));
      kill('SIGTERM');
      process.kill(pid, 'SIGCONT');
      await Promise.all(clients.map((client) => client.ended));
      for (const [index, client] of clients.entries()) {
        expect(client.text()).to.match(/^HTTP\/1\.1 201 /);
        expect(client.text()).to.include(`"id":"${ids[index]}"`);
      }
      expect(await exited).to.deep.equal({ code: 0, signal: null, stderr: '' });
    });

    it(`${processes}: pipelined requests are executed up to the one whose response closes the connection`, async () => {
      const { port, kill, exited } = await start(workers);
      const clients = await Promise.all(Array.from({ length: 8 }, () => openConnection(port)));
      const sent = clients.map(() => Array.from({ length: 40 }, () => freshId()));
      for (const [index, client] of clients.entries()) {
        for (const id of sent[index] ?? []) client.write(createText(id));
      }
      await clients[0]?.until('HTTP/1.1 201 ');
      kill('SIGTERM');
      await Promise.all(clients.map((client) => client.ended));
      for (const [index, client] of clients.entries()) {
        const replies = client.text().split(/(?=HTTP\/1\.1 )/);
        const replied = replies.map((reply) => /^HTTP\/1\.1 201 [\s\S]*"id":"([^"]+)"/.exec(reply)?.[1]);
        expect(replied, 'in order, and without a gap').to.deep.equal(sent[index]?.slice(0, replies.length));
        // A response that announces the end is the last one; without that, every request has a response.
        const last = replies.findIndex((reply) => /connection: close/i.test(reply));
        expect(replies).to.have.length(last < 0 ? (sent[index]?.length ?? 0) : last + 1);
      }
      expect(await exited).to.deep.equal({ code: 0, signal: null, stderr: '' });
    });
  }

  it('slow uploads on many connections, half of them idle again, all end in order', async () => {
    const { port, kill, exited, logged } = await start(2);
    const clients = await Promise.all(Array.from({ length: 20 }, () => openConnection(port)));
    const halves = clients.map(() => {
      const text = createText(freshId());
      return [text.slice(0, -20), text.slice(-20)] as const;
    });
    for (const [index, client] of clients.entries()) {
      if (index % 2 === 0)
        client.write((halves[index]?.[0] ?? '').replace('Host: a', 'Host: a\r\nExpect: 100-continue'));
      else client.write('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
    }
    await Promise.all(clients.map((client, index) => client.until(index % 2 === 0 ? '100 Continue' : '"up"')));
    kill('SIGTERM');
    await logged(({ message }) => message === 'draining');
    // Idle connections end first, which proves that the others are waited for.
    await Promise.all(clients.filter((_, index) => index % 2 === 1).map((client) => client.ended));
    for (const [index, client] of clients.entries()) if (index % 2 === 0) client.write(halves[index]?.[1] ?? '');
    await Promise.all(clients.map((client) => client.ended));
    for (const [index, client] of clients.entries())
      if (index % 2 === 0) expect(client.text()).to.include('HTTP/1.1 201 ');
    expect((await exited).code).to.equal(0);
  });

  it('the port is free for a successor while the last requests are still in flight', async () => {
    const { port, kill, exited, logged } = await start(2, '--listen', `127.0.0.1:${await freePort()}`);
    const slow = await openConnection(port);
    slow.write(createText(freshId()).slice(0, -20).replace('Host: a', 'Host: a\r\nExpect: 100-continue'));
    await slow.until('100 Continue');
    kill('SIGTERM');
    await logged(({ message }) => message === 'draining');
    await until(
      async () => {
        const successor = net.createServer().listen(port, '127.0.0.1');
        const event = await Promise.race([
          once(successor, 'listening').then(() => 'listening'),
          once(successor, 'error').then(() => 'error'),
        ]);
        successor.close();
        return event;
      },
      (event) => event === 'listening',
    );
    expect(slow.socket.destroyed).to.equal(false);
    slow.close();
    await exited;
  });
});
