import type { Database } from 'better-sqlite3';
import type { AnyResource, ResourceTables } from '../tables.js';
import { derivedName, quoteIdentifier, quoteTable, type TableName } from '../tables.js';
import { type Change, type ColumnValue, kindOf, LargeRow, type PageRow, type Position, type Row } from '../types.js';

/** JSON texts of this size and above are read as bytes. */
const LARGE_BYTES = 64 * 1024;

type Values = (Cell | Buffer | null)[];

/** Begins with the size limit of a text, once for each column that may be large. */
type OnPage<Parameters extends unknown[]> = [...limits: number[], ...Parameters];

export type SqliteStatements = ReturnType<typeof prepareStatements>;

/**
 * Prepares all statements on the rows of a resource.
 *
 * Page queries name their index, so that the planner never reads deleted rows, and a missing index is an error at start
 * instead of a slow service.
 *
 * @param database - open and migrated
 */
export function prepareStatements(
  database: Database,
  { columns, jsonColumns, filter }: AnyResource,
  tables: ResourceTables,
) {
  const changing = <Parameters extends unknown[]>(sql: string) => database.prepare<Parameters>(sql);
  const row = <Parameters extends unknown[], Row = Cell[]>(sql: string) => database.prepare<Parameters, Row>(sql).raw();
  const value = <Parameters extends unknown[]>(sql: string) => database.prepare<Parameters, number>(sql).pluck();
  const rows = quoteTable(tables.rows);
  const changes = quoteTable(tables.changes);
  const log = quoteTable(tables.log);
  const own = columns.map(quoteIdentifier);
  const ownList = own.join(', ');
  const all = ['id', 'version', ...own].join(', ');
  const index = (table: TableName, suffix: string) => quoteIdentifier(derivedName(table.table, suffix));
  // If a text is too large for a page, only its size is read, which SQLite knows without reading the text.
  const onPage = columns.map((column) => {
    const name = quoteIdentifier(column);
    return jsonColumns.includes(column)
      ? `CASE WHEN octet_length(${name}) <= ? THEN ${name} ELSE octet_length(${name}) END`
      : name;
  });
  const pageRow = ['id', 'version', ...onPage].join(', ');
  const pageChange = `position, kind, at, baseline, ${pageRow}`;
  // A large JSON text is read and written as bytes.
  const mark = (column: string) => (jsonColumns.includes(column) ? 'CAST(? AS TEXT)' : '?');
  const marks = columns.map(mark).join(', ');
  const values = columns.map((column) => {
    const name = quoteIdentifier(column);
    if (!jsonColumns.includes(column)) return name;
    return `CASE WHEN octet_length(${name}) < ${LARGE_BYTES} THEN ${name} ELSE CAST(${name} AS BLOB) END`;
  });
  const whole = ['id', 'version', ...values].join(', ');

  const setting = (column: string) => `${quoteIdentifier(column)} = ${mark(column)}`;

  const unfiltered = columns.filter((name) => name !== filter);
  const filtered = filter === null ? null : quoteIdentifier(filter);

  /** Pages of rows and of changes. `isWanted` is a condition, or empty. */
  const pages = (isWanted: string, rowIndex: string, indexedChanges: string) => {
    const live = `${rows} INDEXED BY ${index(tables.rows, rowIndex)}`;
    const where = `${isWanted} deleted = 0`;
    return {
      // Skipped rows are counted in the index alone; only the page's rows are read from the table.
      atOffset: row<OnPage<[...string[], bigint, number, number]>>(`SELECT seq, ${pageRow}
        FROM (SELECT seq AS found FROM ${live} WHERE ${where} AND seq > ? ORDER BY seq LIMIT ? OFFSET ?) AS page
        CROSS JOIN ${rows} ON seq = page.found ORDER BY page.found`),
      after: row<OnPage<[...string[], bigint, number]>>(
        `SELECT seq, ${pageRow} FROM ${live} WHERE ${where} AND seq > ? ORDER BY seq LIMIT ?`,
      ),
      before: row<OnPage<[...string[], bigint, number]>>(
        `SELECT seq, ${pageRow} FROM ${live} WHERE ${where} AND seq < ? ORDER BY seq DESC LIMIT ?`,
      ),
      seqAt: value<[...string[], bigint, number]>(
        `SELECT seq FROM ${live} WHERE ${where} AND seq > ? ORDER BY seq LIMIT 1 OFFSET ?`,
      ),
      existsUpTo: value<[...string[], bigint]>(`SELECT EXISTS (SELECT 1 FROM ${live} WHERE ${where} AND seq <= ?)`),
      changes: row<OnPage<[...string[], bigint, number]>>(
        `SELECT ${pageChange} FROM ${changes} ${indexedChanges} WHERE ${isWanted} position > ? ORDER BY position LIMIT ?`,
      ),
    };
  };

  return {
    find: row<[string], (Cell | Buffer)[]>(`SELECT ${whole} FROM ${rows} WHERE id = ? AND deleted = 0`),
    findVersion: value<[string]>(`SELECT version FROM ${rows} WHERE id = ? AND deleted = 0`),
    create: changing<Values>(`INSERT OR FAIL INTO ${rows} (seq, position, id, version, ${ownList})
      VALUES (?, ?, ?, 0, ${marks}) ON CONFLICT (id) DO NOTHING`),
    update: changing<Values>(`UPDATE OR FAIL ${rows} SET version = version + 1, position = ?,
      ${columns.map(setting).join(', ')} WHERE id = ? AND version = ? AND deleted = 0`),
    // SQLite writes the index of every column that is set, even to the same value. Most updates do not change the
    // filter column.
    updateFiltered:
      filter === null
        ? null
        : changing<Values>(`UPDATE OR FAIL ${rows} SET version = version + 1, position = ?,
          ${unfiltered.map(setting).join(', ')} WHERE id = ? AND version = ? AND deleted = 0 AND ${filtered} = ?`),
    delete: changing<[number, string, number]>(
      `UPDATE OR FAIL ${rows} SET deleted = 1, position = ? WHERE id = ? AND version = ? AND deleted = 0`,
    ),
    // With the row's seq if it is known, as for a new row.
    addChange: changing<Values>(`INSERT INTO ${changes}
      (position, seq, kind, at, idempotency_key, fingerprint, id, version, ${ownList})
      VALUES (?, coalesce(?, (SELECT seq FROM ${rows} WHERE id = ?)), ?, ?, ?, ?, ?, ?, ${marks})`),
    addCreated: changing<[atMs: number, first: number, last: number]>(`INSERT INTO ${changes}
      (position, seq, kind, at, id, version, ${ownList})
      SELECT position, seq, 'created', ?, id, version, ${ownList} FROM ${rows} WHERE seq >= ? AND seq <= ? ORDER BY seq`),
    findAny: row<[string]>(`SELECT ${all} FROM ${rows} WHERE id = ?`),
    all: pages('', 'live', ''),
    filtered:
      filtered === null
        ? null
        : pages(`${filtered} = ? AND`, `live_${filter}`, `INDEXED BY ${index(tables.rows, `changes_${filter}`)}`),
    findSeq: value<[string]>(`SELECT seq FROM ${rows} WHERE id = ?`),
    // The change that gave a row its version; the first change of a row is at its seq.
    positionOf: value<[number, number]>(`SELECT position FROM ${changes} INDEXED BY ${index(tables.rows, 'changes_seq')}
      WHERE seq = ? AND kind <> 'created' AND version = ? ORDER BY position DESC LIMIT 1`),
    rowAt: row<[bigint], (Cell | Buffer)[]>(`SELECT ${whole} FROM ${changes} WHERE position = ?`),
    firstChange: row<OnPage<[number]>>(`SELECT ${pageChange} FROM ${changes} WHERE position = ?`),
    laterChanges: row<OnPage<[number, bigint, number]>>(`SELECT ${pageChange} FROM ${changes}
      INDEXED BY ${index(tables.rows, 'changes_seq')}
      WHERE seq = ? AND kind <> 'created' AND position > ? ORDER BY position LIMIT ?`),
    changeOfKey: row<[string], [fingerprint: string, ...change: Cell[]]>(
      `SELECT fingerprint, position, kind, at, baseline, ${all} FROM ${changes} WHERE idempotency_key = ?`,
    ),
    /** Nothing if it cannot give positions: it is empty, or an older one was restored. */
    readLog: row<[], [last: number, atMs: number]>(`SELECT last, at FROM ${log}
      WHERE last >= (SELECT coalesce(max(position), 0) FROM ${changes})
        AND last >= (SELECT coalesce(max(seq), 0) FROM ${rows})`),
    writeLog: changing<[last: number, atMs: number]>(`UPDATE ${log} SET last = ?, at = ?`),
    /** Fails if a column is missing that neither `find` nor `changeOfKey` needs. */
    ping: value<[]>(`SELECT EXISTS (SELECT seq, position FROM ${rows}), EXISTS (SELECT seq FROM ${changes})`),
    deleteRows: changing<[]>(`DELETE FROM ${rows}`),
    deleteChanges: changing<[]>(`DELETE FROM ${changes}`),
    count: value<[]>(`SELECT count(*) FROM ${rows} INDEXED BY ${index(tables.rows, 'live')} WHERE deleted = 0`),
  };
}

