import pg from 'pg';
import type { SqlConnection } from '../../sql-connection.js';
import {
  type AnyResource,
  quoteTable,
  type ResourceTables,
  type TableName,
  tableBeside,
  tableOf,
} from '../../tables.js';
import { StoreOpenError } from '../../types.js';
import { type Statement, statement } from '../connection/statement.js';

/** The tables of a distributed resource, all of them on the coordinator except the rows. */
export interface DistributedTables extends ResourceTables {
  /** The position of each row in the list and in the log, without payload. */
  readonly index: TableName;
  /** A view of the live rows as of the log. */
  readonly current: TableName;
  /** Writes that were begun and may not have ended. */
  readonly pending: TableName;
}

export function distributedTables(tables: ResourceTables): DistributedTables {
  const beside = (suffix: string) => tableBeside(tables.rows, suffix);
  return { ...tables, index: beside('index'), current: beside('current'), pending: beside('pending') };
}

/**
 * Finds the resources whose rows are distributed over the workers of a Citus cluster. For tables that Citus does not
 * manage, the statements for plain Postgres work.
 *
 * @returns their names
 * @throws StoreOpenError if Citus manages the tables in an unsupported way
 */
export async function findDistributed(
  { query, hasTable, tables }: SqlConnection,
  resources: readonly AnyResource[],
): Promise<ReadonlySet<string>> {
  const distributed = new Set<string>();
  if (!(await hasTable({ schema: 'pg_catalog', table: 'pg_dist_partition' }))) return distributed;
  /** The distribution column of a table; '' if it has none, undefined if Citus does not manage the table. */
  const columnOf = async (table: TableName) => {
    const [found] = await query(
      `SELECT CASE partmethod WHEN 'h' THEN column_to_column_name(logicalrelid, partkey) ELSE '' END AS column
      FROM pg_dist_partition WHERE logicalrelid = to_regclass($1)`,
      [quoteTable(table)],
    );
    return found?.column;
  };
  for (const { name, guard } of resources) {
    const own = distributedTables(tableOf(tables, name));
    const cannot = (why: string) =>
      new StoreOpenError(`Citus cannot serve ${name} like this: ${why}; see docs/citus.md`);
    for (const table of [own.changes, own.log]) {
      if ((await columnOf(table)) !== undefined)
        throw cannot(`${table.table} must be a local table of the coordinator`);
    }
    const column = await columnOf(own.rows);
    if (column === undefined) continue;
    if (column !== 'id') throw cannot(`${own.rows.table} must be distributed by id, or not at all`);
    if (guard !== undefined) throw cannot('they are created under a condition on other rows');
    for (const table of [own.index, own.current, own.pending]) {
      if (!(await hasTable(table))) throw cannot(`${table.table} is missing`);
    }
    distributed.add(name);
  }
  return distributed;
}

export interface ShardText {
  readonly shard: string;
  readonly first: string;
  readonly node: string;
}

/** By lowest hash. */
export function shardsOf(table: TableName): Statement<ShardText> {
  return statement(`
    SELECT s.shardid::text AS shard, s.shardminvalue AS first, min(p.groupid)::text AS node
    FROM pg_dist_shard AS s JOIN pg_dist_placement AS p ON p.shardid = s.shardid
    WHERE s.logicalrelid = ${pg.escapeLiteral(quoteTable(table))}::regclass GROUP BY 1, 2 ORDER BY s.shardminvalue::bigint`);
}

/** Without a query. */
export class ShardMap {
  #shards: readonly { readonly shard: string; readonly first: number; readonly node: string }[] = [];

  update(shards: readonly ShardText[]): void {
    if (shards.length > 0) this.#shards = shards.map((each) => ({ ...each, first: Number(each.first) }));
  }

  find(id: string): { readonly shard: string; readonly node: string } {
    const hash = hashText(id);
    return this.#shards.findLast(({ first }) => first <= hash) ?? { shard: '', node: '' };
  }
}

const INITIAL = 0x9e3779b9 + 3_923_095;
const BLOCK_BYTES = 12;
/** The rotations of each block, and of the end. */
const MIXED = [4, 6, 8, 16, 19, 4];
const FINISHED = [14, 11, 25, 16, 4, 14, 24];

/** The hash by which Postgres and Citus distribute text: Bob Jenkins's lookup3, as a signed integer. */
export function hashText(text: string): number {
  const bytes = Buffer.from(text);
  const rotated = (value: number, bits: number) => (value << bits) | (value >>> (32 - bits));
  let a = (INITIAL + bytes.length) | 0;
  let b = a;
  let c = a;
  const add = (block: Buffer) => {
    a = (a + block.readInt32LE(0)) | 0;
    b = (b + block.readInt32LE(4)) | 0;
    c = (c + block.readInt32LE(8)) | 0;
  };
  let at = 0;
  for (; bytes.length - at >= BLOCK_BYTES; at += BLOCK_BYTES) {
    add(bytes.subarray(at));
    for (const bits of MIXED) [a, b, c] = [b, (c + b) | 0, ((a - c) | 0) ^ rotated(c, bits)];
  }
  // The lowest byte of the last word is left free, as in the original, which has the length there.
  const rest = Buffer.alloc(BLOCK_BYTES + 1);
  bytes.copy(rest, 0, at, Math.min(at + 8, bytes.length));
  if (bytes.length > at + 8) bytes.copy(rest, 9, at + 8);
  add(rest);
  for (const bits of FINISHED) [a, b, c] = [b, ((c ^ b) - rotated(b, bits)) | 0, a];
  return b;
}
