import {
  ARCHIVE_BATCH,
  type ArchivedChange,
  type ArchivedRow,
  type ArchiveEntry,
  type ChangeSubject,
  changeIdentity,
  charactersOf,
  planWrites,
} from './archive.js';
import type { Cells, SqlConnection } from './sql-connection.js';
import { quoteIdentifier, quoteTable, type ResourceTables } from './tables.js';
import { kindOf, type Position, type ResourceDescription } from './types.js';

/** Few enough that rows of a megabyte fit into memory; later slices depend on the size of the rows seen. */
const FIRST_SLICE_ROWS = 100;

export type Archive = ReturnType<typeof createArchive>;

/**
 * The stored form of a resource, for export, import and copies. It is read in slices by position, each its own
 * statement: a slow reader holds no snapshot that would make the database keep old rows.
 */
export function createArchive(database: SqlConnection, resource: ResourceDescription, tables: ResourceTables) {
  const { columns } = resource;
  const { dialect } = database;
  const [rows = '', changes = '', log = ''] = [tables.rows, tables.changes, tables.log].map(quoteTable);
  const own = Object.fromEntries(columns.map((name) => [name, 'text' as const]));
  const named = (table: string, names: readonly string[]) =>
    [...names, ...columns.map(quoteIdentifier)].map((name) => `${table}.${name}`).join(', ');
  const rowCells = `p.seq AS position, ${named('p', ['deleted', 'id', 'version'])}`;
  const changeNames = Object.keys(CHANGE_COLUMNS).filter((name) => name !== 'at');
  const changeCells = `${dialect.time.read('c.at')} AS at, ${named('c', changeNames)}`;
  const changesFrom = `SELECT ${changeCells} FROM ${changes} AS c`;

  const toRow = (cells: Cells): ArchivedRow => ({
    row: rowOf(cells),
    position: String(cells.position),
    isDeleted: Boolean(cells.deleted),
  });
  const toChange = (cells: Cells): ArchivedChange => ({
    position: String(cells.position),
    kind: kindOf(cells.kind),
    at: String(cells.at),
    row: rowOf(cells),
    isBaseline: Boolean(cells.baseline),
    idempotency:
      cells.idempotency_key === null
        ? null
        : { key: String(cells.idempotency_key), fingerprint: String(cells.fingerprint) },
  });
  function rowOf(cells: Cells): ArchivedRow['row'] {
    const texts = Object.fromEntries(columns.map((name) => [name, String(cells[name])]));
    // A row of unknown columns is an object of strings with one number.
    return { ...texts, id: String(cells.id), version: Number(cells.version) } as ArchivedRow['row'];
  }

  async function* slices<Item extends Pick<ArchivedRow, 'row' | 'position'>>(
    after: Position,
    read: (position: Position, limit: number) => Promise<Item[]>,
  ): AsyncGenerator<readonly Item[]> {
    let position = after;
    for (let limit = FIRST_SLICE_ROWS; ; ) {
      const slice = await read(position, limit);
      const last = slice.at(-1);
      if (last === undefined) return;
      yield slice;
      position = last.position;
      const characters = slice.reduce((sum, { row }) => sum + charactersOf(row, columns), 0);
      const fitting = Math.floor((ARCHIVE_BATCH.characters * slice.length) / Math.max(1, characters));
      limit = Math.max(1, Math.min(ARCHIVE_BATCH.rows, fitting));
    }
  }

  async function readLog() {
    // One row, even if the log is empty.
    const sql = `SELECT max(last) AS last, (SELECT max(position) FROM ${changes}) AS kept, ${dialect.time.read('max(at)')} AS at
      FROM ${log}`;
    const [state] = await database.query(sql);
    const [last, kept] = [BigInt(String(state?.last ?? 0)), BigInt(String(state?.kept ?? 0))];
    return { last: kept > last ? kept : last, at: String(state?.at ?? '') };
  }

  /** Deleted ones included. */
  async function find(ids: readonly string[]): Promise<Map<string, ArchivedRow>> {
    const sql = `SELECT ${rowCells} FROM ${rows} AS p WHERE ${dialect.list.has('p.id', '$1')}`;
    const found = (await database.query(sql, [dialect.list.value(ids)])).map(toRow);
    return new Map(found.map((archived) => [archived.row.id, archived]));
  }

  /** The stored changes with the identities (`changeIdentity`) of the given ones. If several have one identity, the first. */
  async function findChanges(wanted: readonly ChangeSubject[]): Promise<Map<string, ArchivedChange>> {
    const identities = new Set(wanted.map(changeIdentity));
    const ofRows = dialect.list.has('p.id', '$1');
    const found = await database.query(
      `SELECT ${changeCells} FROM ${rows} AS p JOIN ${changes} AS c ON c.position = p.seq
      WHERE ${ofRows} AND c.kind = 'created'
      UNION ALL SELECT ${changeCells} FROM ${rows} AS p JOIN ${changes} AS c ON ${dialect.changesOfRows}
      WHERE ${ofRows} AND c.kind <> 'created' AND ${dialect.list.has('CAST(c.version AS text)', '$2')}
      ORDER BY 2 DESC`,
      [
        dialect.list.value(wanted.map(({ row }) => row.id)),
        dialect.list.value([...new Set(wanted.map(({ row }) => String(row.version)))]),
      ],
    );
    const byIdentity = found.map(toChange).map((change) => [changeIdentity(change), change] as const);
    return new Map(byIdentity.filter(([identity]) => identities.has(identity)));
  }

  async function findKeys(batch: readonly ArchiveEntry[]): Promise<Set<string>> {
    const keys = batch.flatMap(({ idempotency }) => idempotency?.key ?? []);
    if (keys.length === 0) return new Set();
    const sql = `SELECT idempotency_key AS key FROM ${changes} WHERE ${dialect.list.has('idempotency_key', '$1')}`;
    return new Set((await database.query(sql, [dialect.list.value(keys)])).map(({ key }) => String(key)));
  }

  async function put({ changes: added, last, at }: ReturnType<typeof planWrites>): Promise<void> {
    const latest = new Map(added.map((entry) => [entry.change.row.id, entry]));
    const replaced = ['position', 'deleted', 'version', ...columns.map(quoteIdentifier)];
    await database.insert(
      rows,
      { ...ROW_COLUMNS, ...own },
      [...latest.values()].map(({ seq, change: { row, position, kind } }) => {
        return { ...row, seq, position, deleted: kind === 'deleted' };
      }),
      `ON CONFLICT (id) DO UPDATE SET ${replaced.map((name) => `${name} = excluded.${name}`).join(', ')}`,
    );
    await database.insert(
      changes,
      { ...(dialect.hasSeq && { seq: 'bigint' }), ...CHANGE_COLUMNS, ...own },
      added.map(({ seq, change: { row, isBaseline, idempotency, ...facts } }) => {
        const { key = null, fingerprint = null } = idempotency ?? {};
        return { ...row, ...facts, seq, baseline: isBaseline, idempotency_key: key, fingerprint };
      }),
    );
    await database.query(`UPDATE ${log} SET last = $1, at = $2`, [last, dialect.time.value(at)]);
  }

  return {
    resource,
    /** All rows created after a position, deleted ones included, in order of creation. */
    async *rows(after: Position): AsyncGenerator<readonly ArchivedRow[]> {
      const sql = dialect.rowsAfter(rowCells, rows, changes);
      yield* slices(after, async (...values) => (await database.query(sql, values)).map(toRow));
      const pastLog = dialect.rowsPastLog?.(rowCells, rows, changes);
      const found = pastLog ? (await database.query(pastLog, [after])).map(toRow) : [];
      if (found.length > 0) yield found;
    },
    /** All changes after a position, in order, up to the last one at the start of the walk. */
    async *changes(after: Position): AsyncGenerator<readonly ArchivedChange[]> {
      const { last } = await readLog();
      const sql = `${changesFrom} WHERE c.position > $1 AND c.position <= $2 ORDER BY c.position LIMIT $3`;
      yield* slices(after, async (position, limit) =>
        (await database.query(sql, [position, String(last), limit])).map(toChange),
      );
    },
    find,
    findChanges,
    /** Deleted rows included. */
    async counts() {
      const sql = `SELECT (SELECT count(*) FROM ${rows}) AS rows, (SELECT count(*) FROM ${changes}) AS changes`;
      const [counts] = await database.query(sql);
      return { rows: Number(counts?.rows), changes: Number(counts?.changes) };
    },
    /**
     * All or none. Order is kept: an entry whose position is not after the last stored one gets the next instead, and
     * no position assigned later is one of theirs.
     */
    write: (batch: readonly ArchiveEntry[]) =>
      database.transaction(log, async () => {
        const stored = {
          log: await readLog(),
          rows: await find(batch.map(({ row }) => row.id)),
          changes: await findChanges(batch),
          keys: await findKeys(batch),
        };
        const plan = planWrites(columns, batch, stored, dialect.positionLimit);
        await put(plan);
        return plan.outcomes;
      }),
  };
}

const ROW_COLUMNS = { seq: 'bigint', position: 'bigint', deleted: 'boolean', id: 'text', version: 'bigint' } as const;
const CHANGE_COLUMNS = {
  position: 'bigint',
  kind: 'text',
  at: 'timestamptz',
  baseline: 'boolean',
  idempotency_key: 'text',
  fingerprint: 'text',
  id: 'text',
  version: 'bigint',
} as const;
