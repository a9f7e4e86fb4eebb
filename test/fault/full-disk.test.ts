import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  rmdirSync,
  rmSync,
  statfsSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import { createClient, type HttpClient } from '../support/http.js';
import { MAIN, runProgram } from '../support/program.js';
import { needsPrograms } from '../support/programs.js';
import { type RunningService, startService } from '../support/service.js';

const ROOM_TO_OPEN_BYTES = 36 * 1024;

const bodyOf = (id: string, bytes: number) => ({
  data: { id, type: 'Payment', organisation_id: 'o', attributes: { amount: '1', padding: 'x'.repeat(bytes) } },
});

/** The access log's line of the last failed write has the cause, and so has a separate line for operators. */
async function expectCause({ logged, log }: RunningService, cause: string): Promise<void> {
  await logged((line) => line.status === 503 && line.cause === cause && line.method === 'POST');
  await logged(({ level, code }) => level === 'warn' && code === cause);
  expect(log.filter(({ code }) => code === cause)).to.have.length(1);
}

const suite = describe('An SQLite file on a separate disk', () => {
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

  /** Writes a file that leaves only this much room. */
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

  it('that is full: the log names SQLITE_FULL, no acknowledged write is lost, and writes resume', async () => {
    const ballast = join(folder, 'ballast');
    writeFileSync(ballast, Buffer.alloc(1024 * 1024));
    const acknowledged: string[] = [];
    for (let count = 0; ; count += 1) {
      const { status } = await client.post('/v1/payments', bodyOf(`p-${count}`, 100_000));
      if (status === 503) break;
      expect(status).to.equal(201);
      acknowledged.push(`p-${count}`);
    }
    // What the failed write left in the write-ahead log has room for many small ones.
    expect((await client.get('/health')).status).to.equal(503);
    await expectCause(service, 'SQLITE_FULL');
    fill(0);
    // There may still be room for small writes in the write-ahead log.
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

  it('that is small: an export whose output is not read does not fill it', async () => {
    execFileSync('mount', ['-o', 'remount,size=48m', folder]);
    let count = 0;
    // Each is there twice, as a row and as a change.
    const create = async (total: number) => {
      for (const end = count + total; count < end; count += 1) {
        expect((await client.post('/v1/payments', bodyOf(`p-${count}`, 500_000))).status, `${count}`).to.equal(201);
      }
    };
    await create(4);
    const exporting = spawn(process.execPath, [MAIN, 'export', '--repo-uri', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(exporting.stdout, 'readable');
    // With a transaction that reads, these would stay in the write-ahead log, and have no room left in the database.
    await create(22);
    exporting.kill('SIGKILL');
    await once(exporting, 'exit');
    await create(2);
    expect((await client.get('/health')).status).to.equal(200);
  });

  for (const [what, change] of [
    ['deleted', () => rmSync(file)],
    [
      'replaced',
      () => {
        rmSync(file);
        writeFileSync(file, '');
      },
    ],
    ['emptied', () => truncateSync(file)],
    ['deleted with its folder', () => rmSync(join(folder, 'data'), { recursive: true })],
    ['left without its write-ahead log', () => rmSync(`${file}-wal`)],
    ['left without the index of the log', () => rmSync(`${file}-shm`)],
  ] as const) {
    it(`that is ${what}: the log names SQLITE_READONLY_DBMOVED, and the service is not healthy`, async () => {
      expect((await client.post('/v1/payments', bodyOf('a', 10))).status).to.equal(201);
      change();
      expect((await client.get('/health')).status).to.equal(503);
      expect((await client.post('/v1/payments', bodyOf('b', 10))).status).to.equal(503);
      expect((await client.get('/v1/payments/a')).status).to.equal(503);
      await expectCause(service, 'SQLITE_READONLY_DBMOVED');
    });
  }

  it('whose write-ahead log is truncated: nothing is added to it, and its end does not damage the database', async () => {
    expect((await client.post('/v1/payments', bodyOf('a', 10))).status).to.equal(201);
    await service.stop();
    service = await startService(['--repo-uri', file]);
    client.close();
    client = createClient(service.port);
    expect((await client.post('/v1/payments', bodyOf('lost', 10))).status).to.equal(201);
    truncateSync(`${file}-wal`);
    expect((await client.get('/health')).status).to.equal(503);
    const { status, text } = await client.post('/v1/payments', bodyOf('b', 10));
    expect([status, JSON.parse(text).code]).to.deep.equal([503, 'repository_unavailable']);
    await expectCause(service, 'SQLITE_READONLY_DBMOVED');
    await service.stop();
    service = await startService(['--repo-uri', file]);
    client.close();
    client = createClient(service.port);
    expect((await client.get('/v1/payments/a')).status).to.equal(200);
    expect((await client.post('/v1/payments', bodyOf('b', 10))).status).to.equal(201);
  });

  it('that is full: check reports it, and the service does not start', async () => {
    await service.stop();
    fill(ROOM_TO_OPEN_BYTES);
    const checked = await runProgram(['check', '--listen', '127.0.0.1:0', '--repo-uri', file]);
    expect(checked.stdout).to.match(
      /^failed +tables +the SQLite database \S+payments\.db cannot be used: database or disk is full \(SQLITE_FULL\)$/m,
    );
    expect(checked.code).to.equal(1);
    const missing = await runProgram(['check', '--listen', '127.0.0.1:0', '--repo-uri', join(folder, 'missing.db')]);
    expect(missing.stdout).to.match(/^failed +database +SQLite: database or disk is full \(SQLITE_FULL\)$/m);
    expect(missing.code).to.equal(1);
    const served = await runProgram(['serve', '--workers', '1', '--listen', '127.0.0.1:0', '--repo-uri', file]);
    expect(served.stderr).to.include('SQLITE_FULL');
    expect(served.code).to.equal(1);
    fill(0);
    for (const command of ['check', 'serve']) {
      const { code, stdout, stderr } = await runProgram([command, '--listen', '127.0.0.1:0', '--repo-uri', file]);
      expect([code, stdout + stderr].join()).to.match(
        /^1,.*cannot be opened: disk I\/O error \(SQLITE_IOERR_SHMSIZE\)/s,
      );
    }
  });

  it('that is read-only: check reports it, and the service does not start', async () => {
    await service.stop();
    execFileSync('chmod', ['-R', 'a+rwX', folder]);
    chmodSync(file, 0o444);
    // A superuser may write everything.
    const nobody = { uid: 65_534, gid: 65_534 };
    const flags = ['--listen', '127.0.0.1:0', '--repo-uri', file];
    const checked = await runProgram(['check', ...flags], nobody);
    expect(checked.stdout).to.match(
      /^failed +tables +the SQLite database \S+payments\.db cannot be used: attempt to write a readonly database \(SQLITE_READONLY\)$/m,
    );
    expect(checked.code).to.equal(1);
    expect((await runProgram(['serve', '--workers', '1', ...flags], nobody)).stderr).to.include('SQLITE_READONLY');
  });
});
const isRoot = process.getuid?.() === 0;
// Only root can mount.
needsPrograms([isRoot ? 'mount' : 'mount, as root'], suite);

const readOnlySuite = describe('An SQLite file on a file system that turns read-only', () => {
  let folder: string;
  let disk: string;
  let service: RunningService;
  let client: HttpClient;
  let acknowledged: string[];

  const serve = async () => {
    service = await startService(['--repo-uri', join(folder, 'payments.db')]);
    client = createClient(service.port);
  };
  const mount = () => execFileSync('mount', ['-o', 'loop,errors=remount-ro', disk, folder]);

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'payments-disk-'));
    disk = `${folder}.ext4`;
    writeFileSync(disk, Buffer.alloc(8 * 1024 * 1024));
    execFileSync('mkfs.ext4', ['-q', disk]);
    mount();
    await serve();
    acknowledged = [];
  });
  afterEach(async () => {
    client?.close();
    await service?.stop();
    execFileSync('umount', [folder]);
    rmdirSync(folder);
    rmSync(disk);
  });

  async function create(): Promise<number> {
    const id = `p-${acknowledged.length}`;
    const { status } = await client.post('/v1/payments', bodyOf(id, 10));
    if (status === 201) acknowledged.push(id);
    return status;
  }

  async function expectAcknowledged(): Promise<void> {
    for (const id of acknowledged) expect((await client.get(`/v1/payments/${id}`)).status, id).to.equal(200);
    const { data } = (await client.get('/v1/payments')).json<{ readonly data: readonly { readonly id: string }[] }>();
    expect(data.map(({ id }) => id)).to.deep.equal(acknowledged);
  }

  /** Nothing is written meanwhile: the probe must find out by itself. */
  async function untilHealthIs(status: number): Promise<void> {
    while ((await client.get('/health')).status !== status) await delay(50);
  }

  async function expectReadOnly(): Promise<void> {
    await untilHealthIs(503);
    expect(await create()).to.equal(503);
    expect(await create()).to.equal(503);
    await expectCause(service, 'SQLITE_IOERR_WRITE');
    await expectAcknowledged();
    expect((await client.get('/health')).status).to.equal(503);
  }

  it('after an error: it is unhealthy, names the cause, reads continue, and all data is there after it is mounted again', async () => {
    for (let count = 0; count < 10; count += 1) expect(await create()).to.equal(201);
    const device = basename(execFileSync('findmnt', ['-no', 'SOURCE', folder], { encoding: 'utf8' }).trim());
    writeFileSync(`/sys/fs/ext4/${device}/trigger_fs_error`, 'of a test');
    await expectReadOnly();
    // After an error Linux keeps a file system read-only until it is unmounted.
    client.close();
    await service.stop();
    execFileSync('umount', [folder]);
    mount();
    await serve();
    await expectAcknowledged();
    expect(await create()).to.equal(201);
  });

  it('for a while: it recovers, even if the clock shows an earlier time than the last change', async () => {
    for (let count = 0; count < 10; count += 1) expect(await create()).to.equal(201);
    const database = new Database(join(folder, 'payments.db'));
    database.exec('UPDATE payments_log SET at = at + 3600000');
    database.close();
    const files = ['payments.db', 'payments.db-wal'].map((name) => join(folder, name));
    // A mount cannot be made read-only while a file is open for writing; an immutable file rejects writes in the same
    // way.
    execFileSync('chattr', ['+i', ...files]);
    try {
      await expectReadOnly();
    } finally {
      execFileSync('chattr', ['-i', ...files]);
    }
    await untilHealthIs(200);
    expect(await create()).to.equal(201);
    await expectAcknowledged();
  });
});
needsPrograms([isRoot && existsSync('/dev/loop-control') ? 'mkfs.ext4' : 'mkfs.ext4, as root'], readOnlySuite);
