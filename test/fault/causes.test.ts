import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { createClient, type HttpClient } from '../support/http.js';
import { queryPostgres, startPostgres, type TestPostgres } from '../support/postgres.js';
import { needsPrograms } from '../support/programs.js';
import { type RunningService, startService } from '../support/service.js';

/** Postgres compresses repeated text: of that, hundreds of payments would fit on a disk of few megabytes. */
const bodyOf = (id: string, bytes = 10) => {
  const padding = randomBytes(bytes / 2).toString('hex');
  return { data: { id, type: 'Payment', organisation_id: 'o', attributes: { amount: '1', padding } } };
};
/** The cause while the circuit breaker is open. */
const BREAKER = 'breaker_open';
const FAILURES = 6;
/** While the breaker is open, all requests fail immediately. */
const PAUSE_MS = 20;

describe('Why Postgres does not write', () => {
  let postgres: TestPostgres;
  let database: string;
  let role: string;
  let service: RunningService;
  let client: HttpClient;
  let count = 0;
  let acknowledged = 0;

  before(async () => {
    postgres = await startPostgres();
  });
  after(() => postgres.destroy());

  beforeEach(async () => {
    const url = new URL(await postgres.createDatabase());
    database = url.pathname.slice(1);
    role = `role_${database}`;
    await admin(`CREATE ROLE ${role} LOGIN PASSWORD 'first'; ALTER DATABASE ${database} OWNER TO ${role}`);
    service = await startService([
      ...['--repo', 'postgres', '--repo-uri', Object.assign(url, { username: role, password: 'first' }).href],
      ...['--timeout', '5'],
    ]);
    client = createClient(service.port);
    count = 0;
    acknowledged = 0;
    expect((await create()).status).to.equal(201);
  });
  afterEach(async () => {
    client.close();
    await service.stop();
  });

  const admin = (sql: string) => queryPostgres(postgres.url, sql);
  async function create(bytes?: number) {
    count += 1;
    const response = await client.post('/v1/payments', bodyOf(`p-${count}`, bytes));
    if (response.status === 201) acknowledged += 1;
    return response;
  }
  const endSessions = () =>
    admin(`SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '${database}'`);

  /** Each failed write has its cause in the access log, and a separate line reports the failure once. */
  async function expectCause(code: string, bytes?: number): Promise<void> {
    while ((await create(bytes)).status !== 503);
    for (let failure = 0; failure < FAILURES; failure += 1) {
      const { status, headers } = await create(bytes);
      expect(status).to.equal(503);
      const line = await service.logged(({ request_id }) => request_id === headers['x-request-id']);
      expect(line.cause).to.be.oneOf([code, BREAKER]);
    }
    const warnings = service.log.filter((line) => line.level === 'warn' && line.code === code);
    expect(warnings).to.have.lengthOf(1);
    expect(warnings[0]).to.include({ message: 'the database fails' });
  }

  async function expectResumed(): Promise<void> {
    while ((await create()).status !== 201) await delay(PAUSE_MS);
    while ((await client.get('/health')).status !== 200) await delay(PAUSE_MS);
  }

  it('25006: the database became read-only', async () => {
    await admin(`ALTER DATABASE ${database} SET default_transaction_read_only = on`);
    await endSessions();
    await expectCause('25006');
    expect((await client.get('/health')).status).to.equal(503);
    await admin(`ALTER DATABASE ${database} RESET default_transaction_read_only`);
    await expectResumed();
  });

  it('28P01: the password was changed', async () => {
    await admin(`ALTER ROLE ${role} PASSWORD 'second'`);
    await endSessions();
    await expectCause('28P01');
    expect((await client.get('/health')).status).to.equal(503);
    expect(service.log.some((line) => JSON.stringify(line).includes('first'))).to.equal(false);
    await admin(`ALTER ROLE ${role} PASSWORD 'first'`);
    await expectResumed();
  });

  it('53300: the role has no connection left', async () => {
    await admin(`ALTER ROLE ${role} CONNECTION LIMIT 0`);
    await endSessions();
    await expectCause('53300');
    expect((await client.get('/health')).status).to.equal(503);
    await admin(`ALTER ROLE ${role} CONNECTION LIMIT -1`);
    await expectResumed();
  });

  for (const [code, change, revert] of [
    ['42P01', 'ALTER TABLE payments RENAME TO elsewhere', 'ALTER TABLE elsewhere RENAME TO payments'],
    ['42P01', 'ALTER TABLE payments_changes RENAME TO elsewhere', 'ALTER TABLE elsewhere RENAME TO payments_changes'],
    ['42P01', 'ALTER TABLE payments_log RENAME TO elsewhere', 'ALTER TABLE elsewhere RENAME TO payments_log'],
    ['42703', 'ALTER TABLE payments RENAME seq TO other', 'ALTER TABLE payments RENAME other TO seq'],
    [
      '23502',
      "ALTER TABLE payments ADD other text NOT NULL DEFAULT ''; ALTER TABLE payments ALTER other DROP DEFAULT",
      'ALTER TABLE payments DROP other',
    ],
    ['42P01', 'ALTER SCHEMA public RENAME TO elsewhere', 'ALTER SCHEMA elsewhere RENAME TO public'],
  ] as const) {
    it(`${code}: ${change}`, async () => {
      const uri = Object.assign(new URL(postgres.url), { pathname: `/${database}` }).href;
      await queryPostgres(uri, change);
      await expectCause(code);
      expect((await client.get('/health')).status).to.equal(503);
      expect((await client.get('/v1/payments')).status).to.be.oneOf([200, 503]);
      await queryPostgres(uri, revert);
      await expectResumed();
    });
  }

  it('42501: a right was revoked', async () => {
    await queryPostgres(
      Object.assign(new URL(postgres.url), { pathname: `/${database}` }).href,
      `REVOKE INSERT ON payments FROM ${role}`,
    );
    await expectCause('42501');
    expect((await client.get('/health')).status).to.equal(503);
  });

  it('53400: a read may not write the temporary file that it needs: it fails, and the service stays healthy', async () => {
    const uri = Object.assign(new URL(postgres.url), { pathname: `/${database}` }).href;
    await queryPostgres(uri, 'ALTER TABLE payments_changes ALTER attributes SET STORAGE PLAIN');
    for (let payments = 0; payments < 20; payments += 1) expect((await create(6000)).status).to.equal(201);
    // Without an index a page of changes is sorted, in less memory than it has bytes.
    const settings = { temp_file_limit: 0, work_mem: 64, enable_indexscan: 'off', enable_bitmapscan: 'off' };
    for (const [name, value] of Object.entries(settings)) await admin(`ALTER ROLE ${role} SET ${name} = ${value}`);
    await endSessions();
    expect((await client.get('/v1/changes')).status).to.equal(503);
    await service.logged(({ cause }) => cause === '53400');
    expect((await client.get('/health')).status).to.equal(200);
  });

  const mounted = describe('on a separate disk', () => {
    it('53100: the disk is full', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'payments-tablespace-'));
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', folder]);
      try {
        execFileSync('chown', ['postgres', folder]);
        await admin(`CREATE TABLESPACE small LOCATION '${folder}'`);
        const uri = Object.assign(new URL(postgres.url), { pathname: `/${database}` }).href;
        await queryPostgres(uri, 'ALTER TABLE payments SET TABLESPACE small');
        const ballast = join(folder, 'ballast');
        writeFileSync(ballast, Buffer.alloc(6 * 1024 * 1024));
        await expectCause('53100', 400_000);
        expect((await client.get('/health')).status).to.equal(503);
        const { status } = await client.get('/v1/payments/p-1');
        expect(status, 'reads continue').to.equal(200);
        rmSync(ballast);
        // No client writes: a load balancer sends nothing to a service that is not healthy.
        while ((await client.get('/health')).status !== 200) await delay(PAUSE_MS);
        await expectResumed();
        const { data } = (await client.get('/v1/changes?size=1000')).json<{ readonly data: readonly unknown[] }>();
        expect(data, 'only acknowledged writes').to.have.lengthOf(acknowledged);
        await queryPostgres(uri, 'ALTER TABLE payments SET TABLESPACE pg_default');
        await admin('DROP TABLESPACE small');
      } finally {
        execFileSync('umount', [folder]);
        rmdirSync(folder);
      }
    });
  });
  // Only root can mount.
  needsPrograms([process.getuid?.() === 0 ? 'mount' : 'mount, as root'], mounted);
});
