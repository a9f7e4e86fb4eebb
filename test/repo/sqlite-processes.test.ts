import { fork } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { bundle } from '../support/bundle.js';
import { createAll, newCall, numbered, openSqliteRows } from './conformance/subject.js';
import type { ClientReport } from './sqlite-client.js';
import { startWriting } from './sqlite-clients.js';

/** Forks clients of one file and starts them at the same time. */
async function runClients(file: string, names: readonly string[], writes: number): Promise<ClientReport[]> {
  const program = await bundle('test/repo/sqlite-client.ts');
  const clients = names.map((name) => fork(program, [file, name, String(writes)], { execArgv: [] }));
  return startWriting(clients);
}

describe('SQLite: several processes on one file', () => {
  let folder: string;
  let file: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'payments-'));
    file = join(folder, 'payments.db');
  });
  afterEach(() => rm(folder, { recursive: true }));

  const open = () => openSqliteRows({ uri: file });

  it('eight that start at once on an empty file all succeed', async () => {
    const reports = await runClients(file, numbered('client', 8), 0);
    expect(reports.map(({ error }) => error)).to.deep.equal(new Array(8).fill(null));
  });

  it('two concurrent writers lose nothing', async () => {
    const before = await open();
    await createAll(before, ['counter']);
    await before.close();

    const reports = await runClients(file, ['left', 'right'], 300);
    expect(reports.map(({ error }) => error)).to.deep.equal([null, null]);
    const created = reports.flatMap((report) => report.created);
    expect(created).to.have.length(600);

    const repo = await open();
    for (const id of created) {
      expect(await repo.find(id, newCall()), id).to.include({ version: 0 });
    }
    expect(await repo.count(newCall())).to.equal(601);
    const counted = reports.reduce((sum, report) => sum + report.counted, 0);
    expect(counted).to.be.greaterThan(0);
    expect(await repo.find('counter', newCall())).to.have.property('version', counted);
    await repo.close();
  });
});
