import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import pg from 'pg';
import { payments } from '../../src/payments/resource.js';
import { joined, type Statement } from '../../src/store/postgres/connection/statement.js';
import {
  distributedTables,
  hashText,
  ShardMap,
  type ShardText,
  shardsOf,
} from '../../src/store/postgres/distributed/shards.js';
import { createDistributedStatements, type ShardWrite } from '../../src/store/postgres/distributed/statements.js';
import { connectPostgres } from '../../src/store/postgres/open.js';
import { tableOf, tablesOf } from '../../src/store/tables.js';
import {
  addWorkers,
  createCitusDatabase,
  createDistributedDatabase,
  recipe,
  signalWorker,
  TEST_CITUS_URL,
  untilLogged,
  workerUrls,
} from '../support/citus.js';
import { queryPostgres } from '../support/postgres.js';
import {
  createAll,
  expectError,
  newCall,
  newChange,
  newPayment,
  numbered,
  type OpenRows,
} from './conformance/subject.js';
import { describeRepo } from './conformance.js';
import { openRows, table } from './postgres-subject.js';

const STATEMENT_TIMEOUT_MS = 3_000;

/** Changes to the tables without the store may be unnoticed. */
const PAST = `now() - interval '5 s'`;

function describeOn(name: string, createDatabase: () => Promise<string>): void {
  describeRepo(name, async () => {
    const uri = await createDatabase();
    const open = () => openRows({ uri });
    let repo = await open();
    return {
      repo,
      async reopen() {
        await repo.close();
        repo = await open();
        return repo;
      },
      dispose: () => repo.close(),
    };
  });
}

