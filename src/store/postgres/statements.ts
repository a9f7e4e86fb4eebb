import { type AnyResource, quoteIdentifier, quoteTable, type ResourceTables } from '../tables.js';
import { type ChangeKind, PAGE_BYTES } from '../types.js';
import { of, type Statement, separated, statement, timestampText, unnested } from './connection/statement.js';
import { tokenOf } from './standby.js';

/** With the resource's own columns. */
export interface RowText {
  readonly id: string;
  readonly version: string;
  readonly [column: string]: unknown;
}
export type ChangeText = RowText & {
  readonly position: string;
  readonly kind: ChangeKind;
  readonly at: string;
  readonly baseline: boolean;
};
/** `large` is set if the columns are too large for the page: they are null, and it has the position and their bytes. */
export type PageRowText = RowText & { readonly large: string | null };
/** A row of the page at `place`, counted from 1. An empty page has one row with null elsewhere. */
export type PageText = PageRowText & { readonly place: string; readonly earlier: boolean; readonly seq: string | null };
export type ChangePageText = ChangeText & PageRowText & { readonly place: string };
/** `known`: whether the row exists or existed. */
export type VersionPageText = ChangePageText & { readonly known: boolean };
export type KeyText = ChangeText & { readonly idempotency_key: string; readonly fingerprint: string };
/** A created row; or, for an update or delete, the row as it was locked. `token`: see `standby.ts`. */
export interface WrittenText {
  readonly id: string;
  readonly version?: string;
  readonly deleted?: boolean;
  readonly written: boolean;
  readonly token?: string | null;
}

/** How long a create waits, with all other writers waiting for it, for an open transaction that uses the id. */
const INSERT_LOCK_TIMEOUT = '10ms';
const PROBE_LOCK_TIMEOUT = '50ms';
/** For transactions of several statements, which also wait for locks of other programs. */
const TRANSACTION_LOCK_TIMEOUT = '500ms';

/** The JSON columns may be large. */
export interface StatementsOptions extends Pick<AnyResource, 'columns' | 'jsonColumns' | 'filter'> {
  readonly tables: ResourceTables;
  /** Whether writes return tokens. */
  readonly hasTokens?: boolean;
  /** Whether the server has timelines. */
  readonly hasTimelines: boolean;
}

export type Statements = ReturnType<typeof createStatements>;

/**
 * Below the first position of the server's timeline. A promoted standby begins a new timeline. It may lack changes that
 * readers saw on the old primary, and without this it would use their positions again.
 */
export const TIMELINE_START = `((('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::bigint - 1) << 40)`;

/**
 * Locks the log, as the first CTEs of a statement. The lock timeout is set once the lock is held, until the end of the
 * statement. The aggregates make it one row: if the log is empty, there is no position, and the write fails. The planner
 * needs them too. Without statistics for so small a table, it would estimate more and compile the statement (JIT).
 *
 * @param log - the quoted table; each text of the first parameter takes a position
 */
export function turn(log: string, hasTimelines: boolean, lockTimeout?: string): string {
  const last = hasTimelines ? `greatest(last, ${TIMELINE_START})` : 'last';
  return `
    moved AS (
      UPDATE ${log} SET last = ${last} + cardinality(${separated(1)}), at = greatest(at, clock_timestamp())
      RETURNING last - cardinality(${separated(1)}) AS base, at
      ${lockTimeout === undefined ? '' : `, set_config('lock_timeout', '${lockTimeout}', true) AS lock_timeout`}
    ),
    log AS MATERIALIZED (SELECT max(base) AS base, max(at) AS at FROM moved)`;
}

