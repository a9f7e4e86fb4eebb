import { execFileSync, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readdirSync,
  readFile,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { basename, dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { openConnection } from '../../src/store/sqlite/connection.js';
import { queryPostgres, sharedPostgres } from '../support/postgres.js';
import { MAIN, runProgram, startProgram } from '../support/program.js';
import { startService } from '../support/service.js';
import { exportedLines, runCommand, temporaryFolder } from './support.js';

/** Three batches and a half: batches have 1,000 rows. */
const COUNT = 3_500;

const subjects = {
  sqlite3: {
    flags: async (folder: ReturnType<typeof temporaryFolder>, name: string) => [
      '--repo-uri',
      folder.path(`${name}.db`),
    ],
    count: async (uri: string) => {
      if (!existsSync(uri)) return 0;
      const database = openConnection(uri, { readonly: true });
      try {
        return Number(database.prepare('SELECT count(*) FROM payments').pluck().get());
      } catch {
        return 0;
      } finally {
        database.close();
      }
    },
  },
  postgres: {
    flags: async () => ['--repo=postgres', '--repo-uri', await (await sharedPostgres()).createDatabase()],
    count: async (uri: string) => {
      const [table] = await queryPostgres<{ found: string | null }>(uri, `SELECT to_regclass('payments') AS found`);
      if (table?.found == null) return 0;
      const [row] = await queryPostgres<{ count: string }>(uri, 'SELECT count(*) AS count FROM payments');
      return Number(row?.count);
    },
  },
};

/** Whether an export to the file has begun and not ended. */
function isUnfinished(file: string): boolean {
  return readdirSync(dirname(file)).some((name) => name.startsWith(basename(file)) && name.endsWith('.unfinished'));
}

describe('import and export', () => {
  const folder = temporaryFolder();
  const lines = exportedLines(COUNT);
  after(() => folder.remove());

  it('move every payment from a file to SQLite, to a file, to Postgres and to a file again, byte for byte', async () => {
    const one = folder.path('one.ndjson');
    const two = folder.path('two.ndjson');
    const three = folder.path('three.ndjson');
    writeFileSync(one, lines);
    const sqlite = await subjects.sqlite3.flags(folder, 'round');
    const postgres = await subjects.postgres.flags();

    const first = await runCommand(['import', '--file', one, ...sqlite]);
    expect(first.stderr).to.equal('imported 3,500 rows, 0 were there already, 0 lines rejected\n');
    expect(first.code).to.equal(0);
    expect((await runCommand(['export', `--file=${two}`, ...sqlite])).stderr).to.match(/^exported 3,500 payments\n/);
    expect(readFileSync(two, 'utf8') === lines, 'SQLite gives back what it got').to.equal(true);
    expect((await runCommand(['import', ...postgres], readFileSync(two, 'utf8'))).code).to.equal(0);
    expect((await runCommand(['export', '-file', three, ...postgres])).code).to.equal(0);
    expect(readFileSync(three, 'utf8') === lines, 'Postgres gives back what it got').to.equal(true);
    expect(isUnfinished(two), 'files left behind').to.equal(false);

    for (const flags of [sqlite, postgres]) {
      const { stdout, code } = await runCommand(['export', '--after', String((COUNT - 2) * 3), ...flags]);
      expect(code).to.equal(0);
      expect(stdout).to.equal(lines.split('\n').slice(-3).join('\n'));
    }
  });

  for (const [name, { flags: flagsOf, count }] of Object.entries(subjects)) {
    describe(`with ${name}`, () => {
      it('continue after a SIGKILL, and skip what is stored', async () => {
        const flags = await flagsOf(folder, 'killed');
        const uri = flags.at(-1) ?? '';
        const { child, ended } = startProgram(['import', ...flags]);
        // Half of the lines, and the pipe stays open: it cannot have finished when the signal arrives.
        child.stdin?.write(lines.slice(0, lines.length / 2));
        while ((await count(uri)) < 1000) await delay(20);
        child.kill('SIGKILL');
        await ended;
        const survived = await count(uri);
        expect(survived).to.be.within(1000, COUNT / 2);

        const { code, stderr } = await runCommand(['import', ...flags], lines);
        const [, imported = '', there = ''] =
          /^imported ([\d,]+) rows, ([\d,]+) were there already, 0 lines rejected\n$/.exec(stderr) ?? [];
        const [written, same] = [imported, there].map((text) => Number(text.replaceAll(',', '')));
        expect(Number(written) + Number(same), stderr).to.equal(COUNT);
        // Postgres may finish a statement that was in flight when its client died, after the count.
        expect(same).to.be.within(survived, COUNT / 2);
        expect(code).to.equal(0);
        expect((await runCommand(['export', ...flags])).stdout === lines, 'exported as imported').to.equal(true);
      });

      it('take plain payments and envelopes as new ones, name each rejected line, and exit with 1', async () => {
        const flags = await flagsOf(folder, 'rejected');
        const input = [
          '{"id":"b","type":"Payment","organisation_id":"o","attributes":{ "amount" : "1.00", "big": 12345678901234567890 }}',
          '{"data":{"id":"a","type":"Payment","organisation_id":"o","attributes":{"amount":"2"}},"links":{"self":"x"}}',
          '',
          '{"id":"c","type":"Payment","organisation_id":" ","attributes":{"amount":"-1"}}',
          '{"id":"d"',
          '{"data":{"type":"Payment","organisation_id":"o","attributes":{"amount":"2"}}}',
          '{"id":"b","type":"Payment","organisation_id":"o","attributes":{"amount":"3"}}',
          '{"id":"b","type":"Payment","organisation_id":"o","attributes":{"big":12345678901234567890,"amount":"1.00"}}',
          '{"id":"a","type":"Payment","organisation_id":"o","attributes":{"amount":"2"}}',
          '{"id":"e","type":"Payment","organisation_id":"o","attributes":{"amount":"2"},"deleted":1,"order":"-1"}',
          '{"id":"f","type":"Payment","organisation_id":"o","attributes":{"amount":"2"},"colour":"red"}',
          '{"id":"g","version":5,"type":"Payment","organisation_id":"o","attributes":{"amount":"7"},"deleted":true,"order":"100"}\r',
          '{"id":"h","type":"Payment","organisation_id":"o","attributes":{"amount":"8"},"order":"4"}',
          // As in a request: a number that the contract would compare rounded.
          '{"id":"i","type":"Payment","organisation_id":"o","attributes":{"amount":2.00000000000000000001}}',
        ].join('\n');
        const { code, stderr } = await runCommand(['import', ...flags], input);
        expect(code).to.equal(1);
        const rejected = new Map(
          [...stderr.matchAll(/^line (\d+): (.*)$/gm)].map(([, number, reason]) => [Number(number), reason]),
        );
        expect([...rejected.keys()].sort((one, other) => one - other)).to.deep.equal([4, 5, 6, 7, 8, 10, 11, 14]);
        expect(rejected.get(4)).to.match(
          /^\/organisation_id must not be blank.*; \/attributes\/amount must be a decimal/,
        );
        expect(rejected.get(5)).to.match(/^is not JSON: /);
        expect(rejected.get(6)).to.equal('/data/id is required');
        expect(rejected.get(7)).to.equal('the id "b" is that of another row (different attributes)');
        expect(rejected.get(8)).to.equal('the id "b" is that of another row (different attributes)');
        expect(rejected.get(10)).to.match(/^\/deleted must be true or false; \/order must be a string/);
        expect(rejected.get(11)).to.equal('/colour is not a property of the contract');
        expect(rejected.get(14)).to.match(/^\/attributes\/amount is a number with more digits than a double/);
        expect(stderr).to.match(/^imported 4 rows, 1 were there already, 8 lines rejected$/m);

        const { stdout } = await runCommand(['export', ...flags]);
        expect(stdout.trimEnd().split('\n')).to.deep.equal([
          '{"id":"b","version":0,"type":"Payment","organisation_id":"o","attributes":{"amount":"1.00","big":12345678901234567890},"deleted":false,"order":"1"}',
          '{"id":"a","version":0,"type":"Payment","organisation_id":"o","attributes":{"amount":"2"},"deleted":false,"order":"2"}',
          '{"id":"g","version":5,"type":"Payment","organisation_id":"o","attributes":{"amount":"7"},"deleted":true,"order":"100"}',
          '{"id":"h","version":0,"type":"Payment","organisation_id":"o","attributes":{"amount":"8"},"deleted":false,"order":"101"}',
        ]);
      });

      it('accept what they have exported, whatever order was imported', async () => {
        const [flags, others] = [await flagsOf(folder, 'ordered'), await flagsOf(folder, 'ordered again')];
        const wanted = exportedLines(2).replace('"order":"3"', '"order":"999999999999999999"');
        expect((await runCommand(['import', ...flags], wanted)).code).to.equal(0);
        const { stdout } = await runCommand(['export', ...flags]);
        expect((await runCommand(['import', ...others], stdout)).stderr).to.match(
          /^imported 2 rows, .* 0 lines rejected\n$/,
        );
      });

      it('work next to a running service: nothing is lost, and no position is used twice', async () => {
        const flags = await flagsOf(folder, 'beside');
        const service = await startService(flags);
        const created: string[] = [];
        let isOver = false;
        const client = async (name: string) => {
          for (let index = 0; !isOver; index += 1) {
            const id = `${name} ${index}`;
            const { status } = await fetch(`${service.url}/v1/payments`, {
              method: 'POST',
              headers: { 'Content-Type': 'application/json' },
              body: `{"data":{"id":"${id}","type":"Payment","organisation_id":"o","attributes":{"amount":"1"}}}`,
            });
            expect(status).to.equal(201);
            created.push(id);
          }
        };
        try {
          const clients = Promise.all(['a', 'b', 'c', 'd'].map(client));
          const imported = await runCommand(['import', ...flags], lines);
          isOver = true;
          await clients;
          expect(imported.stderr).to.equal('imported 3,500 rows, 0 were there already, 0 lines rejected\n');
        } finally {
          isOver = true;
          await service.stop();
        }
        const { stdout } = await runCommand(['export', ...flags]);
        const exported = stdout
          .trimEnd()
          .split('\n')
          .map((line): { id: string; order: string } => JSON.parse(line));
        expect(created.length).to.be.greaterThan(0);
        expect(new Set(exported.map(({ order }) => order)).size).to.equal(COUNT + created.length);
        const ids = exported.map(({ id }) => id);
        expect(new Set(ids).size).to.equal(COUNT + created.length);
        const wanted = lines
          .trimEnd()
          .split('\n')
          .map((line) => String(JSON.parse(line).id));
        const isWanted = new Set(wanted);
        expect(ids.filter((id) => isWanted.has(id))).to.deep.equal(wanted);
      });

      it('need no more memory for more payments', async () => {
        const flags = await flagsOf(folder, 'large');
        const file = folder.path('large.ndjson');
        const line = (index: number) =>
          `{"id":"${index}","type":"Payment","organisation_id":"o","attributes":{"amount":"1","x":"${'x'.repeat(40_000)}"}}\n`;
        writeFileSync(file, Array.from({ length: 1000 }, (_, index) => line(index)).join(''));
        // The heap is smaller than the data.
        const env = { NODE_OPTIONS: '--max-old-space-size=32' };
        const imported = await runProgram(['import', '--file', file, ...flags], { env });
        expect(imported.code, imported.stderr).to.equal(0);
        const exported = await runProgram(['export', '--file', folder.path('large.out'), ...flags], { env });
        expect(exported.stderr).to.match(/^exported 1,000 payments\n/);
        expect(statSync(folder.path('large.out')).size).to.be.greaterThan(40_000_000);
      });
    });
  }

  it('write only whole lines, and no bar, into a pipe', async () => {
    const flags = await subjects.sqlite3.flags(folder, 'round');
    const { stdout, stderr } = await runCommand(['export', ...flags]);
    expect(stdout === lines).to.equal(true);
    expect(stderr).to.match(/^exported 3,500 payments\n(?:exported [\d,]+ \w+\n)*$/);
  });

  it('end with one line if the reader of the output closes it', async () => {
    const { child, ended } = startProgram(['export', ...(await subjects.sqlite3.flags(folder, 'round'))]);
    if (child.stdout) {
      await once(child.stdout, 'data');
      child.stdout.destroy();
    }
    const { code, stderr } = await ended;
    expect(stderr).to.equal('payments-api: the reader of the output disconnected\n');
    expect(code).to.equal(1);
  });

  it('write to a device or pipe named by --file, and through a link to its file, with its mode', async () => {
    const flags = ['export', ...(await subjects.sqlite3.flags(folder, 'round')), '--file'];
    const [pipe, link, file] = [folder.path('pipe'), folder.path('link'), folder.path('private.ndjson')];
    execFileSync('mkfifo', [pipe]);
    const read = promisify(readFile)(pipe, 'utf8');
    expect(await runCommand([...flags, pipe])).to.include({ code: 0, stdout: '' });
    expect((await read) === lines).to.equal(true);
    expect(statSync(pipe).isFIFO()).to.equal(true);

    writeFileSync(file, '', { mode: 0o600 });
    symlinkSync(file, link);
    expect((await runCommand([...flags, link])).code).to.equal(0);
    expect(lstatSync(link).isSymbolicLink()).to.equal(true);
    expect(readFileSync(file, 'utf8') === lines).to.equal(true);
    expect(statSync(file).mode & 0o777).to.equal(0o600);
  });

  it('leave no partial file when a signal ends an export', async () => {
    const flags = await subjects.sqlite3.flags(folder, 'round');
    const target = folder.path('ended.ndjson');
    let code: number | null;
    do {
      rmSync(target, { force: true });
      const { child, ended } = startProgram(['export', ...flags, '--file', target]);
      while (!isUnfinished(target) && child.exitCode === null) await delay(1);
      child.kill('SIGINT');
      ({ code } = await ended);
      // Repeated if it finished before the signal arrived.
    } while (code === 0 || (existsSync(target) && readFileSync(target, 'utf8') === lines));
    expect(code).to.equal(130);
    expect([isUnfinished(target), existsSync(target)]).to.deep.equal([false, false]);
  });

  it('leave a whole file even if two exports to it overlap', async () => {
    const flags = await subjects.sqlite3.flags(folder, 'round');
    const target = folder.path('overlapping.ndjson');
    let isOverlapping: boolean;
    do {
      const { child, ended } = startProgram(['export', ...flags, '--file', target]);
      while (!isUnfinished(target) && child.exitCode === null) await delay(1);
      child.kill('SIGSTOP');
      isOverlapping = isUnfinished(target);
      const second = await runCommand(['export', ...flags, '--file', target]);
      child.kill('SIGCONT');
      expect([(await ended).code, second.code]).to.deep.equal([0, 0]);
      expect(readFileSync(target, 'utf8') === lines).to.equal(true);
      // Repeated if the first finished before the second began.
    } while (!isOverlapping);
  });

  it('report what was kept if an import fails', async () => {
    const uri = folder.path('fails.db');
    expect((await runCommand(['migrate', 'up', '--repo-uri', uri])).code).to.equal(0);
    const database = openConnection(uri);
    database.exec(
      "CREATE TRIGGER fails BEFORE INSERT ON payments WHEN NEW.seq > 3000 BEGIN SELECT RAISE(ABORT, 'is full'); END",
    );
    database.close();
    const { code, stderr } = await runCommand(['import', '--repo-uri', uri], lines);
    expect(stderr).to.equal(
      'incomplete: what was written is kept; run the same command again to continue from there\n' +
        `payments-api: the SQLite database ${uri} cannot be used: is full (SQLITE_CONSTRAINT_TRIGGER)\n`,
    );
    expect([code, await subjects.sqlite3.count(uri)]).to.deep.equal([1, 1000]);
  });

  it('name each rejected line to a reader that is slower than the import', async () => {
    const { child, ended } = startProgram(['import', '--repo-uri', folder.path('slow.db')]);
    child.stderr.pause();
    child.stdin.end('{"id":5}\n'.repeat(20_000));
    await once(child.stdin, 'finish');
    child.stderr.resume();
    const { code, stderr } = await ended;
    const printed = stderr.split('\n');
    expect(printed.slice(19_999)).to.deep.equal([
      printed[0]?.replace('line 1:', 'line 20000:'),
      'imported 0 rows, 0 were there already, 20,000 lines rejected',
      '',
    ]);
    expect(code).to.equal(1);
  });

  it('import rejects a folder as standard input, which Node takes for an empty file', () => {
    const stdio = [openSync(folder.path(''), 'r'), 'pipe', 'pipe'] as const;
    const argv = [MAIN, 'import', '--repo-uri', folder.path('x.db')];
    const { status, stderr } = spawnSync(process.execPath, argv, { stdio: [...stdio], encoding: 'utf8' });
    expect(stderr).to.match(/^payments-api: file: takes a path that can be read, and "-" cannot \(EISDIR\)\n$/);
    expect(status).to.equal(2);
  });

  it('name the file that is damaged', async () => {
    const uri = folder.path('damaged.db');
    expect((await runCommand(['import', '--repo-uri', uri], exportedLines(1_000))).code).to.equal(0);
    const { size } = statSync(uri);
    const file = openSync(uri, 'r+');
    writeSync(file, Buffer.alloc(size - 16_384, 0xaa), 0, size - 16_384, 8_192);
    closeSync(file);
    const damaged = `the SQLite database ${uri} cannot be used: database disk image is malformed (SQLITE_CORRUPT)\n`;
    for (const argv of [['export'], ['export', '--changes'], ['import']]) {
      const { code, stderr } = await runCommand([...argv, '--repo-uri', uri], exportedLines(1));
      expect(stderr).to.contain(damaged);
      expect(code).to.equal(1);
    }
  });

  for (const [argv, message] of [
    [['export'], /a database in memory cannot be moved/],
    [['import'], /a database in memory cannot be moved/],
    [['export', '--repo-uri', folder.path('nowhere.db')], /there is no such file/],
    [
      ['import', '--repo-uri', folder.path('x.db'), '--file', folder.path('no.ndjson')],
      /^payments-api: file: .*ENOENT/,
    ],
    [['export', '--repo-uri', folder.path('round.db'), '--file', folder.path('no/x')], /^payments-api: file: .*ENOENT/],
    [
      ['import', '--repo-uri', folder.path('x.db'), '--file', folder.path('')],
      /^payments-api: file: takes a path that can be read, .*EISDIR/,
    ],
    [
      ['export', '--repo-uri', folder.path('round.db'), '--file', folder.path('')],
      /^payments-api: file: takes a path that can be written, .*EISDIR/,
    ],
    [['export', '--file'], /--file needs a value/],
    [['export', '--after', 'x'], /after: takes an order/],
    [['import', 'payments.ndjson'], /unexpected argument "payments.ndjson"/],
    [['imports'], /did you mean import\?/],
  ] as const) {
    it(`end with one line and code 2: ${argv.map((part) => part.replace(/^.*\//, '')).join(' ')}`, async () => {
      const { code, stdout, stderr } = await runCommand(argv);
      expect(stderr).to.match(message);
      expect(stderr.trimEnd().split('\n')).to.have.length(1);
      expect(stdout).to.equal('');
      expect(code).to.equal(2);
    });
  }
});
