import { JsonBytes, JsonPieces, type JsonText, jsonText } from '../contract/json/json-text.js';
import { type Call, type ColumnValue, LargeRow, type PageRow, type Position, type Row } from '../store/types.js';

/** Large rows are read in slices of up to this size, or one at a time. A slice takes about a millisecond. */
const SLICE_BYTES = 256 * 1024;

export interface ListOf<Entry, Links> {
  readonly data: Entry[];
  readonly links: Links;
}

export interface ListParts<Item, Column extends string, Entry, Links> {
  readonly items: readonly Item[];
  readonly rowOf: (item: Item) => PageRow<Column>;
  readonly json: (item: Item, row: Row<Column, ColumnValue>) => JsonText<Entry> | JsonBytes<Entry>;
  readonly links: Links;
  readonly rowsAt: (positions: readonly Position[], call: Call) => Promise<readonly Row<Column, ColumnValue>[]>;
  /** The call of the request. Each slice gets the time that the request had left. */
  readonly call: Call;
}

/**
 * `{"data": […], "links": {…}}`. Large rows are read as the client reads; a client that does not read costs nothing.
 */
export function listBody<Item, Column extends string, Entry, Links>(
  parts: ListParts<Item, Column, Entry, Links>,
): JsonText<ListOf<Entry, Links>> | JsonPieces<ListOf<Entry, Links>> {
  const { items, rowOf, json, links } = parts;
  let data = '';
  for (const item of items) {
    const row = rowOf(item);
    if (row instanceof LargeRow) return inPieces(parts);
    const text = json(item, row);
    data += data === '' ? text : `,${text}`;
  }
  return jsonText(`{"data":[${data}],"links":${JSON.stringify(links)}}`);
}

function inPieces<Item, Column extends string, Entry, Links>(parts: ListParts<Item, Column, Entry, Links>) {
  const { items, rowOf, json, links, rowsAt, call } = parts;
  const timeoutMs = call.deadline - performance.now();
  const { consistency = null } = call;

  async function print(slice: readonly Item[]): Promise<readonly (string | Buffer)[]> {
    const positions = slice.map(rowOf).flatMap((row) => (row instanceof LargeRow ? [row.position] : []));
    const deadline = performance.now() + timeoutMs;
    const large = await rowsAt(positions, { deadline, abandoned: false, pendingWrites: 0, consistency });
    let next = 0;
    return slice.flatMap((item, index) => {
      const row = rowOf(item);
      const whole = row instanceof LargeRow ? large[next++] : row;
      if (whole?.id !== row.id || whole.version !== row.version) throw new Error('a large row is missing');
      const printed = json(item, whole);
      const texts: readonly (string | Buffer)[] = printed instanceof JsonBytes ? printed.pieces : [printed];
      return index === 0 ? texts : [',', ...texts];
    });
  }

  const pieces = slicesOf(items, rowOf).map((slice, index) => ({
    bytes: slice.bytes,
    make: async () => [index === 0 ? '{"data":[' : ',', ...(await print(slice.items))],
  }));
  const end = `],"links":${JSON.stringify(links)}}`;
  return new JsonPieces<ListOf<Entry, Links>>([...pieces, { bytes: end.length, make: async () => [end] }]);
}

function slicesOf<Item>(items: readonly Item[], rowOf: (item: Item) => PageRow<string>) {
  const slices: { bytes: number; items: Item[] }[] = [];
  let last = { bytes: Number.POSITIVE_INFINITY, items: [] as Item[] };
  for (const item of items) {
    const row = rowOf(item);
    const bytes = row instanceof LargeRow ? row.bytes : 0;
    if (last.bytes + bytes > SLICE_BYTES) {
      last = { bytes: 0, items: [] };
      slices.push(last);
    }
    last.bytes += bytes;
    last.items.push(item);
  }
  return slices;
}
