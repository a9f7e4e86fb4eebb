import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { bundle } from '../support/bundle.js';
import { freePort } from '../support/http.js';
import { inLanes } from '../support/lanes.js';
import { type ClientReport, FIXTURE, get, gone, keepPosting, Service } from './support.js';

const CLIENTS = 24;
/** Each round starts up to three processes: `npm run test:soak` runs fifty of each kind. */
const ROUNDS = process.env.SOAK ? 50 : 5;
/** Concurrent services: a round mostly waits for processes to start and for connections to close. */
const LANES = 5;

describe('processes', () => {
  let file: string;
  const services: Service[] = [];

  before(async () => {
    file = await bundle(FIXTURE);
  });
  afterEach(async () => {
    for (const service of services.splice(0)) await service.end();
  });

  function start(env: Record<string, string>): Service {
    const service = Service.start(file, env);
    services.push(service);
    return service;
  }

  /** Clients with requests in flight; each has got a response before. */
  async function startClients(
    port: number,
    count: number,
    control: { stop: boolean },
  ): Promise<Promise<ClientReport>[]> {
    const reports = Array.from({ length: count }, (): ClientReport => ({ replied: 0, errors: [] }));
    const clients = reports.map((report) => keepPosting(port, control, report));
    while (reports.some(({ replied }) => replied === 0)) await delay(10);
    return clients;
  }

  for (const workers of [0, 1, 2]) {
    const name = workers === 0 ? 'one process alone' : `a primary with ${workers} worker(s)`;

    it(`SIGTERM drops no request of ${CLIENTS} busy keep-alive connections, ${ROUNDS} times: ${name}`, async () => {
      await inLanes(ROUNDS, LANES, async () => {
        // Longer than a busy machine takes: at the end of this time connections are cut.
        const service = start({ FIXTURE_WORKERS: String(workers), FIXTURE_SHUTDOWN_MS: '60000' });
        const clients = await startClients(await service.port(), CLIENTS, { stop: false });
        service.child.kill('SIGTERM');
        const reports = await Promise.all(clients);
        expect(reports.flatMap(({ errors }) => errors)).to.deep.equal([]);
        expect(Math.min(...reports.map(({ replied }) => replied))).to.be.greaterThan(0);
        expect(await service.exited).to.deep.equal([0, null]);
      });
    });
  }

  for (const workers of [0, 1]) {
    const name = workers === 0 ? 'one process alone' : 'a primary with a worker';

    it(`SIGTERM: connections that the kernel has established get their responses, however many: ${name}`, async () => {
      const service = start({ FIXTURE_WORKERS: String(workers), FIXTURE_SHUTDOWN_MS: '60000' });
      const port = await service.port();
      service.child.kill('SIGSTOP');
      const connecting = Array.from({ length: 300 }, async () => {
        const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
        await once(socket, 'connect');
        socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
        return socket;
      });
      const sockets = await Promise.all(connecting);
      service.child.kill('SIGTERM');
      service.child.kill('SIGCONT');
      const texts = await Promise.all(sockets.map((socket) => socket.toArray()));
      expect(texts.filter((text) => !text.join('').startsWith('HTTP/1.1 200 '))).to.deep.equal([]);
      expect(await service.exited).to.deep.equal([0, null]);
    });
  }

  it('SIGINT to the whole process group, as from Ctrl-C, drains too', async () => {
    const service = start({ FIXTURE_WORKERS: '2' });
    const clients = await startClients(await service.port(), CLIENTS, { stop: false });
    process.kill(-service.pid, 'SIGINT');
    const reports = await Promise.all(clients);
    expect(reports.flatMap(({ errors }) => errors)).to.deep.equal([]);
    expect(await service.exited).to.deep.equal([0, null]);
  });

  it('completes a request in flight, and then closes an idle connection', async () => {
    const service = start({ FIXTURE_WORKERS: '1' });
    const port = await service.port();
    const idle = net.connect(port, '127.0.0.1').resume();
    await once(idle, 'connect');
    const ended = once(idle, 'end');
    const slow = get(port, '/slow');
    // Another response proves that the slow request, sent before, was accepted.
    await get(port, '/');
    await delay(50);
    service.child.kill('SIGTERM');
    expect(await slow).to.match(/^pid \d+$/);
    await ended;
    expect(await service.exited).to.deep.equal([0, null]);
  });

  it('a request that never ends is aborted within the shutdown timeout, and the exit code is 1', async () => {
    const service = start({ FIXTURE_WORKERS: '1', FIXTURE_SHUTDOWN_MS: '600' });
    const stuck = get(await service.port(), '/never').catch(() => 'cut');
    await service.saying('never');
    const beganMs = performance.now();
    service.child.kill('SIGTERM');
    expect(await stuck).to.equal('cut');
    expect(await service.exited).to.deep.equal([1, null]);
    // Far above the delays of a busy machine, and below the 10 s of a request.
    expect(performance.now() - beganMs).to.be.lessThan(9000);
  });

  for (const workers of [0, 2]) {
    it(`a second signal ends ${workers === 0 ? 'one process' : 'the workers too'} at once`, async () => {
      const service = start({ FIXTURE_WORKERS: String(workers), FIXTURE_SHUTDOWN_MS: '20000' });
      const port = await service.port();
      const pids = JSON.parse(await get(port, '/pids')) as number[];
      const stuck = get(port, '/never').catch(() => 'cut');
      await service.saying('never');
      service.child.kill('SIGTERM');
      while (!service.said.some(({ message }) => message === 'draining')) await delay(10);
      // Two signals that are closer together count as one.
      await delay(50);
      const beganMs = performance.now();
      service.child.kill('SIGTERM');
      expect(await service.exited).to.deep.equal([143, null]);
      expect(performance.now() - beganMs).to.be.lessThan(10_000);
      expect(await stuck).to.equal('cut');
      for (const pid of pids) await gone(pid);
    });
  }

  it('a worker killed under load is replaced, and connections are always accepted', async () => {
    const service = start({ FIXTURE_WORKERS: '2' });
    const port = await service.port();
    await service.saying('worker', 2);
    const before = JSON.parse(await get(port, '/pids')) as number[];
    expect(before).to.have.length(2);
    const control = { stop: false };
    const clients = await startClients(port, 8, control);
    process.kill(before[0] ?? 0, 'SIGKILL');
    // None of these is rejected or lost: the other worker or the new one responds.
    for (let count = 0; count < 50; count += 1) expect(await get(port, '/')).to.match(/^pid \d+$/);
    await service.saying('worker', 3);
    control.stop = true;
    const reports = await Promise.all(clients);
    // Only requests in flight at the killed process are lost, at most one a connection.
    expect(reports.flatMap(({ errors }) => errors).length).to.be.at.most(8);
    const after = JSON.parse(await get(port, '/pids')) as number[];
    expect(after).to.have.length(2);
    expect(after).to.include(before[1]).and.not.include(before[0]);
  });

  it('a connection goes to the worker that has the fewest', async () => {
    const service = start({ FIXTURE_WORKERS: '2' });
    const port = await service.port();
    await service.saying('worker', 2);

    /** Opens a connection, and returns the process that serves it. */
    async function open(): Promise<{ socket: net.Socket; pid: string }> {
      const socket = net.connect(port, '127.0.0.1');
      socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
      const [bytes] = (await once(socket, 'data')) as [Buffer];
      return { socket, pid: /pid (\d+)/.exec(bytes.toString())?.[1] ?? '' };
    }

    const eight = [];
    for (let count = 0; count < 8; count += 1) eight.push(await open());
    const freed = eight[0]?.pid ?? '';
    const closing = eight.filter(({ pid }) => pid === freed);
    expect(closing).to.have.length(4);
    for (const { socket } of closing) socket.end();
    await Promise.all(closing.map(({ socket }) => once(socket.resume(), 'close')));
    // The worker reports closed connections slightly later; then it has at most the connection of this request.
    while (JSON.parse(await get(port, '/connections'))[freed] > 1) await delay(10);
    const three = [];
    for (let count = 0; count < 3; count += 1) three.push(await open());
    expect(three.map(({ pid }) => pid)).to.deep.equal(Array(3).fill(freed));
    for (const { socket } of [...eight, ...three]) socket.destroy();
  });

  it('connections wait while the only worker is being replaced', async () => {
    const service = start({ FIXTURE_WORKERS: '1' });
    const port = await service.port();
    const [pid = 0] = JSON.parse(await get(port, '/pids')) as number[];
    process.kill(pid, 'SIGKILL');
    const replies = await Promise.all(Array.from({ length: 20 }, () => get(port, '/')));
    expect(new Set(replies).size).to.equal(1);
    expect(replies[0])
      .to.match(/^pid \d+$/)
      .and.not.equal(`pid ${pid}`);
  });

  it('connections sent to a worker that is killed go to its replacement', async () => {
    const service = start({ FIXTURE_WORKERS: '1' });
    const port = await service.port();
    const [pid = 0] = JSON.parse(await get(port, '/pids')) as number[];
    // A stopped process receives no connections from the primary.
    process.kill(pid, 'SIGSTOP');
    const replies = Promise.all(Array.from({ length: 20 }, () => get(port, '/')));
    await delay(100);
    process.kill(pid, 'SIGKILL');
    for (const reply of await replies)
      expect(reply)
        .to.match(/^pid \d+$/)
        .and.not.equal(`pid ${pid}`);
  });

  it('kill -9 of the primary: the workers end, and the port is free at once', async () => {
    const service = start({ FIXTURE_WORKERS: '2', FIXTURE_PORT: String(await freePort()) });
    const port = await service.port();
    await service.saying('worker', 2);
    const pids = JSON.parse(await get(port, '/pids')) as number[];
    const control = { stop: false };
    const clients = await startClients(port, 4, control);
    const beganMs = performance.now();
    service.child.kill('SIGKILL');
    await service.exited;
    // No client connects to the next server.
    control.stop = true;
    const server = net.createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    server.close();
    await Promise.all(pids.map(gone));
    expect(performance.now() - beganMs).to.be.lessThan(10_000);
    // The workers finished their requests.
    expect((await Promise.all(clients)).flatMap(({ errors }) => errors)).to.deep.equal([]);
  });

  it('a crash loop backs off, each delay twice the last', async () => {
    const service = start({ FIXTURE_WORKERS: '1', FIXTURE_MODE: 'crash' });
    await service.saying('fork', 5);
    const waits = service.said.flatMap((said) => (said.event === 'log' ? [said.delay_ms] : []));
    expect(waits.slice(0, 4)).to.deep.equal([100, 200, 400, 800]);
    const forks = service.said.filter(({ event }) => event === 'fork').map(({ atMs }) => Number(atMs));
    expect(Number(forks[4]) - Number(forks[0])).to.be.greaterThan(1500);
  });

  it('a worker that finds the configuration invalid ends the primary with the same code', async () => {
    const service = start({ FIXTURE_WORKERS: '2', FIXTURE_MODE: 'bad-config' });
    expect(await service.exited).to.deep.equal([2, null]);
  });

  for (const [mode, cause] of [
    ['fork-throws', 'ENOMEM'],
    ['fork-emits', 'ENOENT'],
  ] as const) {
    it(`a worker that cannot be started ends the primary with the cause, and other workers with it: ${mode}`, async () => {
      const service = start({ FIXTURE_WORKERS: '2', FIXTURE_MODE: mode, FIXTURE_FAILING_FORK: '2' });
      expect(await service.exited).to.deep.equal([1, null]);
      expect((await service.saying('failed')).error).to.contain(cause);
      await gone(Number((await service.saying('fork')).worker));
    });

    it(`a replacement that cannot be started is reported and tried again: ${mode}`, async () => {
      const service = start({ FIXTURE_WORKERS: '1', FIXTURE_MODE: mode, FIXTURE_FAILING_FORK: '2' });
      const port = await service.port();
      process.kill(Number((await service.saying('fork')).worker), 'SIGKILL');
      expect(await get(port, '/')).to.match(/^pid \d+$/);
      const reports = service.said.filter(({ message }) => message === 'worker died and is replaced');
      expect(reports).to.have.lengthOf(2);
      expect(reports[1]?.error).to.contain(cause);
    });
  }

  it('a connection sent to a worker that is killed while draining goes to a new one', async () => {
    const service = start({ FIXTURE_WORKERS: '1', FIXTURE_SHUTDOWN_MS: '60000' });
    const port = await service.port();
    const [pid = 0] = JSON.parse(await get(port, '/pids')) as number[];
    // A stopped process receives no connections from the primary.
    process.kill(pid, 'SIGSTOP');
    const socket = net.connect(port, '127.0.0.1').setEncoding('utf8');
    await once(socket, 'connect');
    socket.write('GET / HTTP/1.1\r\nHost: test\r\n\r\n');
    service.child.kill('SIGTERM');
    while (!service.said.some(({ message }) => message === 'draining')) await delay(10);
    process.kill(pid, 'SIGKILL');
    let reply = '';
    for await (const text of socket) reply += text;
    expect(reply).to.match(/^HTTP\/1\.1 200 .*pid \d+$/s);
    expect(await service.exited).to.deep.equal([1, null]);
  });

  it('a port in use ends the primary with an error, and its workers with it', async () => {
    const first = start({ FIXTURE_WORKERS: '1' });
    const second = start({ FIXTURE_WORKERS: '1', FIXTURE_PORT: String(await first.port()) });
    expect(await second.exited).to.deep.equal([1, null]);
    expect((await second.saying('failed')).error).to.contain('EADDRINUSE');
    await gone(Number((await second.saying('fork')).worker));
  });
});
