import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createClient, type HttpClient } from '../support/http.js';
import { needsPrograms } from '../support/programs.js';
import { type RunningService, runToEnd, startService } from '../support/service.js';

const ROOM_TO_OPEN_BYTES = 36 * 1024;

const bodyOf = (id: string, bytes: number) => ({
  data: { id, type: 'Payment', organisation_id: 'o', attributes: { amount: '1', padding: 'x'.repeat(bytes) } },
});

const suite = describe('An SQLite file on a disk of its own', function () {
  this.timeout(60_000);
  let folder: string;
  let file: string;
  let service: RunningService;
  let client: HttpClient;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'payments-disk-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', folder]);
    mkdirSync(join(folder, 'data'));
    file = join(folder, 'data', 'payments.db');
    service = await startService(['--repo-uri', file]);
    client = createClient(service.port);
  });
  afterEach(async () => {
    client?.close();
    await service?.stop();
    execFileSync('umount', [folder]);
    rmdirSync(folder);
  });

  /** Writes a file that leaves no more room than this. */
  function fill(roomBytes: number): void {
    const ballast = openSync(join(folder, 'ballast'), 'a');
    for (;;) {
      const { bavail, bsize } = statfsSync(folder);
      const tooMuch = bavail * bsize - roomBytes;
      if (tooMuch <= 0) break;
      writeSync(ballast, Buffer.alloc(Math.min(tooMuch, 65_536)));
    }
    closeSync(ballast);
  }

  /** The access log's line of the last failed write has the cause, and so has a line that an operator cannot miss. */
  async function expectCause(cause: string): Promise<void> {
    await service.logged((line) => line.status === 503 && line.cause === cause && line.method === 'POST');
    await service.logged(({ level, code }) => level === 'warn' && code === cause);
  }

  it('that is full: the log names SQLITE_FULL, nothing that was acknowledged is lost, and writes resume', async () => {
    const ballast = join(folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(1024 * 1024));
    const acknowledged: string[] = [];
    for (let count = 0; ; count += 1) {
      const { status } = await client.post('/v1/payments', bodyOf(`p-${count}`, 100_000));
      if (status === 503) break;
      expect(status).to.equal(201);
      acknowledged.push(`p-${count}`);
    }
    await expectCause('SQLITE_FULL');
    fill(0);
    // There may still be room for small ones in the write-ahead log.
    for (
      let count = 0;
      (await client.post('/v1/payments', bodyOf(`small-${count}`, 4_000))).status === 201;
      count += 1
    );
    expect((await client.get('/health')).status).to.equal(503);
    // A write that changes nothing succeeds, and proves nothing.
    expect((await client.send('DELETE', '/v1/payments/nowhere?version=0')).status).to.equal(404);
    expect((await client.get('/health')).status).to.equal(503);
    for (const id of acknowledged) expect((await client.get(`/v1/payments/${id}`)).status).to.equal(200);
    rmSync(ballast);
    expect((await client.post('/v1/payments', bodyOf('after', 10))).status).to.equal(201);
    expect((await client.get('/health')).status).to.equal(200);
  });

  for (const [what, change] of [
    ['replaced', () => writeFileSync(file, '')],
    ['deleted', () => {}],
    ['deleted with its folder', () => rmSync(join(folder, 'data'), { recursive: true })],
  ] as const) {
    it(`that is ${what}: the log names SQLITE_READONLY_DBMOVED, and the service is not healthy`, async () => {
      expect((await client.post('/v1/payments', bodyOf('a', 10))).status).to.equal(201);
      rmSync(file);
      change();
      expect((await client.get('/health')).status).to.equal(503);
      expect((await client.post('/v1/payments', bodyOf('b', 10))).status).to.equal(503);
      expect((await client.get('/v1/payments/a')).status).to.equal(503);
      await expectCause('SQLITE_READONLY_DBMOVED');
    });
  }

  it('that is full: check says so, and the service does not start', async () => {
    await service.stop();
    fill(ROOM_TO_OPEN_BYTES);
    const checked = await runToEnd(['check', '--listen', '127.0.0.1:0', '--repo-uri', file]);
    expect(checked.stdout).to.match(/^failed +tables +SQLite: database or disk is full \(SQLITE_FULL\)$/m);
    expect(checked.code).to.equal(1);
    const served = await runToEnd(['serve', '--workers', '1', '--listen', '127.0.0.1:0', '--repo-uri', file]);
    expect(served.stderr).to.include('SQLITE_FULL');
    expect(served.code).to.equal(1);
  });

  it('that is read-only: check says so, and the service does not start', async () => {
    await service.stop();
    execFileSync('chmod', ['-R', 'a+rwX', folder]);
    chmodSync(file, 0o444);
    // The superuser may write everything.
    const nobody = { uid: 65_534, gid: 65_534 };
    const flags = ['--listen', '127.0.0.1:0', '--repo-uri', file];
    const checked = await runToEnd(['check', ...flags], {}, nobody);
    expect(checked.stdout).to.match(
      /^failed +tables +SQLite: attempt to write a readonly database \(SQLITE_READONLY\)$/m,
    );
    expect(checked.code).to.equal(1);
    expect((await runToEnd(['serve', '--workers', '1', ...flags], {}, nobody)).stderr).to.include('SQLITE_READONLY');
  });
});
// Only root may mount.
needsPrograms([process.getuid?.() === 0 ? 'mount' : 'mount, as root'], suite);
