import { type Change, type ColumnValue, kindOf, LargeRow, type PageRow, type Position, type Row } from '../types.js';

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