/**
 * All statements on the rows of a resource. Each handles a whole batch and is atomic. Texts are constant, so the server
 * plans each once per connection. Values of writes are joined texts (see `joined`), those of pages are arrays.
 *
 * **One order.** Each write first advances the position in the log, which locks the log's only row until the commit. So
 * writers of all processes run one after another, and positions are in commit order. Row locks come after it, so our
 * own writers never wait for each other's rows.
 *
 * **Locks of other programs.** All writers wait for the one that holds the log, so it must not wait for others. Rows
 * that another program has locked are skipped (`SKIP LOCKED`), and their writes are retried later (`locked-rows.ts`).
 * An id that an uncommitted transaction has inserted cannot be skipped. The insert fails after a moment
 * (`lock_timeout`, set once the log is locked), and the batch is halved until the id is found.
 *
 * **Snapshots.** A statement sees what was committed when it began, which may be long before it got the log. So it
 * reads what it needs from what it locks: the lock returns the newest version of a row. Unique indexes also know later
 * commits. So an id is created once (`ON CONFLICT`), and a key is recorded once: of two statements with the same key
 * the later one fails as a whole with 23505, and its retry sees the key. A row that was created meanwhile is not found;
 * it is looked up again afterwards.
 */
export function createStatements(options: StatementsOptions) {
  const { tables, columns, jsonColumns, filter, hasTokens = false, hasTimelines } = options;
  const rows = quoteTable(tables.rows);
  const changes = quoteTable(tables.changes);
  const log = quoteTable(tables.log);
  const own = columns.map(quoteIdentifier);
  const condition = filter === null ? 'false' : `r.${quoteIdentifier(filter)} = q.filter`;
  const token = hasTokens ? `, ${tokenOf('written')} AS token` : '';
  // The server knows the length of a text without reading it.
  const bytes = jsonColumns.map((column) => `octet_length(r.${quoteIdentifier(column)})`).join(' + ') || '0';
  const isLarge = `${bytes} > ${PAGE_BYTES} / greatest(q.size, 1)`;
  const onPage = own.map((name, at) =>
    jsonColumns.includes(columns[at] ?? '') ? `CASE WHEN NOT (${isLarge}) THEN r.${name} END AS ${name}` : `r.${name}`,
  );
  const pageRow = (position: string) =>
    `r.id, r.version, ${onPage.join(', ')}, CASE WHEN ${isLarge} THEN concat_ws(' ', ${position}, ${bytes}) END AS large`;
  const pageChange = `r.position, r.kind, ${timestampText('r.at')} AS at, r.baseline, ${pageRow('r.position')}`;
  const changeColumns = `${of('r', ['position', 'kind'])}, ${timestampText('r.at')} AS at, ${of('r', ['id', 'version', ...own, 'baseline'])}`;

  /** The items of the batch; if keyed, only those with a new key. */
  const wanted = (names: readonly string[], isKeyed: boolean) => {
    const all = isKeyed ? [...names, '_key', '_fingerprint'] : names;
    const values = all.map((name) => (name === 'version' ? 'w.version::bigint' : `coalesce(w.${name}, '') AS ${name}`));
    const isNew = `NOT EXISTS (SELECT 1 FROM ${changes} AS c WHERE c.idempotency_key = w._key)`;
    return `
    wanted AS (
      SELECT w._place, ${values.join(', ')}
      FROM ${unnested(all)}
      ${isKeyed ? `WHERE coalesce(w._key, '') = '' OR ${isNew}` : ''}
    )`;
  };

  const logged = (kind: ChangeKind, isKeyed: boolean) => {
    const names = ['position', 'at', 'id', 'version', ...own];
    const keys = isKeyed ? [', idempotency_key, fingerprint', `, nullif(k._key, ''), nullif(k._fingerprint, '')`] : [];
    return `
    logged AS (
      INSERT INTO ${changes} (kind, ${names.join(', ')} ${keys[0] ?? ''})
      SELECT '${kind}', ${of('w', names)} ${keys[1] ?? ''}
      FROM written AS w ${isKeyed ? 'JOIN wanted AS k ON k.id = w.id' : ''}
    )`;
  };

  const create = (isKeyed: boolean) =>
    statement<WrittenText>(`
    WITH ${turn(log, hasTimelines, INSERT_LOCK_TIMEOUT)}, ${wanted(['id', ...own], isKeyed)},
    created AS (
      INSERT INTO ${rows} (id, seq, position, version, ${own.join(', ')})
      SELECT w.id, log.base + w._place, log.base + w._place, 0, ${of('w', own)}
      FROM log, wanted AS w ORDER BY w._place
      ON CONFLICT (id) DO NOTHING
      RETURNING id, position, version, ${own.join(', ')}
    ),
    written AS (SELECT created.*, log.at FROM created, log), ${logged('created', isKeyed)}
    SELECT id, true AS written${token} FROM ${hasTokens ? 'written' : 'created'}`);

  const change = (kind: ChangeKind, names: readonly string[], assignments: readonly string[], isKeyed: boolean) =>
    statement<WrittenText>(`
    WITH ${turn(log, hasTimelines)}, ${wanted(['id', 'version', ...names], isKeyed)},
    locked AS MATERIALIZED (
      SELECT p.id, p.version, p.deleted, log.base, log.at FROM log, ${rows} AS p WHERE p.id = ANY(${separated(1)})
      FOR NO KEY UPDATE OF p SKIP LOCKED
    ),
    written AS (
      UPDATE ${rows} AS p SET ${['position = locked.base + wanted._place', ...assignments].join(', ')}
      FROM locked JOIN wanted ON wanted.id = locked.id
      WHERE p.id = locked.id AND locked.version = wanted.version AND NOT locked.deleted
      RETURNING ${of('p', ['id', 'position', 'version', ...own])}, locked.at
    ), ${logged(kind, isKeyed)}
    SELECT locked.id, locked.version, locked.deleted, written.id IS NOT NULL AS written${token}
    FROM locked LEFT JOIN written ON written.id = locked.id`);
  const update = (isKeyed: boolean) =>
    change('updated', own, ['version = locked.version + 1', ...own.map((name) => `${name} = wanted.${name}`)], isKeyed);
  const remove = (isKeyed: boolean) => change('deleted', [], ['deleted = true'], isKeyed);

  /** A write without idempotency keys, and one that checks and records them. */
  const keyable = <Row>(make: (isKeyed: boolean) => Statement<Row>) => ({ plain: make(false), keyed: make(true) });

  /** Pages of everything, and filtered ones. `q` has a row for each page. */
  const pages = <Row>(extra: (isWanted: string) => string, page: (isWanted: string) => string) => {
    const text = (isWanted: string, parameters: string, names: string) =>
      statement<Row>(`
      SELECT q.place, ${extra(isWanted)} page.* FROM unnest(${parameters}) WITH ORDINALITY AS q(${names}, place)
      LEFT JOIN LATERAL (${page(isWanted)}) AS page ON true`);
    return {
      all: text('true', '$1::bigint[], $2::bigint[]', 'start, size'),
      filtered: text(condition, '$1::bigint[], $2::bigint[], $3::text[]', 'start, size, filter'),
    };
  };
  const rowPages = (earlier: (isWanted: string) => string, range: string) =>
    pages<PageText>(
      (isWanted) => `${earlier(isWanted)} AS earlier,`,
      // A row from before the log has no position; its change has its seq.
      (isWanted) => `SELECT r.seq, ${pageRow('greatest(r.seq, r.position)')} FROM ${rows} AS r
        WHERE NOT r.deleted AND ${isWanted} ${range}`,
    );
  const firstSeq = (isWanted: string) =>
    `(SELECT r.seq FROM ${rows} AS r WHERE NOT r.deleted AND ${isWanted} ORDER BY r.seq LIMIT 1)`;

  return {
    /** By kind; keyed ones also check and record keys. A create returns the created ids. */
    write: { created: keyable(create), updated: keyable(update), deleted: keyable(remove) },
    find: statement<RowText>(`
      SELECT ${of('r', ['id', 'version', ...own])} FROM ${rows} AS r WHERE r.id = ANY(${separated(1)}) AND NOT r.deleted`),
    /** ids → those that exist, deleted or not */
    existing: statement<{ readonly id: string }>(`SELECT r.id FROM ${rows} AS r WHERE r.id = ANY(${separated(1)})`),
    /** keys → their changes */
    keys: statement<KeyText>(`
      SELECT ${changeColumns}, r.idempotency_key, r.fingerprint FROM ${changes} AS r
      WHERE r.idempotency_key = ANY(${separated(1)})`),
    pageByOffset: rowPages(() => 'false', 'ORDER BY r.seq LIMIT q.size OFFSET q.start'),
    pageAfter: rowPages(
      (isWanted) => `coalesce(${firstSeq(isWanted)} <= q.start, false)`,
      'AND r.seq > q.start ORDER BY r.seq LIMIT q.size',
    ),
    /** In descending order, with one row more if there is an earlier one. */
    pageBefore: rowPages(() => 'false', 'AND r.seq < q.start ORDER BY r.seq DESC LIMIT q.size + 1'),
    changes: pages<ChangePageText>(
      () => '',
      (isWanted) => `SELECT ${pageChange} FROM ${changes} AS r
        WHERE r.position > q.start AND ${isWanted} ORDER BY r.position LIMIT q.size`,
    ),
    // The first change of a row is found by its position, because the index by id leaves it out.
    versions: statement<VersionPageText>(`
      SELECT q.place, EXISTS (SELECT 1 FROM ${rows} AS p WHERE p.id = q.id) AS known, page.*
      FROM unnest($1::bigint[], $2::bigint[], $3::text[]) WITH ORDINALITY AS q(start, size, id, place)
      LEFT JOIN LATERAL (
        SELECT ${pageChange} FROM (
          SELECT c.* FROM ${rows} AS p JOIN ${changes} AS c ON c.position = p.seq WHERE p.id = q.id AND c.kind = 'created'
          UNION ALL
          SELECT c.* FROM ${changes} AS c WHERE c.id = q.id AND c.kind <> 'created'
        ) AS r WHERE r.position > q.start ORDER BY r.position LIMIT q.size
      ) AS page ON true`),
    rowsAt: statement<
      RowText & { readonly position: string }
    >(`SELECT ${of('r', ['position', 'id', 'version', ...own])} FROM ${changes} AS r
      WHERE r.position = ANY($1::bigint[])`),
    lastPosition: statement<{ readonly last: string }>(`SELECT max(last) AS last FROM ${log}`),
    count: statement<{ readonly count: string }>(`SELECT count(*) AS count FROM ${rows} WHERE NOT deleted`),
    /** For a transaction that must not wait long for locks. */
    limitLocks: statement(`SELECT set_config('lock_timeout', '${TRANSACTION_LOCK_TIMEOUT}', true)`),
    /** Locks the log, for a transaction of several statements. */
    lockLog: statement(`
      UPDATE ${log} SET at = greatest(at, clock_timestamp())
      RETURNING set_config('lock_timeout', '${TRANSACTION_LOCK_TIMEOUT}', true)`),
    /** Takes an id. Fails with 22012 if it is free, with 55P03 if another open transaction has inserted it. */
    probe: statement(`
      WITH limited AS MATERIALIZED (SELECT set_config('lock_timeout', '${PROBE_LOCK_TIMEOUT}', true)),
      probed AS (
        INSERT INTO ${rows} (id, seq, position, version, ${own.join(', ')})
        SELECT $1, 0, -1, 0, ${own.map(() => `''`).join(', ')} FROM limited
        ON CONFLICT (id) DO NOTHING RETURNING id
      )
      SELECT 1 / (1 - count(*)) AS exists FROM probed`),
    // The log stays, so that positions are never reused and an old cursor skips nothing.
    truncate: statement(`TRUNCATE ${rows}, ${changes}`),
    deleteRows: statement(`DELETE FROM ${rows}`),
    deleteChanges: statement(`DELETE FROM ${changes}`),
  };
}
