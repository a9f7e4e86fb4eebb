import { linkSync, symlinkSync } from 'node:fs';
import { expect } from 'chai';
import { openConnection } from '../../src/store/sqlite/connection.js';
import { createDatabase, type TestDatabase } from '../support/databases.js';
import { queryPostgres, sharedPostgres } from '../support/postgres.js';
import { startService } from '../support/service.js';
import { exportedLines, runCommand, temporaryFolder } from './support.js';

/** A batch and a half: batches have 1,000 rows. */
const COUNT = 1_500;

/** Writes without the service, and without the triggers that would add changes. */
async function execute({ uri, flags }: TestDatabase, sql: string): Promise<void> {
  if (flags.includes('postgres')) {
    return void (await queryPostgres(uri, `ALTER TABLE payments DISABLE TRIGGER USER; ${sql}`));
  }
  const database = openConnection(uri);
  database.exec(
    `DROP TRIGGER payments_insert_before_changes; DROP TRIGGER payments_update_before_changes;
    ${sql.replaceAll('NOT deleted', '1 - deleted')}`,
  );
  database.close();
}

describe('copy and verify', () => {
  const folder = temporaryFolder();
  const sqlite = folder.path('from.db');
  const link = folder.path('link.db');
  const hardLink = folder.path('hard.db');
  let postgres = '';

  before(async () => {
    postgres = await (await sharedPostgres()).createDatabase();
    expect((await runCommand(['import', '--repo-uri', sqlite], exportedLines(COUNT))).code).to.equal(0);
    symlinkSync(sqlite, link);
    linkSync(sqlite, hardLink);
  });
  after(() => folder.remove());

  it('move a database from SQLite to Postgres and back, and find both the same', async () => {
    const there = await runCommand(['copy', '--from', sqlite, '--to', postgres]);
    expect(there.stderr).to.match(/^copied 1,500 changes of payments, 0 were there already, 0 rejected\n/);
    expect(there.stderr).to.match(/^verified 1,500 payments and 1,500 changes: the same in both\n/m);
    expect(there.code).to.equal(0);
    const again = await runCommand(['copy', '--from', sqlite, '--to', postgres]);
    expect(again.stderr).to.match(/^copied 0 changes of payments, 1,500 were there already, 0 rejected\n/);
    expect(again.code).to.equal(0);
    const back = await runCommand(['copy', '--from', postgres, '--to', folder.path('back.db')]);
    expect(back.code, back.stderr).to.equal(0);
    expect((await runCommand(['verify', '--from', sqlite, '--to', folder.path('back.db')])).code).to.equal(0);
    expect(
      (await runCommand(['export', '--repo-uri', folder.path('back.db')])).stdout === exportedLines(COUNT),
    ).to.equal(true);
  });

  for (const target of ['sqlite3', 'postgres']) {
    it(`leave ${target} ready to be served: links work, ids stay in use, new payments come last`, async () => {
      const uri = target === 'sqlite3' ? folder.path('ready.db') : await (await sharedPostgres()).createDatabase();
      const flags = [`--repo=${target}`, '--repo-uri', uri];
      expect((await runCommand(['copy', '--from', sqlite, '--to', uri])).code).to.equal(0);
      const service = await startService([...flags, '--max-results=2']);
      try {
        const post = (id: string) =>
          fetch(`${service.url}/v1/payments`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: `{"data":{"id":"${id}","type":"Payment","organisation_id":"o","attributes":{"amount":"1"}}}`,
          });
        expect((await post('p-9')).status, 'the id of a deleted payment').to.equal(409);
        expect((await post(`new in ${target}`)).status).to.equal(201);
        const response = await fetch(`${service.url}/v1/payments?from=${COUNT - Math.floor(COUNT / 9)}`);
        const { data }: { data: { id: string }[] } = JSON.parse(await response.text());
        expect(data.map(({ id }) => id)).to.deep.equal([`new in ${target}`]);
        const { stdout } = await runCommand(['export', ...flags, '--after', String(COUNT * 3)]);
        expect(stdout).to.match(new RegExp(`^{"id":"new in ${target}".*"order":"450[12]"}\n$`));
      } finally {
        await service.stop();
      }
    });
  }

  it('verify names every difference and exits with 1', async () => {
    const uri = await (await sharedPostgres()).createDatabase();
    expect((await runCommand(['copy', '--from', sqlite, '--to', uri])).code).to.equal(0);
    // Without the triggers, which would add changes.
    await queryPostgres(uri, 'ALTER TABLE payments DISABLE TRIGGER USER');
    await queryPostgres(uri, `UPDATE payments SET version = 77 WHERE id = 'p-1'`);
    await queryPostgres(uri, `UPDATE payments SET deleted = NOT deleted WHERE id = 'p-2'`);
    await queryPostgres(uri, `UPDATE payments SET attributes = attributes || ' ' WHERE id = 'p-3'`);
    await queryPostgres(uri, `UPDATE payments SET organisation_id = 'x' WHERE id = 'p-4'`);
    await queryPostgres(uri, `UPDATE payments SET seq = 1 WHERE id = 'p-5'`);
    await queryPostgres(uri, `DELETE FROM payments WHERE id = 'p-6'`);
    const { code, stdout, stderr } = await runCommand(['verify', '--from', sqlite, '--to', uri]);
    expect(stdout.trimEnd().split('\n')).to.include.members([
      '"p-1"\tversion 77 instead of 1',
      '"p-2"\tdeleted',
      '"p-3"\tdifferent attributes',
      '"p-4"\tdifferent organisation_id',
      '"p-5"\tanother position in the order',
      '"p-6"\tmissing',
    ]);
    expect(stderr).to.match(/^verified 1,500 payments and 1,500 changes: \d+ differences\n/m);
    expect(code).to.equal(1);
  });

  it('verify names differences of changes and keys too', async () => {
    const uri = folder.path('changed.db');
    expect((await runCommand(['copy', '--from', sqlite, '--to', uri])).code).to.equal(0);
    const database = openConnection(uri);
    database.exec(`UPDATE payments_changes SET at = at + 1 WHERE id = 'p-1';
      UPDATE payments_changes SET idempotency_key = 'k', fingerprint = 'f' WHERE id = 'p-2';
      DELETE FROM payments_changes WHERE id = 'p-3';
      DROP TRIGGER payments_insert_before_changes;
      INSERT INTO payments (id, version, organisation_id, attributes) VALUES ('q', 0, 'o', '{}')`);
    database.close();
    const { code, stdout } = await runCommand(['verify', '--from', sqlite, '--to', uri]);
    expect(stdout).to.match(
      /^"p-1"\t.*: another time\n"p-2"\t.*: another idempotency key\n"p-3"\t.*: missing\n"q"\tsurplus\n$/,
    );
    expect(code).to.equal(1);
  });

  for (const [source, target] of [
    ['sqlite3', 'postgres'],
    ['postgres', 'sqlite3'],
  ] as const) {
    it(`verify finds surplus writes that are not in the log, and rows in another's place: to ${target}`, async () => {
      const [from, to] = [await createDatabase(source), await createDatabase(target)];
      try {
        expect((await runCommand(['import', ...from.flags], exportedLines(300))).code).to.equal(0);
        expect((await runCommand(['copy', '--from', from.uri, '--to', to.uri])).code).to.equal(0);
        // On SQLite a change refers to its row by number.
        const seq = target === 'sqlite3' ? 'seq,' : '';
        await execute(
          to,
          `DELETE FROM payments WHERE id = 'p-4';
          INSERT INTO payments (id, seq, position, version, organisation_id, attributes) VALUES
            ('by hand', 999, 999, 0, 'o', '{}'), ('by hand too', 1000, 1000, 0, 'o', '{}');
          UPDATE payments SET deleted = NOT deleted, position = position + 1 WHERE id = 'by hand too';
          INSERT INTO payments_changes (position, ${seq} kind, at, id, version, organisation_id, attributes)
            SELECT 16, ${seq} 'updated', at, id, 77, organisation_id, attributes FROM payments_changes WHERE id = 'p-5' UNION ALL
            SELECT 5000, ${seq} 'updated', at, id, 88, organisation_id, attributes FROM payments_changes WHERE id = 'p-7' UNION ALL
            SELECT 5001, ${seq} kind, at, id, version, organisation_id, attributes FROM payments_changes WHERE id = 'p-9' UNION ALL
            SELECT 5002, ${seq} kind, at, 'nobody', version, organisation_id, attributes FROM payments_changes WHERE id = 'p-8'`,
        );
        const forwards = await runCommand(['verify', '--from', from.uri, '--to', to.uri]);
        expect(forwards.stdout.trimEnd().split('\n').sort()).to.deep.equal([
          '"by hand too"\tsurplus',
          '"by hand"\tsurplus',
          '"nobody"\ta surplus change',
          '"p-4"\tmissing',
          '"p-4"\tthe change to version 4: missing',
          '"p-5"\ta surplus change',
          '"p-7"\ta surplus change',
          '"p-9"\ta surplus change',
        ]);
        expect(forwards.code).to.equal(1);
        // In the other direction it is missing.
        const backwards = await runCommand(['verify', '--from', to.uri, '--to', from.uri]);
        expect(backwards.stdout.trimEnd().split('\n')).to.include.members([
          '"by hand"\tmissing',
          '"by hand too"\tmissing',
          '"p-4"\tsurplus',
          '"p-5"\tthe change to version 77: missing',
          '"p-7"\tthe change to version 88: missing',
          '"p-9"\tthe change to version 2: a baseline, the change to version 2: another position in the order',
        ]);
      } finally {
        from.dispose();
        to.dispose();
      }
    });
  }

  it('report that the target continues its old numbering, and keep the order', async () => {
    const target = folder.path('used.db');
    expect((await runCommand(['import', '--repo-uri', target], exportedLines(2_000))).code).to.equal(0);
    const database = openConnection(target);
    database.exec('DELETE FROM payments; DELETE FROM payments_changes');
    database.close();
    const { code, stderr } = await runCommand(['copy', '--from', sqlite, '--to', target]);
    expect(stderr).to.match(
      /1,500 changes of payments have other positions: .*\nverified 1,500 payments and 1,500 changes: the same in both\n/,
    );
    expect(code).to.equal(0);
  });

  it('an import that is repeated finds the changes that it stored with later times', async () => {
    const flags = ['--repo-uri', folder.path('later.db')];
    const line = (id: string, facts: object) =>
      `${JSON.stringify({ id, type: 'Payment', organisation_id: 'o', attributes: { amount: '1' }, ...facts })}\n`;
    expect((await runCommand(['import', ...flags], line('of today', {}))).code).to.equal(0);
    const change = { kind: 'created', at: '2024-01-01T00:00:00.000Z' };
    const lines =
      line('a', { change: { ...change, position: '10' } }) + line('b', { change: { ...change, position: '11' } });
    expect((await runCommand(['import', ...flags], lines)).code).to.equal(0);
    const { code, stderr } = await runCommand(['import', ...flags], lines);
    expect(stderr).to.equal('imported 0 rows, 2 were there already, 0 lines rejected\n');
    expect(code).to.equal(0);
    // One that claims a later time than the stored one is another change.
    const later = line('a', { change: { ...change, position: '10', at: '9999-01-01T00:00:00.000Z' } });
    expect((await runCommand(['import', ...flags], later)).stderr).to.include('(another time)');
  });

  it('verify reports changes that have other positions, even if a log is empty', async () => {
    const target = folder.path('moved.db');
    expect((await runCommand(['copy', '--from', sqlite, '--to', target])).code).to.equal(0);
    const database = openConnection(target);
    database.exec(
      `UPDATE payments_changes SET position = position + 1 WHERE kind = 'deleted'; DELETE FROM payments_log`,
    );
    database.close();
    const { code, stderr } = await runCommand(['verify', '--from', target, '--to', sqlite]);
    expect(stderr).to.match(
      /^166 changes of payments have other positions: .*\nverified 1,500 payments and 1,500 changes: the same in both\n$/,
    );
    expect(code).to.equal(0);
  });

  it('take two spellings of one Postgres for what they are, and two databases of one server for two', async () => {
    const uri = await (await sharedPostgres()).createDatabase();
    const { username, password, hostname, port, pathname } = new URL(uri);
    const spelled = `postgresql://${pathname}?host=${hostname}&port=${port}&user=${username}&password=${password}`;
    expect((await runCommand(['copy', '--from', sqlite, '--to', uri])).code).to.equal(0);
    for (const command of ['copy', 'verify']) {
      const { code, stderr } = await runCommand([command, '--from', uri, '--to', spelled]);
      expect(stderr).to.equal('payments-api: to: takes another database than from\n');
      expect(code).to.equal(2);
    }
    expect((await runCommand(['copy', '--from', spelled, '--to', postgres])).code).to.equal(0);
  });

  for (const [argv, message] of [
    [['copy', '--from', sqlite], /^payments-api: to: takes a file path .* and must be given\n$/],
    [['copy', '--from', sqlite, '--to', sqlite], /to: takes another database than from/],
    [['copy', '--from', sqlite, '--to', link], /to: takes another database than from/],
    [['verify', '--from', hardLink, '--to', sqlite], /to: takes another database than from/],
    [['verify', '--from', folder.path('none.db'), '--to', sqlite], /there is no such file/],
    [
      ['verify', '--from', sqlite, '--to', 'postgres://u:hidden@[bad/x'],
      /^payments-api: to: takes a connection string, .*\n$/,
    ],
    [['verify', '--from', sqlite, '--to', 'postgres://u@h/x?sslmode=perhaps'], /^payments-api: to: /],
    [['verify', '--from', sqlite, '--to', link, '--timeout', '0'], /^payments-api: timeout: /],
  ] as const) {
    it(`end with one line and code 2: ${argv.map((part) => part.replace(/^.*\//, '')).join(' ')}`, async () => {
      const { code, stderr } = await runCommand(argv);
      expect(stderr).to.match(message).and.not.contain('hidden');
      expect(code).to.equal(2);
    });
  }
});
