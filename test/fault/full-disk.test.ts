import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { createClient, type HttpClient } from '../support/http.js';
import { needsPrograms } from '../support/programs.js';
import { type RunningService, startService } from '../support/service.js';

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
    file = join(folder, 'payments.db');
    service = await startService(['--repo-uri', file]);
    client = createClient(service.port);
  });
  afterEach(async () => {
    client?.close();
    await service?.stop();
    execFileSync('umount', [folder]);
    rmdirSync(folder);
  });

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
    for (const id of acknowledged) expect((await client.get(`/v1/payments/${id}`)).status).to.equal(200);
    rmSync(ballast);
    expect((await client.post('/v1/payments', bodyOf('after', 10))).status).to.equal(201);
    expect((await client.get('/health')).status).to.equal(200);
  });

  it('that is replaced: the log names SQLITE_READONLY_DBMOVED, and the service is not healthy', async () => {
    expect((await client.post('/v1/payments', bodyOf('a', 10))).status).to.equal(201);
    rmSync(file);
    writeFileSync(file, '');
    expect((await client.get('/health')).status).to.equal(503);
    expect((await client.post('/v1/payments', bodyOf('b', 10))).status).to.equal(503);
    await expectCause('SQLITE_READONLY_DBMOVED');
  });
});
// Only root may mount.
needsPrograms([process.getuid?.() === 0 ? 'mount' : 'mount, as root'], suite);