if (TEST_CITUS_URL) {
  describeOn('Citus, distributed by id', () => createDistributedDatabase());
  describeOn('Citus, not distributed', createCitusDatabase);

  describe('Citus', () => {
    let uri: string;
    let repo: OpenRows;

    before(async () => {
      uri = await createDistributedDatabase();
      repo = await openRows({ uri });
    });
    afterEach(() => repo.deleteAll(newCall()));
    after(() => repo.close());

    /** The whole log, as `kind id version`. */
    async function logged(): Promise<readonly string[]> {
      const changes = await repo.changes({ after: '0', size: 1_000 }, newCall());
      return changes.map(({ kind, row }) => `${kind} ${row.id} ${row.version}`);
    }

    /** Inserts a row into its shard, like a process that dies before the write is in the log. */
    async function leaveUnlogged(id: string, key?: string): Promise<void> {
      const keys = key === undefined ? 'NULL, NULL' : `'${key}', 'fingerprint'`;
      await queryPostgres(
        uri,
        `INSERT INTO payments (id, seq, position, version, organisation_id, attributes, idempotency_key, fingerprint)
        VALUES ('${id}', 0, 0, 0, 'org-1', '{"amount":"1"}', ${keys})`,
      );
    }

    it('computes the hash of an id as Postgres does', async () => {
      const ids = Array.from(
        { length: 500 },
        (_, index) => `${'é'.repeat(index % 3)}${'x'.repeat(index % 41)}${index}`,
      );
      const client = new pg.Client({ connectionString: uri });
      await client.connect();
      const { rows } = await client.query<{ id: string; hash: number }>(
        'SELECT id, hashtext(id) AS hash FROM unnest($1::text[]) AS id',
        [ids],
      );
      await client.end();
      expect(rows.map(({ id }) => hashText(id))).to.deep.equal(rows.map(({ hash }) => hash));
    });

    it('next to schema-based sharding, its own schema stays on the coordinator, as documented', async () => {
      const own = await createCitusDatabase();
      const name = new URL(own).pathname.slice(1);
      await queryPostgres(own, `ALTER DATABASE "${name}" SET citus.enable_schema_based_sharding = on`);
      const open = () => openRows({ uri: own, table: { schema: 'app', table: 'payments' } });
      await queryPostgres(
        own,
        `ALTER ROLE CURRENT_USER IN DATABASE "${name}" SET citus.enable_schema_based_sharding = off`,
      );
      const rows = await open();
      await createAll(rows, ['a']);
      await rows.ping(newCall());
      await rows.close();
      expect(await queryPostgres(own, 'SELECT logicalrelid FROM pg_dist_partition')).to.deep.equal([]);
    });

    it('distributes existing rows, with their changes', async () => {
      const own = await createDistributedDatabase(async (rows) => {
        await createAll(rows, ['kept', 'changed', 'deleted']);
        await rows.update(newChange('changed', 0), newCall());
        await rows.delete('deleted', 0, newCall());
      });
      const rows = await openRows({ uri: own });
      const listed = (await rows.list({ kind: 'offset', from: 0, size: 10 }, newCall())).rows;
      expect(listed.map(({ id, version }) => `${id} ${version}`)).to.deep.equal(['kept 0', 'changed 1']);
      expect(await rows.versions('deleted', { after: '0', size: 10 }, newCall())).to.have.length(2);
      expect(await rows.update(newChange('kept', 0), newCall())).to.deep.equal({ outcome: 'updated', version: 1 });
      expect(await rows.create(newPayment('deleted'), newCall())).to.deep.equal({ outcome: 'exists' });
      await rows.close();
      const archives = connectPostgres({ repoUri: own, repoTable: table }, [payments], 'source');
      await archives.then(
        () => expect.fail('it opened'),
        (error: Error) => expect(error.message).to.include('cannot be copied'),
      );
    });

    it('completes a write of a process that died between the shard and the log, with its key', async () => {
      await leaveUnlogged('left', 'key');
      await queryPostgres(uri, `INSERT INTO payments_pending (ticket, id, at) VALUES ('t', 'left', ${PAST})`);
      const other = await openRows({ uri });
      while ((await logged()).length === 0);
      await other.close();
      expect(await logged()).to.deep.equal(['created left 0']);
      expect(await repo.create(newPayment('left'), newCall(), { key: 'key', fingerprint: 'fingerprint' })).to.include({
        outcome: 'replayed',
      });
    });

    it('logs the last write of a row before the next one, and no write twice', async () => {
      await leaveUnlogged('left');
      expect(await repo.update(newChange('left', 0), newCall())).to.deep.equal({ outcome: 'updated', version: 1 });
      expect(await repo.delete('left', 1, newCall())).to.deep.equal({ outcome: 'deleted' });
      expect(await logged()).to.deep.equal(['created left 0', 'updated left 1', 'deleted left 1']);
    });

    it('a write that was executed is replayed even if only its shard knows the key', async () => {
      await leaveUnlogged('left', 'key');
      const idempotency = { key: 'key', fingerprint: 'fingerprint' };
      expect(await repo.create(newPayment('left'), newCall(), idempotency)).to.include({ outcome: 'replayed' });
      expect(await logged()).to.deep.equal(['created left 0']);
    });

    it('of two concurrent requests with one key, the second waits', async () => {
      await queryPostgres(
        uri,
        `INSERT INTO payments_pending (ticket, id, at, idempotency_key, fingerprint)
        VALUES ('t', 'first', now(), 'key', 'of the first')`,
      );
      const idempotency = { key: 'key', fingerprint: 'of the second' };
      await expectError(repo.create(newPayment('second'), newCall(500), idempotency), 'unavailable');
      expect(await repo.find('second', newCall())).to.equal(null);
      await queryPostgres(uri, 'DELETE FROM payments_pending');
      expect(await repo.create(newPayment('second'), newCall(), idempotency)).to.include({ outcome: 'created' });
    });

    it('two processes give their changes one order, that of the log, and no row has versions out of order', async () => {
      const other = await openRows({ uri });
      const ids = numbered('p', 64);
      const seen: string[] = [];
      let isDone = false;
      const reading = (async () => {
        for (let after = '0'; ; ) {
          const wasDone = isDone;
          const changes = await other.changes({ after, size: 7 }, newCall());
          seen.push(...changes.map(({ kind, row }) => `${kind} ${row.id} ${row.version}`));
          after = changes.at(-1)?.position ?? after;
          if (wasDone && changes.length === 0) return;
        }
      })();
      await Promise.all(
        ids.map(async (id, index) => {
          const [one = repo, two = repo] = index % 2 === 0 ? [repo, other] : [other, repo];
          await one.create(newPayment(id), newCall());
          for (let version = 0; version < 4; version += 1) {
            const both = await Promise.all([
              one.update(newChange(id, version), newCall()),
              two.update(newChange(id, version), newCall()),
            ]);
            expect(both.map(({ outcome }) => outcome)).to.have.members(['updated', 'version_conflict']);
          }
        }),
      );
      isDone = true;
      await reading;
      expect(seen).to.deep.equal(await logged());
      for (const id of ids) {
        const own = seen.filter((change) => change.split(' ')[1] === id).map((change) => change.split(' ')[2]);
        expect(own).to.deep.equal(['0', '1', '2', '3', '4']);
      }
      await other.close();
    });

    it('a node that is unreachable affects only its own rows: lists, the log and the other node work', async () => {
      const ids = numbered('p', 32);
      await createAll(repo, ids);
      const [node] = await queryPostgres<{ nodeid: number; nodename: string; nodeport: number }>(
        uri,
        'SELECT nodeid, nodename, nodeport FROM pg_dist_node WHERE groupid = 1',
      );
      if (node === undefined) return expect.fail('no worker');
      const move = (port: number) =>
        queryPostgres(uri, `UPDATE pg_dist_node SET nodeport = ${port} WHERE nodeid = ${node.nodeid}`);
      await move(1);
      try {
        const results = await Promise.allSettled(ids.map((id) => repo.update(newChange(id, 0), newCall())));
        const outcomes = new Set(
          results.map((result) => (result.status === 'fulfilled' ? result.value.outcome : result.reason.code)),
        );
        expect(outcomes).to.deep.equal(new Set(['updated', 'outcome_unknown']));
        await repo.ping(newCall());
        expect((await repo.list({ kind: 'offset', from: 0, size: 100 }, newCall())).rows).to.have.length(32);
        const reads = await Promise.allSettled(ids.map((id) => repo.find(id, newCall())));
        expect(new Set(reads.map(({ status }) => status))).to.deep.equal(new Set(['fulfilled', 'rejected']));
      } finally {
        await move(node.nodeport);
      }
      while ((await repo.find('p-0', newCall()).catch(() => null)) === null);
      const versions = await Promise.all(ids.map(async (id) => (await repo.find(id, newCall()))?.version));
      const inList = (await repo.list({ kind: 'offset', from: 0, size: 100 }, newCall())).rows.map(
        ({ version }) => version,
      );
      expect(inList).to.deep.equal(versions);
    });

    /** The last change of each row equals its shard's row, and the versions of each row are complete and in order. */
    async function expectLogComplete(rows: OpenRows, ids: readonly string[]): Promise<void> {
      const versions = new Map<string, number>();
      for (let after = '0'; ; ) {
        const changes = await rows.changes({ after, size: 1_000 }, newCall());
        for (const { row } of changes) {
          expect(row.version, row.id).to.equal((versions.get(row.id) ?? -1) + 1);
          versions.set(row.id, row.version);
        }
        const last = changes.at(-1);
        if (last === undefined) break;
        after = last.position;
      }
      for (const id of ids) expect((await rows.find(id, newCall()))?.version, id).to.equal(versions.get(id));
    }

    it('a node that hangs delays only its own rows: the other nodes are not slower, and the breaker stays closed', async () => {
      const breaker: string[] = [];
      const rows = await openRows({
        uri,
        statementTimeoutMs: STATEMENT_TIMEOUT_MS,
        events: { breaker: (state) => breaker.push(state) },
      });
      const ids = numbered('h', 64);
      await createAll(rows, ids);
      const [frozen = ''] = await workerUrls(uri);
      const placed = await queryPostgres<{ id: string; isFrozen: boolean }>(
        uri,
        `SELECT i.id, n.nodeport = ${new URL(frozen).port} AS "isFrozen"
        FROM unnest(string_to_array('${ids}', ',')) AS i(id)
        JOIN pg_dist_placement AS p ON p.shardid = get_shard_id_for_distribution_column('payments', i.id)
        JOIN pg_dist_node AS n ON n.groupid = p.groupid`,
      );
      const idsOf = (isFrozen: boolean) => placed.filter((each) => each.isFrozen === isFrozen).map(({ id }) => id);
      const hanging = idsOf(true);
      const unknown = new Set<string>();
      const contradictions: string[] = [];
      const longestMs = new Map<string, number>();
      let isOver = false;

      async function timed<T>(what: string, work: Promise<T>): Promise<T> {
        const startMs = performance.now();
        const result = await work;
        longestMs.set(what, Math.max(longestMs.get(what) ?? 0, performance.now() - startMs));
        return result;
      }
      async function useOthers(id: string): Promise<void> {
        for (let version = 0; !isOver; version += 1) {
          const { outcome } = await timed('update', rows.update(newChange(id, version), newCall()));
          const found = await timed('find', rows.find(id, newCall()));
          if (outcome !== 'updated' || found?.version !== version + 1) contradictions.push(`${id} ${outcome}`);
        }
      }
      async function useAll(): Promise<void> {
        while (!isOver) {
          await timed('list', rows.list({ kind: 'offset', from: 0, size: 100 }, newCall()));
          await timed('changes', rows.changes({ after: '0', size: 10 }, newCall()));
          await timed('ping', rows.ping(newCall()));
        }
      }
      async function useHanging(id: string): Promise<void> {
        for (let version = 0; !isOver; ) {
          const outcome = await rows.update(newChange(id, version), newCall()).then(
            (result) => result.outcome,
            (error: { readonly code: string }) => error.code,
          );
          if (outcome === 'updated') version += 1;
          else unknown.add(id);
          const found = await rows.find(id, newCall()).catch(() => null);
          if (found !== null && found.version < version) contradictions.push(`${id} ${found.version}`);
          if (found !== null) version = found.version;
        }
      }

      const signal = await signalWorker(frozen);
      signal('SIGSTOP');
      const using = [useAll(), ...idsOf(false).map(useOthers), ...hanging.map(useHanging)];
      try {
        while (unknown.size < hanging.length) await delay(20);
      } finally {
        signal('SIGCONT');
      }
      while (!(await rows.find(hanging[0] ?? '', newCall()).catch(() => null)));
      isOver = true;
      await Promise.all(using);
      expect(contradictions).to.deep.equal([]);
      expect(breaker).to.deep.equal([]);
      for (const [what, ms] of longestMs) expect(ms, what).to.be.below(STATEMENT_TIMEOUT_MS);
      await untilLogged(uri);
      await expectLogComplete(rows, ids);
      await rows.close();
    });

    it('nodes are added and shards rebalanced under load: without an error or a contradiction', async () => {
      const own = await createDistributedDatabase(undefined, 1);
      const [first = ''] = await workerUrls(own);
      const stores = [await openRows({ uri: own }), await openRows({ uri: own })] as const;
      const wrong: string[] = [];
      const versions = new Map<string, number>();
      let writes = 0;
      let isOver = false;

      async function use(name: string, [writer, reader]: readonly [OpenRows, OpenRows]): Promise<void> {
        for (let number = 0; !isOver; number += 1) {
          const id = `${name}-${number}`;
          for (let version = -1; version < 4; version += 1) {
            const { outcome } = await (version < 0
              ? writer.create(newPayment(id), newCall())
              : writer.update(newChange(id, version), newCall()));
            const found = await reader.find(id, newCall());
            if (found?.version !== version + 1) wrong.push(`${id} ${version} ${outcome} ${found?.version}`);
            versions.set(id, version + 1);
            writes += 1;
          }
        }
      }
      const untilWritten = async () => {
        for (const before = writes; writes < before + 200 && wrong.length === 0; ) await delay(5);
      };
      const shardsOn = async (url: string) => {
        const [count] = await queryPostgres<{ shards: number }>(
          own,
          `SELECT count(*)::int AS shards FROM citus_shards WHERE table_name = 'payments'::regclass AND nodeport = ${new URL(url).port}`,
        );
        return count?.shards;
      };

      const using = Array.from({ length: 12 }, (_, index) =>
        use(`c${index}`, index % 2 === 0 ? stores : [stores[1], stores[0]]).catch((error) => wrong.push(String(error))),
      );
      await untilWritten();
      await addWorkers(own);
      await queryPostgres(own, `SELECT rebalance_table_shards('payments', shard_transfer_mode => 'force_logical')`);
      expect(await shardsOn(first)).to.equal(4);
      await untilWritten();
      isOver = true;
      await Promise.all(using);
      expect(wrong).to.deep.equal([]);
      await expectLogComplete(stores[0], [...versions.keys()]);
      for (const [id, version] of versions)
        expect((await stores[1].find(id, newCall()))?.version, id).to.equal(version);
      for (const store of stores) await store.close();
    });

    describe('plans', () => {
      const tables = distributedTables(tableOf(tablesOf([payments], table), undefined));
      const { shard, store, begin, finish, finishValues, stored } = createDistributedStatements({
        tables,
        ...payments,
        hasTimelines: true,
      });
      const map = new ShardMap();
      let client: pg.Client;
      before(async () => {
        client = new pg.Client({ connectionString: uri });
        await client.connect();
        map.update((await client.query<ShardText>(shardsOf(tables.rows).sql)).rows);
      });
      after(() => client.end());

      function writesOfOneShard(count: number): readonly ShardWrite[] {
        const ids = numbered('id', count * 40).filter((id) => map.find(id).shard === map.find('id-0').shard);
        return ids.slice(0, count).map((id) => {
          return { ticket: id, id, version: 0, values: ['org-1', '{}'], key: `key ${id}`, fingerprint: 'f' };
        });
      }

      /** The number of a statement's tasks on the workers; 0 if only the coordinator executes it. */
      async function tasks(sql: string, values: readonly unknown[]): Promise<number> {
        const { rows } = await client.query<{ 'QUERY PLAN': unknown }>(`EXPLAIN (FORMAT JSON) ${sql}`, [...values]);
        const plan = JSON.stringify(rows[0]?.['QUERY PLAN']);
        const counts = [...plan.matchAll(/"Task Count":(\d+)/g)].map(([, count]) => Number(count));
        return counts.reduce((sum, count) => sum + count, 0);
      }

      it('each write is a single task, in every size', async () => {
        for (const [kind, prepare] of Object.entries(shard)) {
          for (const size of [1, 2, 3, 4, 5, 8, 16, 31, 32, 64, 100, 128]) {
            const { text, values } = prepare(writesOfOneShard(size), () => '0');
            expect(await tasks(text.sql, values), `${kind} ${size}`).to.equal(1);
          }
        }
      });

      it('reading rows of a shard is a single task', async () => {
        const ids = joined(writesOfOneShard(50).map(({ id }) => id));
        for (const { sql } of [store.find, store.existing, stored]) expect(await tasks(sql, [ids])).to.equal(1);
      });

      it('the log, lists and keys need no worker', async () => {
        const [write] = writesOfOneShard(1);
        if (write === undefined) return expect.fail();
        const page = [[0], [20]];
        const cases: readonly (readonly [Statement<unknown>, readonly unknown[]])[] = [
          [begin, ['t', 'id', 'key', 'f']],
          [finish, finishValues([{ ...write, kind: 'created' }], ['t'], [])],
          [store.changes.all, page],
          [store.pageAfter.all, page],
          [store.pageBefore.all, page],
          [store.pageByOffset.all, page],
          [store.pageAfter.filtered, [...page, ['org-1']]],
          [store.versions, [...page, ['id']]],
          [store.keys, ['key']],
          [store.lastPosition, []],
          [store.count, []],
        ];
        for (const [{ sql }, values] of cases) expect(await tasks(sql, values), sql).to.equal(0);
      });
    });

    it('a role needs the privileges that are documented: without them it does not open, and no health check succeeds', async () => {
      const role = `role_${randomBytes(4).toString('hex')}`;
      const own = await createDistributedDatabase();
      await queryPostgres(
        own,
        `CREATE ROLE ${role} LOGIN PASSWORD 'p'; GRANT SELECT, INSERT, UPDATE ON payments TO ${role};
        GRANT SELECT, INSERT ON payments_changes TO ${role}; GRANT SELECT, UPDATE ON payments_log TO ${role};
        GRANT SELECT ON payments_migrations TO ${role}`,
      );
      try {
        const as = Object.assign(new URL(own), { username: role, password: 'p' }).href;
        await openRows({ uri: as }).then(
          () => expect.fail('it opened'),
          (error: Error) => expect(error.message).to.match(/no right to SELECT "payments_\w+"/),
        );
        await queryPostgres(own, recipe('GRANT').replaceAll('payments_api', role));
        const rows = await openRows({ uri: as });
        await createAll(rows, ['a']);
        await rows.ping(newCall());
        await queryPostgres(own, `REVOKE INSERT ON payments_pending FROM ${role}`);
        await expectError(rows.ping(newCall()), 'unavailable');
        await rows.close();
      } finally {
        await queryPostgres(own, `DROP OWNED BY ${role}; DROP ROLE ${role}`);
      }
    });

    it('rejects schema-based sharding', async () => {
      const own = await createCitusDatabase();
      const tenant = { uri: own, table: { schema: 'tenant', table: 'payments' } };
      await (await openRows(tenant)).close();
      await queryPostgres(
        own,
        `DROP TRIGGER payments_insert_before_changes ON tenant.payments;
        DROP TRIGGER payments_update_before_changes ON tenant.payments`,
      );
      await queryPostgres(own, `SELECT citus_schema_distribute('tenant')`);
      await openRows(tenant).then(
        () => expect.fail('it opened'),
        (error: Error) => expect(error.message).to.include('payments_changes must be a local table'),
      );
    });

    for (const [what, sql, message] of [
      [
        'without what the coordinator needs',
        `SELECT create_distributed_table('payments', 'id')`,
        'payments_index is missing',
      ],
      [
        'by another column',
        `SELECT create_distributed_table('payments', 'organisation_id')`,
        'payments must be distributed by id',
      ],
      [
        'with its changes',
        `SELECT create_distributed_table('payments_changes', 'position')`,
        'payments_changes must be a local table',
      ],
    ] as const) {
      it(`rejects tables that are distributed ${what}`, async () => {
        const own = await createCitusDatabase();
        await (await openRows({ uri: own })).close();
        await queryPostgres(
          own,
          `DROP TRIGGER payments_insert_before_changes ON payments; DROP TRIGGER payments_update_before_changes ON payments;
          DROP INDEX payments_changes_key`,
        );
        if (sql.includes(`'organisation_id'`))
          await queryPostgres(own, 'ALTER TABLE payments DROP CONSTRAINT payments_pkey');
        await queryPostgres(own, sql);
        await openRows({ uri: own }).then(
          () => expect.fail('it opened'),
          (error: Error) => expect(error.message).to.include(message),
        );
      });
    }
  });
}
