import type { PrimitiveValueExpression } from 'slonik';
import { quoteIdentifier, quoteTable } from '../../tables.js';
import type { ChangeKind } from '../../types.js';
import { joined, joinedColumns, of, type Statement, separated, statement, unnested } from '../connection/statement.js';
import { createStatements, type StatementsOptions, turn } from '../statements.js';
import type { DistributedTables } from './shards.js';

export interface ShardWrite {
  readonly ticket: string;
  readonly id: string;
  /** The expected version; 0 for a create. */
  readonly version: number;
  readonly values: readonly string[];
  /** Both are empty for a write without an idempotency key. */
  readonly key: string;
  readonly fingerprint: string;
}

/** An executed write, as it enters the log. */
export type LoggedWrite = ShardWrite & { readonly kind: ChangeKind };

/** What the coordinator knows before a write is sent to its shard. */
export interface BegunText {
  readonly ticket: string;
  /** Another write has recorded the key. */
  readonly known: boolean;
  /** False: a different request with the same key is in flight. */
  readonly begun: boolean;
  /** The last version of the row in the log; -1 if there is none. */
  readonly logged: string;
}

export interface ShardRow {
  readonly id: string;
  readonly version: string;
  readonly deleted: boolean;
  readonly written: boolean;
  readonly [column: string]: unknown;
}

/** A row of a shard, with the idempotency key of its last write. */
interface StoredText {
  readonly id: string;
  readonly version: string;
  readonly deleted: boolean;
  readonly idempotency_key: string | null;
  readonly fingerprint: string | null;
  readonly [column: string]: unknown;
}

export type PrepareShardStatement = (
  writes: readonly ShardWrite[],
  logged: (write: ShardWrite) => string,
) => { readonly text: Statement<ShardRow>; readonly values: readonly PrimitiveValueExpression[] };

export type DistributedStatements = ReturnType<typeof createDistributedStatements>;

/** Few sizes, so that few statements are planned. Batches are padded with repetitions of the last id. */
const CREATE_SIZES = [1, 2, 4, 8, 16, 32, 64, 128];

/**
 * The statements for a resource whose rows are distributed over the workers of a Citus cluster by `id`. Log, changes
 * and index are tables of the coordinator.
 *
 * **No two-phase commit.** Each statement changes one shard, or tables of the coordinator, in its own transaction.
 * Citus would commit a transaction that spans both in two phases, and when a worker dies, acknowledged writes are
 * invisible until the transaction is recovered.
 *
 * **Three steps.** `begin` records the write on the coordinator and claims its key. The shard's statement writes the
 * row, with its key. `finish` gives the write its position and inserts the change. Only then is it acknowledged. If a
 * process or node dies in between, the sweep (`rows.ts`) finishes what the shard has.
 *
 * **Order.** Positions are assigned as on plain Postgres, by a statement that locks the log's row until the commit, after
 * the row is visible at its shard. So all readers see one order, and everything in it can be read. A row is changed
 * only if its last change is in the log (`logged`), so its versions are in order whichever process finishes them.
 */
