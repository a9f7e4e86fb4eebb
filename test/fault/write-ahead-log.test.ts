import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { openConnection } from '../../src/store/sqlite/connection.js';
import { createClient, type HttpClient } from '../support/http.js';
import { MAIN } from '../support/program.js';
import { type RunningService, startService } from '../support/service.js';

const MIB = 2 ** 20;
/** While few clients write, the checkpoint comes at 2 MiB; the transaction that ends after it is added. */
const USUAL_LIMIT_BYTES = 6 * MIB;
const KEPT_LIMIT_BYTES = 64 * MIB;
const PADDING = 'x'.repeat(900_000);

describe("SQLite's write-ahead log", () => {
  let folder: string;
  let file: string;
  let service: RunningService;
  let client: HttpClient;
  let count = 0;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'payments-wal-'));
    file = join(folder, 'payments.db');
    service = await startService(['--repo-uri', file, '--metrics']);
    client = createClient(service.port);
  });
  afterEach(async () => {
    client.close();
    await service.stop();
    rmSync(folder, { recursive: true });
  });

  async function create(payments: number): Promise<void> {
    for (let number = 0; number < payments; number += 1) {
      const attributes = { amount: '1', padding: PADDING };
      count += 1;
      const data = { id: `p-${count}`, type: 'Payment', organisation_id: 'o', attributes };
      expect((await client.post('/v1/payments', { data })).status).to.equal(201);
    }
  }

  async function measuredBytes(): Promise<number> {
    const bytes = Number(/^repository_wal_bytes (\d+)$/m.exec((await client.get('/metrics')).text)?.[1]);
    expect(bytes).to.equal(statSync(`${file}-wal`).size);
    return bytes;
  }

  it('does not grow while an export stalls, because an export holds no transaction', async () => {
    await create(10);
    // It is not read after the first bytes.
    const child = spawn(process.execPath, [MAIN, 'export', '--repo-uri', file], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'readable');
    await create(40);
    expect(await measuredBytes()).to.be.within(1, USUAL_LIMIT_BYTES);
    child.kill('SIGKILL');
    await once(child, 'exit');
  });

  it('becomes small again after another program blocked checkpoints', async () => {
    await create(1);
    const reader = openConnection(file, { readonly: true });
    reader.exec('BEGIN; SELECT count(*) FROM payments');
    await create(45);
    expect(await measuredBytes()).to.be.above(KEPT_LIMIT_BYTES);
    reader.exec('COMMIT');
    reader.close();
    await create(3);
    expect(await measuredBytes()).to.be.at.most(KEPT_LIMIT_BYTES);
  });
});
