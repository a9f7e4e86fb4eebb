import {
  type Change,
  type ColumnValue,
  kindOf,
  LargeRow,
  type PageChange,
  type PageRow,
  type Position,
  type Row,
} from '../types.js';

/** The driver's value for a column of a row that is read as an array. */
export type Cell = string | number;

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

/** @param cells - position, kind, time in ms, whether it is a baseline, then a row as in `rowOf` */
export function changeOf<Column extends string>(columns: readonly Column[], cells: readonly Cell[]): Change<Column> {
  return { ...factsOf(cells), row: rowOf(columns, cells, 4) };
}

export function pageChangeOf<Column extends string>(
  columns: readonly Column[],
  cells: readonly Cell[],
): PageChange<Column> {
  return { ...factsOf(cells), row: pageRowOf(columns, cells, 4, positionOfChange) };
}

function positionOfChange([position]: readonly Cell[]): Position {
  return String(position);
}

function factsOf(cells: readonly Cell[]): Omit<Change<string>, 'row'> {
  return {
    position: String(cells[0]),
    kind: kindOf(cells[1]),
    at: new Date(Number(cells[2])).toISOString(),
    isBaseline: Number(cells[3]) === 1,
  };
}
