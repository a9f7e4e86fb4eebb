import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import net from 'node:net';
import { setTimeout as delay, setImmediate as nextTurn } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import pg from 'pg';
import { paymentBody } from '../support/checked-service.js';
import { createClient, openConnection } from '../support/http.js';
import { sharedPostgres, untilWaiting } from '../support/postgres.js';
import { type RunningService, startService } from '../support/service.js';
import { startQuietService } from './quiet-service.js';
import { end, metricsOf, seriesValue, temporaryFolder, until } from './support.js';

const MIB = 1024 * 1024;
const POLITE_REQUESTS = 15;
/** Ten requests a second. */
const POLITE_EVERY_MS = 100;
/** On a quiet machine 50 ms are promised; this one may be busy with other tests, and stall. */
const MEDIAN_LIMIT_MS = 5000;

const HEAD = 'POST /v1/payments HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n';

/** Resident memory of a process, bytes. */
function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1024;
}

/** The number of open files and connections of a process. */
const openFiles = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;

describe('slow clients of the real service', () => {
  const folder = temporaryFolder();
  let service: RunningService;
  let sockets: net.Socket[];

  beforeEach(() => {
    sockets = [];
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await end(service);
  });
  after(() => folder.remove());

  async function start(...flags: string[]): Promise<void> {
    const database = flags.includes('--repo-uri') ? [] : ['--repo-uri', folder.database()];
    service = await startService([...database, ...flags]);
    const { log } = service;
    const workers = Number(flags[flags.indexOf('--workers') + 1] ?? 1);
    if (!flags.includes('--workers') || workers === 1) return;
    await until(
      async () => log.filter(({ message }) => message === 'worker ready').length,
      (ready) => ready === workers,
    );
  }

  /** Opens connections that send this, and read nothing until they are resumed. */
  async function flood(size: number, sent: string | Buffer): Promise<net.Socket[]> {
    const opened: net.Socket[] = [];
    for (let at = 0; at < size; at += 1) {
      const socket = net.connect(service.port, '127.0.0.1').on('error', () => {});
      sockets.push(socket);
      opened.push(socket);
      if (at % 64 === 63) await once(socket, 'connect');
      socket.write(sent);
    }
    return opened;
  }

  /** Sends ten requests a second: none may be a 503, and half of them must be fast. */
  async function expectPolite(): Promise<void> {
    const client = createClient(service.port);
    const tookMs: number[] = [];
    try {
      for (let at = 0; at < POLITE_REQUESTS; at += 1) {
        const beganMs = performance.now();
        const { status } =
          at % 2 === 0 ? await client.get('/v1/payments?size=1') : await client.post('/v1/payments', paymentBody());
        tookMs.push(performance.now() - beganMs);
        expect(status).to.be.oneOf([200, 201]);
        await delay(Math.max(0, POLITE_EVERY_MS - (performance.now() - beganMs)));
      }
    } finally {
      client.close();
    }
    tookMs.sort((one, other) => one - other);
    expect(tookMs[Math.floor(POLITE_REQUESTS / 2)], String(tookMs)).to.be.below(MEDIAN_LIMIT_MS);
  }

  for (const workers of ['1', '2']) {
    it(`1,024 sockets that send one byte of a body cost a polite client nothing, with ${workers} worker(s)`, async () => {
      await start('--workers', workers);
      await flood(1024, `${HEAD}Content-Length: 1000\r\n\r\n{`);
      await expectPolite();
    });

    it(`one socket that pipelines 500 requests at a time costs it nothing, with ${workers} worker(s)`, async () => {
      await start('--workers', workers);
      const batch = 'GET /v1/payments?size=1 HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(500);
      let current: net.Socket | null = null;
      const timer = setInterval(() => {
        if (!current || current.destroyed) {
          current = net.connect(service.port, '127.0.0.1').on('error', () => {});
          current.resume();
          sockets.push(current);
        }
        if (current.writableLength < MIB) current.write(batch);
      }, 20);
      try {
        await expectPolite();
      } finally {
        clearInterval(timer);
      }
    });
  }

  describe('of a process that may open 256 files', () => {
    let quiet: Awaited<ReturnType<typeof startQuietService>>;

    beforeEach(async () => {
      quiet = await startQuietService(['--repo-uri', folder.database()], 256);
    });
    afterEach(() => quiet.stop());

    /** Resolves with the response of a new connection. */
    async function expectOk(target: string): Promise<void> {
      const socket = net.connect(quiet.port, '127.0.0.1').on('error', () => {});
      sockets.push(socket);
      socket.write(`GET ${target} HTTP/1.1\r\nHost: a\r\n\r\n`);
      const [response] = await once(socket, 'data');
      expect(String(response)).to.match(/^HTTP\/1\.1 200 /);
    }

    it('idle connections cannot use up the files', async () => {
      for (let at = 0; at < 400; at += 1) await expectOk('/health');
      await expectOk('/v1/payments');
    });

    it('waits for changes cannot use up the files', async function () {
      // Below the 30 seconds for which the requests would wait.
      this.timeout(28_000);
      let ended = 0;
      for (let at = 0; at < 400; at += 1) {
        const wait = expectOk('/v1/changes?wait=30').then(() => {
          ended += 1;
        });
        // Beyond 96, the longest one ends early.
        while (ended < at - 96) await Promise.race([wait, nextTurn()]);
      }
      await expectOk('/v1/payments');
    });
  });

  it('clients that do not read a list of large payments use bounded memory, and delay no other request', async () => {
    await start();
    const client = createClient(service.port);
    for (let at = 0; at < 20; at += 1) {
      const { data } = paymentBody();
      const attributes = { amount: '1.00', reference: 'x'.repeat(400 * 1024) };
      expect((await client.post('/v1/payments', { data: { ...data, attributes } })).status).to.equal(201);
    }
    client.close();
    const idleBytes = residentBytes(service.pid);
    let peakBytes = 0;
    for (let round = 1; round <= 40; round += 1) {
      const opened = await flood(5, 'GET /v1/payments HTTP/1.1\r\nHost: a\r\n\r\n');
      await Promise.all(
        opened.map(async (socket) => {
          await once(socket, 'data');
          socket.pause();
        }),
      );
      peakBytes = Math.max(peakBytes, residentBytes(service.pid) - idleBytes);
    }
    // They are 200 × 8 MiB, of which the kernel buffers a few each.
    expect(peakBytes).to.be.below(250 * MIB);
    await expectPolite();
  });

  it('bodies in memory during the work are bounded, even if their clients have disconnected', async function () {
    // A stall of two seconds is an outage of the database, after which nothing waits for it.
    this.retries(2);
    const uri = await (await sharedPostgres()).createDatabase();
    await start(
      '--repo',
      'postgres',
      '--repo-uri',
      uri,
      '--timeout',
      '120',
      '--repo-statement-timeout',
      '110',
      '--metrics',
    );
    const idleFiles = openFiles(service.pid);
    const database = new pg.Client({ connectionString: uri });
    await database.connect();
    try {
      // Blocks Postgres.
      await database.query('BEGIN; LOCK TABLE payments IN SHARE ROW EXCLUSIVE MODE');
      const idleBytes = residentBytes(service.pid);
      const reference = 'x'.repeat(MIB - 1000);
      const large = () => JSON.stringify(paymentBody({ attributes: { amount: '1.00', reference } }));
      for (let at = 0; at < 300; at += 1) {
        const body = large();
        const opened = await flood(1, `${HEAD}Content-Length: ${body.length}\r\n\r\n${body}`);
        await Promise.all(opened.map((socket) => once(socket, 'drain')));
      }
      await untilWaiting(database, 1);
      for (const socket of sockets) socket.resetAndDestroy();
      await until(
        async () => openFiles(service.pid),
        (files) => files < idleFiles + 10,
      );
      const client = createClient(service.port);
      const rejected = await client.post('/v1/payments', large());
      // 503 if everything arrived at once.
      expect(rejected.status).to.be.oneOf([408, 503]);
      expect(rejected.text).to.match(/Too many (?:bodies|large requests)/);
      // This one takes memory only when it is decompressed.
      const packed = await client.post('/v1/payments', gzipSync(large()), { 'Content-Encoding': 'gzip' });
      expect(packed.status).to.equal(503);
      const metrics = await metricsOf(`http://127.0.0.1:${service.port}`);
      expect(seriesValue(metrics, 'http_requests_shed_total')).to.be.at.least(1);
      expect(residentBytes(service.pid) - idleBytes).to.be.below(250 * MIB);
      await database.query('COMMIT');
      await until(
        async () => (await client.post('/v1/payments', large())).status,
        (status) => status === 201,
      );
      client.close();
    } finally {
      await database.end();
    }
  });

  it('a compressed body uses no more memory than was sent until it is complete', async () => {
    await start();
    const idleBytes = residentBytes(service.pid);
    const packed = gzipSync(
      JSON.stringify(paymentBody({ attributes: { amount: '1.00', note: 'x'.repeat(1_000_000) } })),
    );
    const head = `${HEAD}Content-Encoding: gzip\r\nContent-Length: ${packed.length + 100}\r\n\r\n`;
    await flood(500, Buffer.concat([Buffer.from(head), packed]));
    await expectPolite();
    expect(residentBytes(service.pid) - idleBytes).to.be.below(100 * MIB);
  });

  it('a process that was stopped serves the requests that arrived meanwhile, on connections that would have timed out', async function () {
    // A stall before the process is stopped ends the connections that have not sent a head.
    this.retries(2);
    // The head of a request has a time limit of a second, which passes while the process is stopped.
    await start('--timeout', '1', '--shutdown-timeout', '5');
    const idle = await Promise.all(Array.from({ length: 20 }, () => openConnection(service.port)));
    for (const connection of idle.slice(10)) connection.write('GET /health/live HTTP/1.1\r\nHost: a\r\n\r\n');
    await Promise.all(idle.slice(10).map((connection) => connection.until('"up"')));
    process.kill(service.pid, 'SIGSTOP');
    for (const connection of idle) connection.write('GET /health/live?again HTTP/1.1\r\nHost: a\r\n\r\n');
    await delay(3000);
    process.kill(service.pid, 'SIGCONT');
    await until(
      async () => idle.map((connection, at) => connection.text().split('HTTP/1.1 200').length - 1 - (at < 10 ? 0 : 1)),
      (responses) => responses.every((count) => count === 1),
    );
    for (const { socket } of idle) socket.destroy();
  });
});