export function createDistributedStatements(options: StatementsOptions & { readonly tables: DistributedTables }) {
  const { tables, columns, filter, hasTimelines } = options;
  const rows = quoteTable(tables.rows);
  const changes = quoteTable(tables.changes);
  const log = quoteTable(tables.log);
  const index = quoteTable(tables.index);
  const pending = quoteTable(tables.pending);
  const own = columns.map(quoteIdentifier);
  const texts = (names: readonly string[]) => names.map((name) => `coalesce(w.${name}, '') AS ${name}`);
  const isFiltered = filter === null ? [] : [quoteIdentifier(filter)];

  const onRows = createStatements(options);
  const onView = createStatements({ ...options, tables: { ...tables, rows: tables.current } });

  const createNames = ['id', 'version', 'seq', 'position', ...own, 'idempotency_key', 'fingerprint'];
  const creates = CREATE_SIZES.map((size) => {
    const width = own.length + 3;
    const value = (_: unknown, row: number) => {
      const parameters = Array.from({ length: width }, (_, column) => `$${row * width + column + 1}`);
      return `(${[parameters[0], '0, 0, 0', ...parameters.slice(1)].join(', ')})`;
    };
    const text = statement<ShardRow>(`
      INSERT INTO ${rows} (${createNames.join(', ')}) VALUES ${Array.from({ length: size }, value).join(', ')}
      ON CONFLICT (id) DO NOTHING RETURNING id, version, deleted, true AS written`);
    return { size, text };
  });
  const create: PrepareShardStatement = (writes) => {
    const fitting = creates.find(({ size }) => size >= writes.length);
    if (fitting === undefined) throw new RangeError(`a batch of ${writes.length} creates is too large`);
    const filler = { id: writes.at(-1)?.id ?? '', values: own.map(() => ''), key: '', fingerprint: '' };
    const padded = Array.from({ length: fitting.size }, (_, at) => writes[at] ?? filler);
    const values = padded.flatMap(({ id, values, key, fingerprint }) => [
      id,
      ...values,
      key || null,
      fingerprint || null,
    ]);
    return { text: fitting.text, values };
  };

  // Each table has its own condition on the ids. Otherwise Citus would send the statement to every shard and reject the
  // row locks.
  const change = (names: readonly string[], assignments: readonly string[]): PrepareShardStatement => {
    const all = ['id', 'version', 'logged', ...names, 'key', 'fingerprint'];
    const isNumber = (name: string) => name === 'version' || name === 'logged';
    const wanted = all.map((name) => (isNumber(name) ? `w.${name}::bigint` : `coalesce(w.${name}, '') AS ${name}`));
    const keys = [`idempotency_key = nullif(wanted.key, '')`, `fingerprint = nullif(wanted.fingerprint, '')`];
    const text = statement<ShardRow>(`
      WITH wanted AS (SELECT ${wanted.join(', ')} FROM ${unnested(all)}),
      locked AS MATERIALIZED (
        SELECT p.id, p.version, p.deleted ${names.length === 0 ? `, ${of('p', own)}` : ''} FROM ${rows} AS p
        WHERE p.id = ANY(${separated(1)}) FOR NO KEY UPDATE OF p SKIP LOCKED
      ),
      written AS (
        UPDATE ${rows} AS p SET ${[...assignments, ...keys].join(', ')} FROM locked JOIN wanted ON wanted.id = locked.id
        WHERE p.id = locked.id AND p.id = ANY(${separated(1)}) AND NOT locked.deleted
          AND locked.version = wanted.version AND locked.version <= wanted.logged
        RETURNING p.id
      )
      SELECT locked.*, written.id IS NOT NULL AS written FROM locked LEFT JOIN written ON written.id = locked.id`);
    return (writes, logged) => ({
      text,
      values: joinedColumns(
        writes.map((write) => [
          write.id,
          write.version,
          logged(write),
          ...write.values.slice(0, names.length),
          write.key,
          write.fingerprint,
        ]),
      ),
    });
  };

  const logNames = ['id', 'kind', 'version', ...own, 'idempotency_key', 'fingerprint'];
  const last = logNames.length;
  return {
    /** By kind of write. */
    shard: {
      created: create,
      updated: change(own, ['version = locked.version + 1', ...own.map((name) => `${name} = wanted.${name}`)]),
      deleted: change([], ['deleted = true']),
    },
    /** For the log, lists and reads. */
    store: {
      ...onView,
      find: onRows.find,
      existing: onRows.existing,
      // Only waiting for an open transaction shows whether it has inserted an id.
      probe: statement(`SELECT 1 / (length($1) * 0)`),
      truncate: statement(`TRUNCATE ${rows}, ${changes}, ${index}, ${pending}`),
      deleteRows: onRows.deleteRows,
      deleteChanges: statement(`
        WITH indexed AS (DELETE FROM ${index}), begun AS (DELETE FROM ${pending}) DELETE FROM ${changes}`),
    },
    /** tickets, ids, keys, fingerprints */
    begin: statement<BegunText>(`
      WITH wanted AS (
        SELECT w.ticket, w.id, nullif(w.key, '') AS key, nullif(w.fingerprint, '') AS fingerprint,
          EXISTS (SELECT 1 FROM ${changes} AS c WHERE c.idempotency_key = nullif(w.key, '')) AS known
        FROM ${unnested(['ticket', 'id', 'key', 'fingerprint'])}
      ),
      begun AS (
        INSERT INTO ${pending} (ticket, id, idempotency_key, fingerprint, at)
        SELECT ticket, id, key, fingerprint, clock_timestamp() FROM wanted WHERE NOT known
        ON CONFLICT (idempotency_key) DO NOTHING RETURNING ticket
      ),
      joined AS (
        INSERT INTO ${pending} (ticket, id, at)
        SELECT w.ticket, w.id, clock_timestamp() FROM wanted AS w
        JOIN ${pending} AS p ON p.idempotency_key = w.key AND p.fingerprint = w.fingerprint
        WHERE NOT w.known AND NOT EXISTS (SELECT 1 FROM begun WHERE begun.ticket = w.ticket) RETURNING ticket
      )
      SELECT w.ticket, w.known, b.ticket IS NOT NULL AS begun, coalesce(c.version, -1) AS logged
      FROM wanted AS w LEFT JOIN (SELECT * FROM begun UNION ALL SELECT * FROM joined) AS b ON b.ticket = w.ticket
      LEFT JOIN ${index} AS i ON i.id = w.id LEFT JOIN ${changes} AS c ON c.position = i.position`),
    /** `finishValues` */
    finish: statement(`
      WITH ${turn(log, hasTimelines)},
      wanted AS (
        SELECT w._place, w.kind, w.version::bigint, ${texts(['id', ...own, 'idempotency_key', 'fingerprint']).join(', ')}
        FROM ${unnested(logNames)}
      ),
      logged AS (
        INSERT INTO ${changes} (position, kind, at, id, version, ${own.join(', ')}, idempotency_key, fingerprint)
        SELECT log.base + w._place, w.kind, log.at, w.id, w.version, ${of('w', own)},
          CASE WHEN NOT EXISTS (SELECT 1 FROM ${changes} AS c WHERE c.idempotency_key = w.idempotency_key)
            THEN nullif(w.idempotency_key, '') END, nullif(w.fingerprint, '')
        FROM log, wanted AS w ORDER BY w._place
        ON CONFLICT (id, version, (kind = 'deleted')) DO NOTHING
        RETURNING ${['kind', 'position', 'id', ...isFiltered].join(', ')}
      ),
      listed AS (
        INSERT INTO ${index} (${['seq', 'position', 'id', ...isFiltered].join(', ')})
        SELECT ${['position', 'position', 'id', ...isFiltered].join(', ')} FROM logged WHERE kind = 'created'
      ),
      changed AS (
        UPDATE ${index} AS i SET deleted = (l.kind = 'deleted'), position = l.position
          ${isFiltered.map((name) => `, ${name} = l.${name}`).join('')}
        FROM logged AS l WHERE l.id = i.id AND l.kind <> 'created'
      ),
      ended AS (DELETE FROM ${pending} WHERE ticket = ANY(${separated(last + 1)}))
      UPDATE ${pending} SET done = true WHERE ticket = ANY(${separated(last + 2)})`),
    finishValues: (
      writes: readonly LoggedWrite[],
      ended: readonly string[],
      kept: readonly string[],
    ): readonly PrimitiveValueExpression[] => [
      ...joinedColumns(
        writes.map(({ id, kind, version, values, key, fingerprint }) => [
          id,
          kind,
          version,
          ...values,
          key,
          fingerprint,
        ]),
        last,
      ),
      joined(ended),
      joined(kept),
    ],
    /** ids */
    stored: statement<StoredText>(`
      SELECT ${of('r', ['id', 'version', 'deleted', ...own, 'idempotency_key', 'fingerprint'])} FROM ${rows} AS r
      WHERE r.id = ANY(${separated(1)})`),
    /** Writes that were begun a while ago and have not ended. */
    unfinished: statement<{ readonly ticket: string; readonly id: string }>(`
      SELECT ticket, id FROM ${pending} WHERE NOT done AND at < clock_timestamp() - interval '2 s' ORDER BY at LIMIT 1000`),
    /** tickets to delete with those that are done, and the minimum age */
    expire: statement(`
      DELETE FROM ${pending} WHERE (done OR ticket = ANY(${separated(1)})) AND at < clock_timestamp() - $2::interval`),
  };
}