/** The driver's value for a column of a row that is read as an array. */
export type Cell = string | number;

/** The index of the row's id among the cells of a change. */
export const ROW_OF_CHANGE = 4;

/**
 * Makes a row of an array of cells: id, version, and the resource's columns in order. Naming the columns here instead
 * of in the driver halves the cost of fetching them.
 *
 * @param from - the index of the id
 */
export function rowOf<Column extends string, C extends Cell | Buffer>(
  columns: readonly Column[],
  cells: readonly C[],
  from: number,
): Row<Column, Extract<C, ColumnValue>> {
  const row: Record<string, Cell | Buffer> = { id: cells[from] ?? '', version: Number(cells[from + 1]) };
  let next = from + 2;
  for (const column of columns) row[column] = cells[next++] ?? '';
  // The statement selects exactly these columns, and the tables are STRICT.
  return row as Row<Column, Extract<C, ColumnValue>>;
}

/** A cell that is too large has only its size. `positionOf` finds the position of the row's last change. */
export function pageRowOf<Column extends string>(
  columns: readonly Column[],
  cells: readonly Cell[],
  from: number,
  positionOf: (cells: readonly Cell[]) => Position,
): PageRow<Column> {
  let largeBytes = 0;
  for (let at = from + 2; at < cells.length; at += 1) {
    const cell = cells[at];
    if (typeof cell === 'number') largeBytes += cell;
  }
  if (largeBytes === 0) return rowOf(columns, cells, from);
  return new LargeRow(String(cells[from]), Number(cells[from + 1]), positionOf(cells), largeBytes);
}

/** @param cells - position, kind, time in ms, whether it is a baseline; then those of the row */
export function changeOf<Column extends string, RowOf>(cells: readonly Cell[], row: RowOf): Change<Column, RowOf> {
  return {
    position: String(cells[0]),
    kind: kindOf(cells[1]),
    at: new Date(Number(cells[2])).toISOString(),
    row,
    isBaseline: Number(cells[3]) === 1,
  };
}
