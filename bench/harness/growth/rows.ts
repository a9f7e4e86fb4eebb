import { ORDINARY_ATTRIBUTES, paymentId } from '../../load/payments.js';
import type { IdRange, Script } from '../../load/protocol.js';
import type { Bench } from '../bench.js';
import { cursorAt } from '../own-works.js';
import type { RunningServer } from '../servers.js';
import { type Curve, measureCurve, type Sized } from './curve.js';
import type { RowsGrowth } from './growth.js';
import { halves, shifted } from './halves.js';
import { withServers } from './with-servers.js';

/** A kind of database, with a separate table for each size. */
export interface RowsDatabase {
  readonly title: string;
  readonly repo: 'sqlite3' | 'postgres';
  /** Creates an empty database. @returns its URI */
  create(name: string): Promise<string>;
  /** Fills the table, which the service has created, with a number of payments. */
  seed(uri: string, rows: number): Promise<void>;
  /** Deletes everything created after the seeded payments. */
  trim(uri: string, rows: number): Promise<void>;
}

const SMALLEST = 1000;
const PAGE = 20;
/** The number of payments that a turn of gets reads, or updates write, spread over the whole table. */
const READ = 100_000;
const WRITTEN = 1024;
/** A page by offset reads everything before it; more connections would only queue. */
const OFFSET_CONNECTIONS = 2;
/** Tables up to this size would multiply while creates are measured. */
const TRIMMED_ROWS = 100_000;

/** Cost by rows and by depth: a server and a table for each size, which take turns. */
export async function measureRows(bench: Bench, limit: number, database: RowsDatabase): Promise<RowsGrowth> {
  const { title, repo } = database;
  const tables: { rows: number; repoUri: string }[] = [];
  for (let rows = SMALLEST; rows <= limit; rows *= 10) {
    const repoUri = await database.create(`rows-${rows}`);
    // The first start creates the table.
    await withServers(bench, [{ name: 'service', repo, repoUri }], async () => {});
    bench.log(`growth, ${title}: seeding ${rows.toLocaleString('en')} payments`);
    await database.seed(repoUri, rows);
    tables.push({ rows, repoUri });
  }
  const wanted = tables.map(({ repoUri }) => ({ name: 'service', repo, repoUri }) as const);
  return withServers(bench, wanted, async (servers) => {
    const byRows: Curve[] = [];
    const places = tables.flatMap(({ rows, repoUri }, index): Place[] => {
      const server = servers[index];
      return server === undefined ? [] : [{ rows, repoUri, server }];
    });
    for (const operation of ['get', 'update', 'create'] as const) {
      const sized = places.map((place) => sizedBy(bench, database, place, operation));
      byRows.push(await measureCurve(bench, `${title} by rows`, operation, sized));
    }
    const greatest = places.at(-1);
    return { byRows, byDepth: greatest === undefined ? [] : await measureDepth(bench, database, greatest) };
  });
}

interface Place {
  readonly rows: number;
  readonly repoUri: string;
  readonly server: RunningServer;
}

function sizedBy(
  bench: Bench,
  database: RowsDatabase,
  { rows, repoUri, server }: Place,
  operation: 'get' | 'update' | 'create',
): Sized {
  const [read, written] = halves({ namespace: 0, firstIndex: 0, count: rows });
  const attributes = ORDINARY_ATTRIBUTES;
  let turn = 0;
  const script = (): Script => {
    turn += 1;
    if (operation === 'create') return bench.newPayments(attributes);
    const ids: IdRange = operation === 'get' ? shifted(read, turn, READ) : shifted(written, turn, WRITTEN);
    return { kind: operation, ids, attributes };
  };
  const contender = { name: `${operation} at ${rows}`, server, connections: bench.options.connections, script };
  if (operation !== 'create' || rows > TRIMMED_ROWS) return { size: rows, contender };
  return { size: rows, contender: { ...contender, after: () => database.trim(repoUri, rows) } };
}

async function measureDepth(bench: Bench, { title }: RowsDatabase, { rows, server }: Place): Promise<readonly Curve[]> {
  const depths = [0];
  // The last page of the table, if the requested depth is its end.
  const deepest = Math.min(bench.options.depth, rows - PAGE);
  for (let depth = SMALLEST; depth < deepest; depth *= 10) depths.push(depth);
  depths.push(deepest);
  const page = async (depth: number, query: string, connections: number): Promise<Sized> => {
    const path = `/v1/payments?${query}size=${PAGE}`;
    const script = () => ({ kind: 'list', path, firstId: paymentId(0, depth), count: PAGE }) as const;
    return { size: depth, contender: { name: `page after ${depth}`, server, connections, script } };
  };
  const byCursor: Sized[] = [];
  const byOffset: Sized[] = [];
  for (const depth of depths) {
    const query = depth === 0 ? '' : `after=${await cursorAt(server, depth)}&`;
    byCursor.push(await page(depth, query, bench.options.connections));
    byOffset.push(await page(depth, `from=${depth}&`, OFFSET_CONNECTIONS));
  }
  return [
    await measureCurve(bench, `${title} by depth`, 'by cursor', byCursor),
    await measureCurve(bench, `${title} by depth`, `by offset, ${OFFSET_CONNECTIONS} connections`, byOffset),
  ];
}
