import { once } from 'node:events';
import net from 'node:net';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import { gone } from '../process/support.js';
import { freePort, openConnection } from '../support/http.js';
import { startPostgres, type TestPostgres } from '../support/postgres.js';
import { runProgram, startProgram } from '../support/program.js';
import { type LogLine, type RunningService, startService } from '../support/service.js';
import { keepCreating, newReport } from './busy-client.js';
import { end, temporaryFolder, until } from './support.js';

const WAITING = 'the database does not respond yet: still trying';

describe('stopping at a bad moment', () => {
  const folder = temporaryFolder();
  let service: RunningService | null = null;

  afterEach(async () => {
    await end(service);
    service = null;
  });
  after(() => folder.remove());

  /** The ready workers, from the log. */
  async function workerPids({ log }: RunningService, count: number): Promise<number[]> {
    const ready = () => log.filter(({ message }) => message === 'worker ready');
    await until(
      async () => ready().length,
      (now) => now >= count,
    );
    return ready().map(({ worker_pid }) => Number(worker_pid));
  }

  describe('while it starts', () => {
    /** Sends a signal when a line is logged. @returns its exit and its lines */
    async function signalAt(first: string, signal: NodeJS.Signals, flags: readonly string[]) {
      const { child, ended } = startProgram(['--listen', '127.0.0.1:0', ...flags]);
      const lines: LogLine[] = [];
      let isSent = false;
      createInterface({ input: child.stdout }).on('line', (text) => {
        const line: LogLine = JSON.parse(text);
        lines.push(line);
        if (line.message === first && !isSent) isSent = child.kill(signal);
      });
      const { code, stderr } = await ended;
      return { code, stderr, messages: lines.map(({ message }) => message) };
    }

    it('SIGTERM ends it with 0, before and after a worker is ready', async () => {
      const moments: readonly [line: string, workers: string][] = [
        ['starting', '1'],
        ['starting', '2'],
        ['worker ready', '2'],
        ['listening', '1'],
        ['listening', '2'],
      ];
      for (const [line, workers] of moments) {
        const flags = ['--workers', workers, '--repo-uri', folder.database()];
        const { code, stderr } = await signalAt(line, 'SIGTERM', flags);
        expect({ code, stderr }, `${line}, ${workers}`).to.deep.equal({ code: 0, stderr: '' });
      }
    });

    it('so does SIGHUP', async () => {
      for (const workers of ['1', '2']) {
        const flags = ['--workers', workers, '--repo-uri', folder.database()];
        const { code, stderr } = await signalAt('starting', 'SIGHUP', flags);
        expect({ code, stderr }, workers).to.deep.equal({ code: 0, stderr: '' });
      }
    });

    it('so does SIGINT once it has reported that it waits for an unreachable database', async () => {
      const uri = `postgres://user:pass@127.0.0.1:${await freePort()}/payments`;
      for (const workers of ['1', '2']) {
        const flags = ['--workers', workers, '--repo', 'postgres', '--repo-uri', uri];
        const { code, stderr, messages } = await signalAt(WAITING, 'SIGINT', flags);
        expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
        expect(messages).to.deep.equal(['starting', WAITING, 'ended while starting']);
      }
    });
  });

  describe('while the database is unreachable', () => {
    let postgres: TestPostgres;

    beforeEach(async () => {
      postgres = await startPostgres();
    });
    afterEach(() => postgres.destroy());

    for (const [how, workers] of [
      ['stopped', 1],
      ['stopped', 2],
      ['hangs', 1],
      ['hangs', 2],
    ] as const) {
      it(`it ${how}: SIGTERM ends ${workers === 1 ? 'one process' : `${workers} workers`} in time, and all requests get a response`, async () => {
        const uri = await postgres.createDatabase();
        const times = ['--timeout', '2', '--shutdown-timeout', '20'];
        service = await startService([...times, '--repo', 'postgres', '--repo-uri', uri, '--workers', String(workers)]);
        await workerPids(service, workers === 1 ? 0 : workers);
        const { port, kill, exited, logged } = service;
        const clients = Array.from({ length: 8 }, () => keepCreating(port, { stop: false }));
        await logged(({ message, status }) => message === 'request' && status === 201);
        if (how === 'stopped') await postgres.stop('immediate');
        else postgres.suspend();
        await logged(({ message, status }) => message === 'request' && status === 503);
        const signalledMs = performance.now();
        kill('SIGTERM');
        const { code, signal, stderr } = await exited;
        expect({ code, signal, stderr }).to.deep.equal({ code: 0, signal: null, stderr: '' });
        expect(performance.now() - signalledMs).to.be.below(20_000);
        const errors = (await Promise.all(clients)).flatMap((report) => report.errors);
        // A 503 is a response; a reset or an end without one is not.
        expect(errors.filter((error) => !error.startsWith('HTTP/1.1 503 '))).to.deep.equal([]);
      });
    }
  });

  for (const workers of [1, 2]) {
    it(`SIGHUP, as from a closed terminal, drains: ${workers} workers`, async () => {
      service = await startService(['--workers', String(workers), '--repo-uri', folder.database()]);
      const pids = await workerPids(service, workers === 1 ? 0 : workers);
      const report = newReport();
      const busy = keepCreating(service.port, { stop: false }, report);
      await until(
        async () => report.created.length,
        (count) => count > 0,
      );
      // A terminal signals all its processes.
      for (const pid of [...pids, service.pid]) process.kill(pid, 'SIGHUP');
      expect(await service.exited).to.deep.equal({ code: 0, signal: null, stderr: '' });
      expect((await busy).errors).to.deep.equal([]);
    });
  }

  it('kill -9 of the primary: its workers end, and the port is free', async () => {
    const listen = `127.0.0.1:${await freePort()}`;
    service = await startService(['--listen', listen, '--workers', '2', '--repo-uri', folder.database()]);
    const pids = await workerPids(service, 2);
    const { port, kill } = service;
    const reports = Array.from({ length: 8 }, newReport);
    const busy = reports.map((report) => keepCreating(port, { stop: false }, report));
    // No connection waits in the primary: that would end without a response.
    await until(
      async () => Math.min(...reports.map(({ created }) => created.length)),
      (least) => least > 0,
    );
    const stuck = await openConnection(port);
    stuck.socket.on('error', () => {});
    stuck.write('POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\n');
    stuck.write('Expect: 100-continue\r\n\r\n');
    await stuck.until('100 Continue');
    kill('SIGKILL');
    await service.exited;
    await Promise.all(pids.map(gone));
    await stuck.ended;
    // Requests in flight at the workers got their responses.
    expect((await Promise.all(busy)).flatMap(({ errors }) => errors)).to.deep.equal([]);
    const successor = net.createServer().listen(port, '127.0.0.1');
    await once(successor, 'listening');
    successor.close();
  });

  it('two workers with a database in memory are rejected by name, with code 2', async () => {
    const { code, stderr } = await runProgram(['--listen', '127.0.0.1:0', '--workers', '2']);
    expect(code).to.equal(2);
    expect(stderr).to.match(/^payments-api: workers: takes auto or 1 /);
    expect(stderr.trim().split('\n')).to.have.length(1);
  });
});
