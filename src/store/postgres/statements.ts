import { sql } from 'slonik';
import { z } from 'zod';
import type { TableName } from '../migrations/identifier.js';
import { separated } from './joined-texts.js';
import type { Statement } from './session.js';

const paymentRow = z.object({
  id: z.string(),
  version: z.string(),
  organisation_id: z.string(),
  attributes: z.string(),
});
const createdRow = z.object({ id: z.string() });
const writtenRow = z.object({ id: z.string(), version: z.string(), deleted: z.boolean(), written: z.boolean() });
const countRow = z.object({ count: z.string() });
const pageRow = z.object({
  place: z.string(),
  earlier: z.boolean().nullable(),
  seq: z.string().nullable(),
  id: z.string().nullable(),
  version: z.string().nullable(),
  organisation_id: z.string().nullable(),
  attributes: z.string().nullable(),
});

export type PaymentRow = z.infer<typeof paymentRow>;
/** A page's row; all but `place` and `earlier` are null where the page is empty. */
export type PageRow = z.infer<typeof pageRow>;
/** The row as it was found and locked; `written`: and then changed. */
export type WrittenRow = z.infer<typeof writtenRow>;

/**
 * Every statement the repository knows. Their texts never change, so that the server plans each once a connection. Ids,
 * versions, organisations and attributes are given as joined texts, offsets, sizes and positions as arrays.
 */
export interface Statements {
  /** $1 ids, $2 organisations, $3 attributes: one row for each id that was created. */
  readonly create: Statement<z.infer<typeof createdRow>>;
  /** $1 ids */
  readonly find: Statement<PaymentRow>;
  /** $1 ids, each once, $2 expected versions, $3 organisations, $4 attributes */
  readonly update: Statement<WrittenRow>;
  /** $1 ids, each once, $2 expected versions */
  readonly delete: Statement<WrittenRow>;
  /** $1 offsets, $2 sizes */
  readonly pageByOffset: Statement<PageRow>;
  /** $1 positions, $2 sizes */
  readonly pageAfter: Statement<PageRow>;
  /** $1 positions, $2 sizes; from the last to the first, and one row more where there is an earlier one */
  readonly pageBefore: Statement<PageRow>;
  readonly count: Statement<z.infer<typeof countRow>>;
  readonly deleteAll: Statement<unknown>;
}

/**
 * The statements for a table. Each works for a whole batch, given as arrays, and is atomic by itself.
 *
 * @param name - where the payments live
 * @param sequence - the sequence of its `seq` column, as `pg_get_serial_sequence` names it
 */
export function createStatements(name: TableName, sequence: string): Statements {
  const table = sql.identifier(name.schema === null ? [name.table] : [name.schema, name.table]);
  const payment = sql.fragment`p.id, p.version, p.organisation_id, p.attributes`;

  // Rows are inserted in the order of their ids, or two processes whose batches share ids could wait for each other
  // for ever; so the places in the order of creation are given out before, in the order of arrival.
  const create = sql.type(createdRow)`
    INSERT INTO ${table} (id, seq, version, organisation_id, attributes)
    SELECT id, seq, 0, organisation_id, attributes
    FROM (
      SELECT n.id, nextval(${sql.literalValue(sequence)}) AS seq, n.organisation_id, n.attributes
      FROM unnest(${separated(1)}, ${separated(2)}, ${separated(3)})
        WITH ORDINALITY AS n(id, organisation_id, attributes, place)
      ORDER BY n.place
    ) AS numbered
    ORDER BY id COLLATE "C"
    ON CONFLICT (id) DO NOTHING
    RETURNING id`;

  // The rows are locked in the order of their ids, against deadlocks between processes, and read as they are once
  // locked. The change compares with what was locked, not with the snapshot of the statement, which may be older.
  const written = (wanted: ReturnType<typeof sql.fragment>, change: ReturnType<typeof sql.fragment>) =>
    sql.type(writtenRow)`
      WITH wanted AS (${wanted}),
      locked AS MATERIALIZED (
        SELECT p.id, p.version, p.deleted FROM ${table} AS p WHERE p.id = ANY(${separated(1)}) ORDER BY p.id FOR UPDATE
      ),
      changed AS (
        UPDATE ${table} AS p SET ${change}
        FROM locked JOIN wanted ON wanted.id = locked.id
        WHERE p.id = locked.id AND locked.version = wanted.version AND NOT locked.deleted
        RETURNING p.id
      )
      SELECT locked.id, locked.version, locked.deleted, changed.id IS NOT NULL AS written
      FROM locked LEFT JOIN changed ON changed.id = locked.id`;

  // Sequence numbers are taken before the commit, so a lower one may become visible after a higher one. That breaks no
  // walk by cursor: whatever was committed when the walk began is in the snapshot of each of its pages, with a seq that
  // never changes, so the page that covers this seq shows it; once, for the next page begins behind the last seq shown.
  // Only what was committed later may be passed over, and no walk owes that to anybody.
  const pages = (earlier: ReturnType<typeof sql.fragment>, page: ReturnType<typeof sql.fragment>) =>
    sql.type(pageRow)`
      SELECT q.place, ${earlier} AS earlier, page.*
      FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS q(start, size, place)
      LEFT JOIN LATERAL (SELECT p.seq, ${payment} FROM ${table} AS p WHERE NOT p.deleted ${page}) AS page ON true`;

  return {
    create,
    find: sql.type(
      paymentRow,
    )`SELECT ${payment} FROM ${table} AS p WHERE p.id = ANY(${separated(1)}) AND NOT p.deleted`,
    update: written(
      sql.fragment`
        SELECT w.id, w.version, w.organisation_id, w.attributes
        FROM unnest(${separated(1)}, ${separated(2)}::bigint[], ${separated(3)}, ${separated(4)})
          AS w(id, version, organisation_id, attributes)`,
      sql.fragment`
        version = locked.version + 1, organisation_id = wanted.organisation_id, attributes = wanted.attributes`,
    ),
    delete: written(
      sql.fragment`SELECT w.id, w.version FROM unnest(${separated(1)}, ${separated(2)}::bigint[]) AS w(id, version)`,
      sql.fragment`deleted = true`,
    ),
    pageByOffset: pages(sql.fragment`false`, sql.fragment`ORDER BY p.seq LIMIT q.size OFFSET q.start`),
    pageAfter: pages(
      sql.fragment`(SELECT p.seq FROM ${table} AS p WHERE NOT p.deleted ORDER BY p.seq LIMIT 1) <= q.start`,
      sql.fragment`AND p.seq > q.start ORDER BY p.seq LIMIT q.size`,
    ),
    pageBefore: pages(sql.fragment`false`, sql.fragment`AND p.seq < q.start ORDER BY p.seq DESC LIMIT q.size + 1`),
    count: sql.type(countRow)`SELECT count(*) AS count FROM ${table} WHERE NOT deleted`,
    // Positions are never given out twice: the sequence goes on, so that an old cursor skips nothing.
    deleteAll: sql.unsafe`TRUNCATE ${table}`,
  };
}
