import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { expect } from 'chai';
import pg from 'pg';
import { payments, resources } from '../../src/payments/resource.js';
import { loadMigrations } from '../../src/store/migrations/files.js';
import { migrateDown, migrateUp, migrationStatus } from '../../src/store/migrations/run.js';
import { connectPostgres } from '../../src/store/postgres/open.js';
import { postgresConnection } from '../../src/store/postgres/sql-connection.js';
import { tablesOf } from '../../src/store/tables.js';
import { StoreError, StoreOpenError } from '../../src/store/types.js';
import { bundle } from '../support/bundle.js';
import { freePort } from '../support/http.js';
import { queryPostgres, sharedPostgres } from '../support/postgres.js';
import { createAll, expectError, newCall, newPayment, numbered } from './conformance/subject.js';
import { migrationsFolder, type OpenOptions, openRows, table } from './postgres-subject.js';

async function listenOn(server: Server, port: number): Promise<void> {
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
}

describe('Postgres: opening', () => {
  let uri: string;

  beforeEach(async () => {
    uri = await (await sharedPostgres()).createDatabase();
  });

  const open = (options: Partial<OpenOptions> = {}) => openRows({ uri, ...options });

  /** @returns the error of opening */
  async function failure(options: Partial<OpenOptions>): Promise<Error> {
    const repo = await open({ startTimeoutMs: 300, ...options }).catch((error: unknown) => error);
    return repo instanceof Error ? repo : expect.fail('it opened');
  }

  const withUri = (parts: Partial<URL>): string => Object.assign(new URL(uri), parts).href;

  it('eight services that start at once in one process all succeed', async () => {
    const repos = await Promise.all(numbered('service', 8).map(() => open()));
    await Promise.all(repos.map((repo, index) => createAll(repo, [`p-${index}`])));
    expect(await repos[0]?.count(newCall())).to.equal(8);
    await Promise.all(repos.map((repo) => repo.close()));
  });

  it('eight processes that start at once on an empty database all succeed', async () => {
    const names = numbered('client', 8);
    const program = await bundle('test/repo/postgres-client.ts');
    const clients = names.map((name) => fork(program, [uri, name], { execArgv: [] }));
    await Promise.all(clients.map((client) => once(client, 'message')));
    const reports = await Promise.all(
      clients.map(async (client) => {
        client.send('go');
        // The process may be seen to exit before its message is read.
        const [[report]] = await Promise.all([once(client, 'message'), once(client, 'exit')]);
        return report;
      }),
    );
    expect(reports).to.deep.equal(names.map(() => ({ error: null })));
    const rows = await queryPostgres<{ id: string }>(uri, 'SELECT id FROM eight.payments ORDER BY id');
    expect(rows.map(({ id }) => id)).to.deep.equal(names);
  });

  for (const name of [
    { schema: null, table: 'Payments of "2026"; DROP TABLE payments; --' },
    { schema: 'Other "schema"', table: 'payments' },
    { schema: 'über', table: `${'x'.repeat(40)}.${'y'.repeat(22)}` },
    { schema: 'select', table: '$1' },
    { schema: null, table: `it's` },
  ]) {
    it(`works in a table named ${JSON.stringify(name)}`, async () => {
      for (let times = 0; times < 2; times++) {
        const repo = await open({ table: name });
        await createAll(repo, [`p-${times}`]);
        expect(await repo.count(newCall())).to.equal(times + 1);
        expect(await repo.delete(`p-${times}`, 9, newCall())).to.include({ currentVersion: 0 });
        expect((await repo.list({ kind: 'after', position: '0', size: 5 }, newCall())).rows).to.have.length(times + 1);
        await repo.close();
      }
      const [found] = await queryPostgres<{ tables: string }>(
        uri,
        `SELECT count(*) AS tables FROM pg_tables WHERE schemaname = '${(name.schema ?? 'public').replaceAll("'", "''")}'`,
      );
      // Three of each resource, and the migrations.
      expect(Number(found?.tables)).to.equal(3 * resources.length + 1);
    });
  }

  it('keeps two tables of one database apart', async () => {
    const [left, right] = await Promise.all([open(), open({ table: { schema: 'other', table: 'payments' } })]);
    await createAll(left, ['a']);
    await createAll(right, ['a', 'b']);
    await left.deleteAll(newCall());
    expect(await right.count(newCall())).to.equal(2);
    await Promise.all([left.close(), right.close()]);
  });

  it('needs no right to create anything if everything exists', async () => {
    const name = { schema: 'app', table: 'payments' };
    await (await open({ table: name })).close();
    const role = `role_${new URL(uri).pathname.slice(1)}`;
    await queryPostgres(
      uri,
      `CREATE ROLE ${role} LOGIN PASSWORD 'p'; GRANT USAGE ON SCHEMA app TO ${role};
       GRANT SELECT, INSERT, UPDATE, TRUNCATE ON ALL TABLES IN SCHEMA app TO ${role};
       GRANT USAGE ON ALL SEQUENCES IN SCHEMA app TO ${role}`,
    );
    const asRole = withUri({ username: role, password: 'p' });
    const repo = await open({ uri: asRole, table: name });
    await createAll(repo, ['a']);
    await repo.deleteAll(newCall());
    await repo.close();
    expect(await failure({ uri: asRole, table: { schema: 'new', table: 'payments' } })).to.satisfy(
      (error: Error) => error instanceof StoreOpenError && error.message.includes('permission denied'),
    );
    await queryPostgres(uri, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
  });

  describe('unusable settings', () => {
    it('are rejected at once, without the password', async () => {
      const cases: [string, Partial<OpenOptions>][] = [
        ['a wrong password', { uri: withUri({ password: 'secret' }) }],
        ['no such role', { uri: withUri({ username: 'nobody' }) }],
        ['no such database', { uri: withUri({ pathname: '/missing' }) }],
        ['TLS that the server does not have', { uri: withUri({ search: '?sslmode=require' }) }],
        ['an unknown sslmode', { uri: withUri({ search: '?sslmode=prefer' }) }],
        ['a missing certificate', { uri: withUri({ search: '?sslrootcert=/missing.pem' }) }],
        ['no connection string', { uri: 'payments.db' }],
        ['another database', { uri: 'mysql://user:secret@localhost/db' }],
      ];
      for (const [name, options] of cases) {
        const error = await failure({ startTimeoutMs: 60_000, ...options });
        expect(error, name).to.be.instanceOf(StoreOpenError);
        expect(error.message, name)
          .to.match(/^[^\n]+$/)
          .and.not.to.match(/secret|test@/);
      }
    });

    it('say that a password is missing', async () => {
      expect((await failure({ uri: withUri({ password: '' }), startTimeoutMs: 60_000 })).message).to.equal(
        'cannot open the Postgres database: the server asks for a password, and the connection string has none',
      );
    });

    it('include the folder of migrations', async () => {
      expect(await failure({ migrations: 'no/such/folder' })).to.be.instanceOf(StoreOpenError);
    });

    it('include a table that is something else', async () => {
      await queryPostgres(uri, 'CREATE TABLE payments (id text)');
      const error = await failure({});
      expect(error).to.be.instanceOf(StoreOpenError);
      expect(error.message).to.include('0001_payments').and.to.include('already exists');
    });
  });

  describe('an unreachable database', () => {
    it('is awaited, then reported', async () => {
      const startedMs = performance.now();
      const error = await failure({ uri: withUri({ port: '1' }), startTimeoutMs: 400 });
      expect(error).to.be.instanceOf(StoreError).with.property('code', 'unavailable');
      expect(performance.now() - startedMs).to.be.within(250, 8_000);
    });

    it('may become available late', async () => {
      const rejecting = createServer((socket) => socket.destroy());
      const port = await freePort();
      await listenOn(rejecting, port);
      const opened = open({ uri: withUri({ port: String(port) }) });
      await once(rejecting, 'connection');
      rejecting.close();
      await once(rejecting, 'close');
      const upstreamPort = Number(new URL(uri).port);
      const forwarder = createServer((socket) => {
        const upstream = connect(upstreamPort, '127.0.0.1');
        socket.pipe(upstream).pipe(socket);
        socket.on('error', () => upstream.destroy());
        upstream.on('error', () => socket.destroy());
      });
      await listenOn(forwarder, port);
      const repo = await opened;
      await createAll(repo, ['a']);
      await repo.close();
      forwarder.close();
      await once(forwarder, 'close');
    });
  });

  it('migrates by command, up and down', async () => {
    const migrations = await loadMigrations(migrationsFolder);
    const connection = await connectPostgres({ repoUri: uri, repoTable: table }, [payments], 'schema');
    const names = migrations.map(({ name }) => name);
    expect(names.slice(0, 2)).to.deep.equal(['0001_payments', '0002_changes']);
    const pending = (await migrationStatus(connection, migrations)).filter(({ appliedAt }) => appliedAt === null);
    expect(pending.map(({ name }) => name)).to.deep.equal(names);
    expect(await migrateUp(connection, migrations)).to.deep.equal(names);
    const [status] = await migrationStatus(connection, migrations);
    expect(Date.parse(status?.appliedAt ?? '')).to.be.closeTo(Date.now(), 60_000);
    expect(status?.appliedAt).to.match(/Z$/);
    for (const name of [...names].reverse()) expect(await migrateDown(connection, migrations)).to.equal(name);
    expect(await migrateDown(connection, migrations)).to.equal(null);
    expect(await migrateUp(connection, migrations)).to.deep.equal(names);
    await connection.close();
    await (await open()).close();
  });

  it('names a migration that the database rejects', async () => {
    const connection = await connectPostgres({ repoUri: uri, repoTable: table }, [payments], 'schema');
    const rejected = {
      'relation "nowhere" does not exist': 'SELECT 1 FROM nowhere',
      'schema "nowhere" does not exist': 'CREATE TABLE nowhere.t (id text)',
      'division by zero': 'SELECT 1 / 0',
      'could not create unique index "i"':
        'CREATE TABLE t AS SELECT 1 AS id FROM generate_series(1, 2); CREATE UNIQUE INDEX i ON t (id)',
      'FOR UPDATE is not allowed with UNION/INTERSECT/EXCEPT': 'SELECT 1 UNION SELECT 2 FOR UPDATE',
    };
    for (const [message, up] of Object.entries(rejected)) {
      const migrations = [{ number: 1, name: '0001_a', checksum: '', up, down: '' }];
      const error = await migrateUp(connection, migrations).catch((cause: unknown) => cause);
      expect(error, up)
        .to.be.instanceOf(StoreOpenError)
        .with.property('message', `migration 0001_a failed: ${message}`);
      const [status] = await migrationStatus(connection, migrations);
      expect(status?.appliedAt, up).to.equal(null);
    }
    await connection.close();
  });

  describe('migrations', () => {
    const isLinux = process.platform === 'linux';
    (isLinux ? it : it.skip)('notice a lost connection within seconds: its keep-alive timer is short', async () => {
      const { query, close } = await connectPostgres({ repoUri: uri, repoTable: table }, [payments], 'schema');
      const [own] = await query('SELECT inet_client_port() AS port');
      const ends = [own?.port, new URL(uri).port].map((port) => `:${Number(port).toString(16).padStart(4, '0')}`);
      let timer: readonly string[] = [];
      // See `man 5 proc_pid_net`: the columns, the timer's kind (02 is keep-alive), and its rest in hundredths of a second.
      while (timer[0] !== '02') {
        const lines = readFileSync('/proc/net/tcp', 'utf8').toLowerCase().split('\n');
        const columns = lines.map((line) => line.trim().split(/\s+/));
        const found = columns.find(([, ...addresses]) => ends.every((end, index) => addresses[index]?.endsWith(end)));
        timer = found?.[5]?.split(':') ?? expect.fail('the connection is not there');
      }
      await close();
      expect(Number.parseInt(timer[1] ?? '', 16)).to.be.at.most(500);
    });

    /** Another process that is migrating. @returns ends it */
    async function migrateForLong(): Promise<() => Promise<void>> {
      const { transaction, close } = await connectPostgres({ repoUri: uri, repoTable: table }, [payments], 'schema');
      let end: () => void = () => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const hasLock = new Promise<void>((resolve) => {
        void transaction(null, () => {
          resolve();
          return ended;
        }).then(close);
      });
      await hasLock;
      return async () => end();
    }

    it('take no lock if there is nothing to do', async () => {
      await (await open()).close();
      const end = await migrateForLong();
      await (await open()).close();
      await end();
    });

    it('wait for another process, and report it', async () => {
      const end = await migrateForLong();
      const messages: [string, string][] = [];
      const isReported = new Promise<void>((resolve) => {
        void open({
          events: {
            failure: (reason, message) => {
              messages.push([reason, message]);
              resolve();
            },
          },
        }).then((repo) => repo.close());
      });
      await isReported;
      expect(messages).to.deep.equal([
        ['migration_lock', 'another process is migrating the database: waiting until it has finished'],
      ]);
      await end();
      await (await open()).close();
    });

    it('do not wait for another process forever', async () => {
      const end = await migrateForLong();
      const client = new pg.Client({ connectionString: uri });
      await client.connect();
      const tables = tablesOf([payments], table);
      const { transaction } = postgresConnection(client, { applicationName: 'payments-api', tables, lockTimeoutMs: 0 });
      const error = await expectError(
        transaction(null, async () => {}),
        'unavailable',
      );
      expect(error).to.include({
        message: 'another process has been migrating the database for 0 s',
        reason: 'migration_lock',
      });
      await client.end();
      await end();
    });

    it('work with any date style', async () => {
      await queryPostgres(uri, `ALTER DATABASE "${new URL(uri).pathname.slice(1)}" SET datestyle = 'German'`);
      await (await open()).close();
      const repo = await open();
      await createAll(repo, ['a']);
      const [change] = await repo.changes({ after: '0', size: 1 }, newCall());
      expect(change?.at).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
      expect(Date.parse(change?.at ?? '')).to.be.closeTo(Date.now(), 60_000);
      await repo.close();
    });

    it('of the next release do not keep this one from starting; those after it do', async () => {
      await (await open()).close();
      const apply = (number: number) =>
        queryPostgres(
          uri,
          `INSERT INTO payments_migrations (number, name, checksum) VALUES (${number}, '000${number}_next', '')`,
        );
      const next = (await loadMigrations(migrationsFolder)).length + 1;
      await apply(next);
      const repo = await open();
      await createAll(repo, ['a']);
      await repo.close();
      await apply(next + 1);
      const error = await failure({});
      expect(error).to.be.instanceOf(StoreOpenError);
      expect(error.message).to.include('the database is newer');
    });
  });

  describe('a database that does not support what a write needs', () => {
    it('because of its encoding', async () => {
      const name = `${new URL(uri).pathname.slice(1)}_latin`;
      await queryPostgres(uri, `CREATE DATABASE ${name} TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'`);
      const error = await failure({ uri: withUri({ pathname: `/${name}` }) });
      expect(error).to.be.instanceOf(StoreOpenError);
      expect(error.message).to.include('LATIN1').and.include('UTF8');
      await queryPostgres(uri, `DROP DATABASE ${name}`);
    });

    it('because of missing rights: at start, and while it serves', async () => {
      await (await open()).close();
      const role = `role_${new URL(uri).pathname.slice(1)}`;
      await queryPostgres(
        uri,
        `CREATE ROLE ${role} LOGIN PASSWORD 'p'; GRANT USAGE ON SCHEMA public TO ${role};
         GRANT SELECT, INSERT, UPDATE ON payments, payments_log TO ${role};
         GRANT SELECT ON payments_changes, payments_migrations TO ${role}`,
      );
      const asRole = withUri({ username: role, password: 'p' });
      const error = await failure({ uri: asRole });
      expect(error).to.be.instanceOf(StoreOpenError);
      expect(error.message).to.include('no right to INSERT "payments_changes"');
      await queryPostgres(uri, `GRANT INSERT ON payments_changes TO ${role}`);
      const repo = await open({ uri: asRole });
      await createAll(repo, ['a']);
      await repo.ping(newCall());
      await queryPostgres(uri, `REVOKE INSERT ON payments FROM ${role}`);
      for (const attempt of [() => repo.create(newPayment('b'), newCall()), () => repo.ping(newCall())]) {
        expect(await expectError(attempt(), 'unavailable')).to.have.property('reason', '42501');
      }
      await queryPostgres(uri, `GRANT INSERT ON payments TO ${role}`);
      await createAll(repo, ['b']);
      await repo.ping(newCall());
      await repo.close();
      await queryPostgres(uri, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
    });

    for (const [what, sql, undo, message, code] of [
      [
        'an emptied log',
        'CREATE TABLE kept AS SELECT * FROM payments_log; TRUNCATE payments_log',
        'INSERT INTO payments_log SELECT * FROM kept',
        '"payments_log" is empty, or its position is less than the last in "payments_changes" (55000)',
        '23502',
      ],
      [
        'a log whose position is less than that of the last change',
        'UPDATE payments_log SET last = last - 1',
        'UPDATE payments_log SET last = last + 1',
        '"payments_log" is empty, or its position is less than the last in "payments_changes" (55000)',
        '23505',
      ],
      [
        'a column of another type',
        'ALTER TABLE payments ALTER attributes TYPE jsonb USING attributes::jsonb',
        'ALTER TABLE payments ALTER attributes TYPE text',
        '"payments".attributes has the type jsonb (42804)',
        '42804',
      ],
      [
        'a column that it does not know, and that must be filled',
        `ALTER TABLE payments ADD extra text NOT NULL DEFAULT 'x'; ALTER TABLE payments ALTER extra DROP DEFAULT`,
        `ALTER TABLE payments ALTER extra SET DEFAULT 'x'`,
        '"payments".extra is NOT NULL without a default, and the service does not know it (23502)',
        '23502',
      ],
    ] as const) {
      it(`for ${what}: at start, and while it serves`, async () => {
        const repo = await open();
        await createAll(repo, ['a']);
        await queryPostgres(uri, sql);
        const error = await failure({});
        expect(error).to.be.instanceOf(StoreOpenError);
        expect(error.message).to.equal(`the Postgres database cannot be used: ${message}`);
        await expectError(repo.ping(newCall()), 'unavailable');
        const { reason } = await expectError(repo.create(newPayment('b'), newCall()), 'unavailable');
        expect(reason).to.equal(code);
        await queryPostgres(uri, undo);
        await repo.ping(newCall());
        await createAll(repo, ['b']);
        expect(await repo.changes({ after: '0', size: 9 }, newCall())).to.have.length(2);
        await repo.close();
      });
    }

    for (const [what, sql, undo, code] of [
      ['a rule', 'CREATE RULE r AS ON INSERT TO payments DO ALSO SELECT 1', 'DROP RULE r ON payments', '0A000'],
      [
        'a rule on changes',
        'CREATE RULE r AS ON INSERT TO payments_changes DO INSTEAD NOTHING',
        'DROP RULE r ON payments_changes',
        '0A000',
      ],
      [
        'a column that only the database may fill',
        'ALTER TABLE payments ALTER seq SET GENERATED ALWAYS',
        'ALTER TABLE payments ALTER seq SET GENERATED BY DEFAULT',
        '428C9',
      ],
      [
        'ids that are unique only while they are live',
        'ALTER TABLE payments DROP CONSTRAINT payments_pkey; CREATE UNIQUE INDEX live ON payments (id) WHERE NOT deleted',
        'DROP INDEX live; ALTER TABLE payments ADD CONSTRAINT payments_pkey PRIMARY KEY (id)',
        '42P10',
      ],
    ] as const) {
      it(`for ${what}, because of which no write can be planned: at start, and while it serves`, async () => {
        const repo = await open();
        await queryPostgres(uri, sql);
        const error = await failure({});
        expect(error).to.be.instanceOf(StoreOpenError);
        expect(error.message).to.include(`(${code})`);
        for (const attempt of [() => repo.create(newPayment('a'), newCall()), () => repo.ping(newCall())]) {
          expect(await expectError(attempt(), 'unavailable')).to.have.property('reason', code);
        }
        await queryPostgres(uri, undo);
        await repo.ping(newCall());
        await createAll(repo, ['a']);
        await repo.close();
      });
    }

    for (const name of ['payments', 'payments_changes', 'payments_log']) {
      it(`for ${name} unlogged, which a crash empties: at start, and while it serves`, async () => {
        const repo = await open();
        await queryPostgres(uri, `ALTER TABLE ${name} SET UNLOGGED`);
        const error = await failure({});
        expect(error).to.be.instanceOf(StoreOpenError);
        expect(error.message).to.equal(
          `the Postgres database cannot be used: "${name}" is unlogged: a crash of the server would empty it (55000)`,
        );
        expect(await expectError(repo.ping(newCall()), 'unavailable')).to.have.property('reason', '55000');
        await queryPostgres(uri, `ALTER TABLE ${name} SET LOGGED`);
        await repo.ping(newCall());
        await repo.close();
      });
    }

    for (const [what, drop, undo, message] of [
      [
        'ids',
        'ALTER TABLE payments DROP CONSTRAINT payments_pkey',
        'ALTER TABLE payments ADD CONSTRAINT payments_pkey PRIMARY KEY (id)',
        '"payments" has no unique index of id (42P10)',
      ],
      [
        'idempotency keys, which may look unused',
        'DROP INDEX payments_changes_key',
        'CREATE UNIQUE INDEX payments_changes_key ON payments_changes (idempotency_key)',
        '"payments_changes" has no unique index of idempotency_key (42P10)',
      ],
    ] as const) {
      it(`for a dropped index of ${what}: at start, and while it serves`, async () => {
        const repo = await open();
        await queryPostgres(uri, drop);
        const error = await failure({});
        expect(error).to.be.instanceOf(StoreOpenError);
        expect(error.message).to.equal(`the Postgres database cannot be used: ${message}`);
        expect(await expectError(repo.ping(newCall()), 'unavailable')).to.have.property('reason', '42P10');
        await queryPostgres(uri, undo);
        await repo.ping(newCall());
        await repo.close();
      });
    }

    it('for a publication of all tables: at start, and while it serves', async () => {
      const repo = await open();
      await queryPostgres(uri, 'CREATE PUBLICATION everything FOR ALL TABLES');
      const error = await failure({});
      expect(error.message).to.equal(
        'the Postgres database cannot be used: ' +
          'cannot update table "payments_log" because it does not have a replica identity and publishes updates',
      );
      for (const attempt of [() => repo.create(newPayment('a'), newCall()), () => repo.ping(newCall())]) {
        expect(await expectError(attempt(), 'unavailable')).to.have.property('reason', '55000');
      }
      await queryPostgres(uri, 'ALTER TABLE payments_log REPLICA IDENTITY FULL');
      await repo.ping(newCall());
      await createAll(repo, ['a']);
      await repo.close();
    });

    it('for policies that hide rows: at start, and while it serves', async () => {
      const role = `role_${new URL(uri).pathname.slice(1)}`;
      await queryPostgres(uri, `CREATE ROLE ${role} LOGIN PASSWORD 'p'; GRANT ALL ON SCHEMA public TO ${role}`);
      const asRole = withUri({ username: role, password: 'p' });
      const repo = await open({ uri: asRole });
      await createAll(repo, ['a']);
      await queryPostgres(
        uri,
        `ALTER TABLE payments_changes ENABLE ROW LEVEL SECURITY; ALTER TABLE payments_changes FORCE ROW LEVEL SECURITY;
         CREATE POLICY hidden ON payments_changes USING (false) WITH CHECK (true)`,
      );
      const error = await failure({ uri: asRole });
      expect(error).to.be.instanceOf(StoreOpenError);
      expect(error.message).to.include('row-level security restricts "payments_changes" for this role');
      await expectError(repo.ping(newCall()), 'unavailable');
      // The superuser sees everything.
      await (await open()).close();
      await repo.close();
      await queryPostgres(uri, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
    });

    it('says of no id that it exists because a trigger drops the row', async () => {
      const repo = await open();
      await queryPostgres(
        uri,
        `CREATE FUNCTION ignore() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
         CREATE TRIGGER ignore BEFORE INSERT ON payments FOR EACH ROW WHEN (NEW.id = 'bad') EXECUTE FUNCTION ignore()`,
      );
      const outcomes = await Promise.allSettled(
        ['a', 'bad', 'a', 'b'].map((id) => repo.create(newPayment(id), newCall(1_000))),
      );
      expect(outcomes.map((one) => (one.status === 'fulfilled' ? one.value.outcome : one.reason.code))).to.deep.equal([
        'created',
        'unavailable',
        'exists',
        'created',
      ]);
      await repo.close();
    });

    it('not for a second row in the log, as a restored dump leaves it: positions follow the largest', async () => {
      const repo = await open();
      await createAll(repo, ['a']);
      await queryPostgres(uri, `INSERT INTO payments_log SELECT last + 100, at FROM payments_log`);
      await createAll(repo, ['b', 'c']);
      await repo.ping(newCall());
      await (await open()).close();
      const changes = await repo.changes({ after: '0', size: 9 }, newCall());
      expect(changes.map(({ position, row }) => [row.id, position])).to.deep.equal([
        ['a', '1'],
        ['b', '102'],
        ['c', '103'],
      ]);
      expect(await repo.lastPosition(newCall())).to.equal('103');
      await repo.close();
    });

    it('not for a table that another transaction has locked: that passes', async () => {
      const repo = await open();
      const client = new pg.Client({ connectionString: uri });
      await client.connect();
      await client.query('BEGIN; LOCK TABLE payments, payments_changes, payments_log');
      await repo.ping(newCall());
      await (await open()).close();
      await client.query('COMMIT');
      await client.end();
      await createAll(repo, ['a']);
      await repo.close();
    });

    it('because a table is missing', async () => {
      const repo = await open();
      await queryPostgres(uri, 'DROP TABLE payments');
      expect(await failure({}))
        .to.have.property('message')
        .that.includes('"payments" does not exist (42P01)');
      expect(await expectError(repo.ping(newCall()), 'unavailable')).to.have.property('reason', '42P01');
      await repo.close();
    });

    it('because of another table of that name', async () => {
      await (await open()).close();
      await queryPostgres(uri, 'DROP TABLE payments; CREATE TABLE payments (id text, name text)');
      const error = await failure({});
      expect(error).to.be.instanceOf(StoreOpenError);
      expect(error.message).to.match(/"payments" has no column \w+ /);
    });
  });
});
